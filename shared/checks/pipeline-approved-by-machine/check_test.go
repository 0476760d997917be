package pipelineapprovedbymachine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	got := checktest.Act(t, Check, "codepipeline/PutApprovalResult-machine.json", nil)
	want := []finding.Fact{
		{Label: "Call", Value: "PutApprovalResult (codepipeline)"},
		{Label: "Key", Value: "temporary key of a session"},
		{Label: "Approval", Value: "Release, in stage Approve"},
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Error(diff)
	}
	if want := "aws codepipeline list-action-executions --pipeline-name web-prod --region eu-west-1"; got.ByHand != want {
		t.Errorf("by hand %q", got.ByHand)
	}
	hostile := checktest.Act(t, Check, "codepipeline/PutApprovalResult-machine.json", map[string]any{"requestParameters.pipelineName": "a;id", "requestParameters.stageName": "\x1b[2J"})
	if hostile.Outcome != finding.Fail || hostile.ByHand != "" || len(hostile.Facts) != 2 {
		t.Errorf("what is no name was shown: %q, %+v", hostile.ByHand, hostile.Facts)
	}
}
