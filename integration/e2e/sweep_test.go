package e2e

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// TestSweep finds what no event told of, and writes down who leans on what.
func TestSweep(t *testing.T) {
	const project = "lost-event"
	opened(t, project)
	if got := told(about(mails(t, shared.system), project)); len(got) != 0 {
		t.Fatalf("something was told of it: %q", got)
	}
	must(t, shared.system.Sweep(t.Context()))
	got := told(about(mails(t, shared.system), project))
	// It was put right before the sweep had come to rest: one message says both.
	if count(got, "fixed build-project-public") != 1 || len(got) != 1 {
		t.Errorf("after the sweep: %q", got)
	}
	if v := visibility(t, project); v != types.ProjectVisibilityTypePrivate {
		t.Errorf("the project is %s", v)
	}
	for bucket, want := range map[string]ledger.Use{
		estate.Artifacts: {User: finding.Resource{Kind: "pipeline", ID: estate.Pipeline, Account: estate.Account, Region: estate.Region}, As: "artifact store"},
		estate.TrailLogs: {User: finding.Resource{Kind: "trail", ID: estate.Trail, Account: estate.Account, Region: estate.Region}, As: "trail logs"},
	} {
		view, err := shared.system.Ledger().View(t.Context(), finding.Resource{Kind: "bucket", ID: bucket, Account: estate.Account, Region: estate.Region})
		must(t, err)
		if uses := view.Uses(); !slices.Contains(uses, want) {
			t.Errorf("uses of %s: %v", bucket, uses)
		}
	}
	// A second sweep finds everything as the first left it.
	must(t, shared.system.Sweep(t.Context()))
	if again := mails(t, shared.system); len(again) != 0 {
		t.Errorf("a second sweep told: %q", told(again))
	}
}
