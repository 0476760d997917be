package rolebackdoored

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
