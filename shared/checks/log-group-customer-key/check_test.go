package loggroupcustomerkey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestRemedy is offered where the settings name a key for the group's region, and tells it everywhere.
func TestRemedy(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
	for key, offered := range map[string]bool{arn: true, strings.Replace(arn, "eu-west-1", "us-east-1", 1): false} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Options: check.Options{RequireCustomerKey: true, CustomerKeys: []string{key}}, State: loggroup.State{KeyID: resource.Known("")},
			Ref: resource.Ref{Kind: "loggroup", ID: "/aws/codebuild/web", Account: "111122223333", Region: "eu-west-1"},
		}
		Check.Run(p)
		f := p.Results()[0]
		told := f.Remedy == "log-group-encrypt" && strings.Contains(f.Would, arn) && strings.HasSuffix(f.Would, "Can be undone.") && strings.Contains(f.ByHand, "--kms-key-id "+arn) &&
			cmp.Equal(f.Template, []finding.Property{{Type: "AWS::Logs::LogGroup", Path: "KmsKeyId", Value: arn}})
		silent := f.Remedy+f.Would == "" && f.Template == nil && strings.Contains(f.ByHand, "--kms-key-id KEY_ARN") && strings.Contains(f.Detail, "options.customerKeys")
		if told != offered || silent == offered {
			t.Errorf("%s: %+v", key, f)
		}
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
