package deliverychangewithoutmfa

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
	deliverytest.Words(t, words, delivery.Tools)
}

var key = map[string]any{"type": "IAMUser", "userName": "deploy-bot", "arn": "arn:aws:iam::111122223333:user/deploy-bot", "accessKeyId": "AKIADEPLOYBOTEXAMPLE"}

func TestByHand(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]string{
		"ecr/SetRepositoryPolicy-public.json":              "aws ecr describe-repositories --repository-names web --region eu-west-1",
		"codecommit/OverridePullRequestApprovalRules.json": "aws codecommit get-pull-request --pull-request-id 31 --region eu-west-1",
		"codedeploy/StopDeployment.json":                   "aws deploy get-deployment --deployment-id d-ABCDEF123 --region eu-west-1",
		"codeconnections/UpdateHost.json":                  "aws codeconnections get-host --host-arn arn:aws:codeconnections:eu-west-1:111122223333:host/ghe-bbbb2222 --region eu-west-1",
		"ecr/PutRegistryPolicy.json":                       "",
		"ecr/DeleteRepository.json":                        "",
	} {
		got := checktest.Act(t, Check, sample, map[string]any{"userIdentity": key})
		if got.Outcome != finding.Fail || got.ByHand != want {
			t.Errorf("%s: %s\n got  %s\n want %s", sample, got.Outcome, got.ByHand, want)
		}
	}
	for _, hostile := range []string{"a; id", "$(id)", "-x", "a\nb"} {
		got := checktest.Act(t, Check, "ecr/SetRepositoryPolicy-public.json", map[string]any{"userIdentity": key, "requestParameters.repositoryName": hostile})
		if got.Outcome != finding.Fail || got.ByHand != "" {
			t.Errorf("%q got into a command: %s", hostile, got.ByHand)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	want := []finding.Fact{{Label: "Call", Value: "SetRepositoryPolicy (ecr)"}, {Label: "Key", Value: "access key AKIA…MPLE"}}
	if diff := cmp.Diff(want, checktest.Act(t, Check, "ecr/SetRepositoryPolicy-public.json", map[string]any{"userIdentity": key}).Facts); diff != "" {
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
