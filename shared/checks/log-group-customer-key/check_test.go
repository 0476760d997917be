package loggroupcustomerkey

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[loggroup.State](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if Check.Needs(check.Options{}) == "" || Check.Needs(check.Options{RequireCustomerKey: true}) != "" {
		t.Error("needs the option")
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"/aws/codebuild/web": "\naws logs associate-kms-key --log-group-name /aws/codebuild/web --kms-key-id KEY_ARN --region eu-west-1", "#web": "", "-web": "",
	} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Options: check.Options{RequireCustomerKey: true}, State: loggroup.State{KeyID: resource.Known("")},
			Ref: resource.Ref{Kind: "loggroup", ID: id, Account: "111122223333", Region: "eu-west-1"},
		}
		Check.Run(p)
		if f := p.Results()[0]; f.Outcome != finding.Fail || !strings.HasSuffix(f.ByHand, want) || (want == "") != (f.ByHand == "") {
			t.Errorf("%s: %s", id, f.ByHand)
		}
	}
}
