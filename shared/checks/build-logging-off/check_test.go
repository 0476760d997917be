package buildloggingoff

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
