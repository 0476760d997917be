package loggroupdeleted

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
	got := checktest.Act(t, Check, "logs/DeleteLogStream.json", nil)
	want := []finding.Fact{
		{Label: "Call", Value: "DeleteLogStream (logs)"},
		{Label: "Key", Value: "temporary key of a session"},
		{Label: "Logs of", Value: "builds"},
		{Label: "Stream", Value: "0f1e2d3c-4b5a-4678-9abc-def012345678"},
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Error(diff)
	}
	if want := "aws logs describe-log-groups --log-group-name-prefix /aws/codebuild/payments-api --region eu-west-1"; got.ByHand != want {
		t.Errorf("by hand %q", got.ByHand)
	}
	hostile := checktest.Act(t, Check, "logs/DeleteLogStream.json", map[string]any{"requestParameters.logGroupName": "/aws/codebuild/a;id", "requestParameters.logStreamName": "\x1b[2J"})
	if hostile.Outcome != finding.Fail || hostile.ByHand != "" || len(hostile.Facts) != 3 {
		t.Errorf("what is no name was shown: %q, %+v", hostile.ByHand, hostile.Facts)
	}
}
