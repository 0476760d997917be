package pipelinechangewithoutmfa

import (
	"strings"
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
	deliverytest.Words(t, words, delivery.Pipelines, "UpdatePipeline")
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const look = "aws codepipeline get-pipeline-state --name web-prod --region eu-west-1"
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{
			"codepipeline/UpdatePipeline-user-key.json", nil,
			`aws codepipeline disable-stage-transition --pipeline-name web-prod --stage-name Build --transition-type Inbound --reason "changed without MFA" --region eu-west-1`,
		},
		{"codepipeline/UpdatePipeline-user-key.json", map[string]any{"requestParameters.pipeline.stages": []any{
			map[string]any{"name": "Source"}, map[string]any{"name": "x; curl example.com"},
		}}, look},
		{"codepipeline/UpdatePipeline-user-key.json", map[string]any{"requestParameters.pipeline.stages": []any{
			map[string]any{"name": "Source"}, map[string]any{"name": "--cli-input-json"},
		}}, look},
		{"codepipeline/UpdatePipeline-user-key.json", map[string]any{"requestParameters.pipeline.stages": []any{
			map[string]any{"name": "Source"}, map[string]any{"name": "Deploy"},
		}}, `aws codepipeline disable-stage-transition --pipeline-name web-prod --stage-name Deploy --transition-type Inbound --reason "changed without MFA" --region eu-west-1`},
		{"codepipeline/UpdatePipeline-user-key.json", map[string]any{"requestParameters.pipeline.stages": []any{map[string]any{"name": "Source"}}}, look},
		{"codepipeline/UpdatePipeline-user-key.json", map[string]any{"requestParameters.pipeline.stages": nil}, look},
		{"codepipeline/StartPipelineExecution-user-key.json", nil, look},
		{"codepipeline/StartPipelineExecution-user-key.json", map[string]any{"requestParameters.name": "web-prod; id"}, ""},
		{"codepipeline/DeletePipeline-user-key.json", nil, ""},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change).ByHand; got != one.want {
			t.Errorf("%s:\n got  %s\n want %s", one.sample, got, one.want)
		}
	}
}

// TestRemedies: the milder one is named first, and the harsher one where there is a user of the account to ask for MFA.
func TestRemedies(t *testing.T) {
	t.Parallel()
	abroad := map[string]any{"userIdentity.accountId": "777788889999", "userIdentity.arn": "arn:aws:iam::777788889999:user/deploy-bot"}
	for _, one := range []struct {
		change map[string]any
		user   bool
	}{{nil, true}, {abroad, false}} {
		got := checktest.Act(t, Check, "codepipeline/UpdatePipeline-user-key.json", one.change)
		fits := len(got.Harsher) == 1 && got.Harsher[0].Remedy == "user-require-mfa" && strings.Contains(got.Harsher[0].Would, "Deny deploy-bot everything without MFA")
		if got.Remedy != "pipeline-hold" || fits != one.user || len(got.Harsher) > 1 || !strings.HasPrefix(got.Would, "Hold the pipeline") || strings.Contains(got.Would, "deploy-bot") {
			t.Errorf("%v: remedies %q %q: %s", one.change, got.Remedy, got.Harsher, got.Would)
		}
	}
	if got := checktest.Act(t, Check, "codepipeline/DeletePipeline-user-key.json", nil); got.Remedy+got.Would != "" || got.Harsher != nil {
		t.Errorf("deleted: %q %q: %s", got.Remedy, got.Harsher, got.Would)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	want := []finding.Fact{{Label: "Call", Value: "UpdatePipeline (codepipeline)"}, {Label: "Key", Value: "access key AKIA…MPLE"}}
	if diff := cmp.Diff(want, checktest.Act(t, Check, "codepipeline/UpdatePipeline-user-key.json", nil).Facts); diff != "" {
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
