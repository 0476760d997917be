package guardrailchangewithoutmfa

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/delivery/deliverytest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestWords(t *testing.T) {
	t.Parallel()
	deliverytest.Words(t, words, delivery.Guardrails)
}

var key = map[string]any{"type": "IAMUser", "userName": "deploy-bot", "arn": "arn:aws:iam::111122223333:user/deploy-bot", "accessKeyId": "AKIADEPLOYBOTEXAMPLE"}

func TestByHand(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]string{
		"s3/PutBucketPolicy-public.json":                          "aws s3api get-bucket-policy --bucket web-prod-artifacts-111122223333 --region eu-west-1",
		"iam/AttachRolePolicy-user-key.json":                      "aws iam get-role --role-name web-prod-pipeline",
		"logs/PutRetentionPolicy.json":                            "aws logs describe-log-groups --log-group-name-prefix /aws/codebuild/payments-api --region eu-west-1",
		"lambda/UpdateFunctionCode20150331v2-other-function.json": "aws lambda get-function-configuration --function-name runner --region eu-west-1",
		"sns/Subscribe.json":                                      "",
	} {
		got := checktest.Act(t, Check, sample, map[string]any{"userIdentity": key})
		if got.Outcome != finding.Fail || got.ByHand != want {
			t.Errorf("%s: %s\n got  %s\n want %s", sample, got.Outcome, got.ByHand, want)
		}
	}
	for _, hostile := range []string{"a; id", "$(id)", "-x", "a\nb"} {
		got := checktest.Act(t, Check, "iam/AttachRolePolicy-user-key.json", map[string]any{"userIdentity": key, "requestParameters.roleName": hostile})
		if got.Outcome != finding.Fail || got.ByHand != "" {
			t.Errorf("%q got into a command: %s", hostile, got.ByHand)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	want := []finding.Fact{{Label: "Call", Value: "AttachRolePolicy (iam)"}, {Label: "Key", Value: "access key AKIA…MPLE"}}
	if diff := cmp.Diff(want, checktest.Act(t, Check, "iam/AttachRolePolicy-user-key.json", map[string]any{"userIdentity": key}).Facts); diff != "" {
		t.Error(diff)
	}
}

// TestSeverity holds what the list of checks says; a report may say another.
func TestSeverity(t *testing.T) {
	t.Parallel()
	if Check.Severity != finding.High {
		t.Errorf("%s", Check.Severity)
	}
}
