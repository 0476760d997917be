package logdestinationopen

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[logpolicy.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse([]byte(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutSubscriptionFilter","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := logpolicy.State{Policy: resource.Known(logpolicy.Policy{Document: document}), Target: "arn:aws:kinesis:eu-west-1:111122223333:stream/collect"}
	ref := resource.Ref{Kind: "logpolicy", ID: "destination:collect", Account: "111122223333", Region: "eu-west-1"}
	f := checktest.Failure(t, Check, ref, s)
	want := "\naws logs put-destination-policy --destination-name collect --access-policy " +
		`'{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutSubscriptionFilter","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"ORG_ID"}}}]}' --region eu-west-1`
	if !strings.HasSuffix(f.ByHand, want) {
		t.Errorf("by hand %s", f.ByHand)
	}
	if len(f.Path) != 1 || f.Path[0] != "every account -> log destination collect -> "+s.Target || len(f.Facts) != 2 {
		t.Errorf("path %q, facts %+v", f.Path, f.Facts)
	}
	ref.ID = "destination:a;id"
	if f := checktest.Failure(t, Check, ref, s); f.ByHand != "" {
		t.Errorf("by hand %s", f.ByHand)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse([]byte(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutSubscriptionFilter","Resource":"*"},
		{"Sid":"All","Effect":"Allow","Principal":"*","Action":"logs:PutSubscriptionFilter","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "logpolicy", ID: "destination:collect", Account: "111122223333", Region: "eu-west-1"},
		logpolicy.State{Policy: resource.Known(logpolicy.Policy{Document: document})})
	if len(f.Facts) != 2 || !strings.HasPrefix(f.Facts[0].Value, "statement 1: ") || !strings.HasPrefix(f.Facts[1].Value, "statement 2 (All): ") {
		t.Errorf("%+v", f.Facts)
	}
}
