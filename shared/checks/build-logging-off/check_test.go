package buildloggingoff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand holds the command to the group that the project names.
func TestByHand(t *testing.T) {
	t.Parallel()
	got := byHand(resource.Ref{ID: "p", Region: "eu-west-1"}, buildproject.CloudWatchLogs{Status: "DISABLED", Group: "it's"})
	if want := `aws codebuild update-project --region eu-west-1 --name p --logs-config '{"cloudWatchLogs":{"status":"ENABLED","groupName":"it'\''s"}}'`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRemedy holds what a failure says of putting it right, in the project and in the template of a stack.
func TestRemedy(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{
		CloudWatchLogs: resource.Known(buildproject.CloudWatchLogs{Status: "DISABLED"}), S3Logs: resource.Known(buildproject.S3Logs{Status: "DISABLED"}),
	})
	want := []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "LogsConfig/CloudWatchLogs/Status", Value: "ENABLED"}}
	if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "build-enable-logs" || !strings.HasSuffix(f.Would, "Can be undone.") {
		t.Errorf("remedy %q, would %q, template %s", f.Remedy, f.Would, diff)
	}
}
