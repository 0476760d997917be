package rolebackdoored

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	first := "# first give it a policy with what it needs, or its builds break\n"
	everything := map[string]any{"requestParameters.policyDocument": `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, "requestParameters.policyName": "x; touch y"}
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"iam/AttachRolePolicy.json", nil, first + "aws iam detach-role-policy --role-name web-prod-pipeline --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"},
		{"iam/PutRolePolicy.json", everything, ""},
		{"iam/UpdateAssumeRolePolicy-open.json", map[string]any{"requestParameters.roleName": "web"}, "aws iam get-role --role-name web --query Role.AssumeRolePolicyDocument > trust.json\n" +
			"# edit trust.json\naws iam update-assume-role-policy --role-name web --policy-document file://trust.json"},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change); got.ByHand != one.want {
			t.Errorf("%s\n got  %s\n want %s", one.sample, got.ByHand, one.want)
		}
	}
}

// TestRemedy: there is a policy to go back to where one was replaced. What a policy of permissions gives, no trust policy takes away.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for sample, offers := range map[string]bool{"iam/UpdateAssumeRolePolicy-open.json": true, "iam/AttachRolePolicy.json": false} {
		got := checktest.Act(t, Check, sample, nil)
		offered := got.Remedy == "role-trust-restore" && strings.HasSuffix(got.Would, "Can be undone.") &&
			slices.Contains(got.Facts, finding.Fact{Label: "Admits", Value: "everyone"}) // by which the remedy knows what to look for
		if offered != offers || !offered && got.Remedy+got.Would != "" {
			t.Errorf("%s: remedy %q: %s %+v", sample, got.Remedy, got.Would, got.Facts)
		}
	}
}

// TestTooLarge: a policy that is larger than IAM takes is not judged, and not passed either.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, "iam/PutRolePolicy.json", map[string]any{
		"requestParameters.policyDocument": `{"Statement":{"Effect":"Allow","Resource":"*","Action":"s3:` + strings.Repeat("a", 1<<19) + `"}}`,
	})
	p := &check.Pass{Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: Check.Target(e)}
	Check.Run(p)
	if got := p.Results(); len(got) != 1 || got[0].Outcome != finding.Unknown || !strings.Contains(got[0].Detail, "larger than IAM takes") {
		t.Errorf("%+v", got)
	}
}
