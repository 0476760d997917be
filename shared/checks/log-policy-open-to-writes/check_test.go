package logpolicyopentowrites

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/logpolicy"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[logpolicy.State](t, Check)
}

const (
	open  = `{"Sid":"It's","Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents","Resource":"*"}`
	other = `{"Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}`
	group = "arn:aws:logs:eu-west-1:111122223333:log-group:audit"
)

func state(t *testing.T, statements string) logpolicy.State {
	t.Helper()
	document, err := policy.Parse([]byte(`{"Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return logpolicy.State{Policy: resource.Known(logpolicy.Policy{Document: document})}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	of := func(id string) resource.Ref {
		return resource.Ref{Kind: "logpolicy", ID: id, Account: "111122223333", Region: "eu-west-1"}
	}
	narrowed := `'{"Statement":[` + other + `,{"Sid":"It'\''s","Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents","Resource":"*",` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}' --region eu-west-1`
	for id, want := range map[string]string{
		"policy:es": "\naws logs put-resource-policy --policy-name es --policy-document " + narrowed,
		group:       "\naws logs put-resource-policy --policy-name POLICY --resource-arn " + group + " --expected-revision-id REVISION --policy-document " + narrowed,
	} {
		f := checktest.Failure(t, Check, of(id), state(t, other+","+open))
		if !strings.HasSuffix(f.ByHand, want) {
			t.Errorf("%s\n got  %s\n want %s", id, f.ByHand, want)
		}
		if want := "statement 2 (It's): open to writes by any service: principal * and no condition that fixes who"; f.Facts[0].Value != want {
			t.Errorf("fact %q", f.Facts[0].Value)
		}
		if strings.Contains(strings.ToLower(f.Title+f.Detail), "public") {
			t.Errorf("called public: %s. %s", f.Title, f.Detail)
		}
	}
	if f := checktest.Failure(t, Check, of("policy:a;id"), state(t, open)); f.ByHand != "" {
		t.Errorf("by hand %s", f.ByHand)
	}
	f := checktest.Failure(t, Check, of("policy:es"), state(t, other+","+open))
	template := []finding.Property{{Type: "AWS::Logs::ResourcePolicy", Path: "PolicyDocument", Value: `{"Statement":[` + other + `,` +
		strings.Replace(open, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, 1) + `]}`}}
	if diff := cmp.Diff(template, f.Template); diff != "" || f.Remedy != "log-policy-narrow" || !strings.HasSuffix(f.Would, "Can be undone.") {
		t.Errorf("remedy %q, would %q, template %s", f.Remedy, f.Would, diff)
	}
	if f := checktest.Failure(t, Check, of(group), state(t, open)); f.Remedy != "log-policy-narrow" || f.Template != nil {
		t.Errorf("of a group: remedy %q, template %+v", f.Remedy, f.Template)
	}
	long := strings.Replace(open, "It's", strings.Repeat("a", 5000), 1)
	if f := checktest.Failure(t, Check, of("policy:es"), state(t, long)); f.Remedy+f.Would+f.ByHand != "" {
		t.Errorf("too long: remedy %q, by hand %s", f.Remedy, f.ByHand)
	}
	excluded := strings.Replace(open, `"Resource":"*"`, `"Resource":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":"444455556666"}}`, 1)
	if f := checktest.Failure(t, Check, of("policy:es"), state(t, excluded)); f.ByHand+f.Remedy+f.Would != "" || f.Template != nil {
		t.Errorf("remedy %q, by hand %s", f.Remedy, f.ByHand)
	}
}

// TestOfOneGroup: a group with an odd name gets into no command.
func TestOfOneGroup(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "logpolicy", ID: group + ";id", Account: "111122223333", Region: "eu-west-1"}
	if f := checktest.Failure(t, Check, ref, state(t, open)); f.ByHand != "" {
		t.Errorf("by hand %s", f.ByHand)
	}
}

// TestLongestPolicy: a policy may be as long as CloudWatch Logs takes, and no longer.
func TestLongestPolicy(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "logpolicy", ID: "policy:es", Account: "111122223333", Region: "eu-west-1"}
	length := func(sid int) (narrowed int, offered bool) {
		f := checktest.Failure(t, Check, ref, state(t, strings.Replace(open, "It's", strings.Repeat("a", sid), 1)))
		if f.Template == nil {
			return 0, f.Remedy != ""
		}
		return len(f.Template[0].Value.(string)), f.Remedy != ""
	}
	short, _ := length(1)
	longest := 1 + logpolicy.LongestPolicy - short
	if got, offered := length(longest); got != logpolicy.LongestPolicy || !offered {
		t.Errorf("of %d characters: offered %t", got, offered)
	}
	if _, offered := length(longest + 1); offered {
		t.Error("one character more is offered")
	}
}
