package buildunused

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.Activity](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}
	got := checktest.Failure(t, Check, ref, buildproject.Activity{Last: resource.Known(checktest.Now.Add(-91 * 24 * time.Hour))})
	if want := "# the definition, to keep; then delete the project, which keeps its builds\n" +
		"aws codebuild batch-get-projects --names payments-api --region eu-west-1 > payments-api.json && aws codebuild delete-project --name payments-api --region eu-west-1"; got.ByHand != want {
		t.Errorf("got  %s\nwant %s", got.ByHand, want)
	}
}

// TestEdge: 90 days are told in the words "less than 90 days ago" and in the doc, to the day.
func TestEdge(t *testing.T) {
	t.Parallel()
	const idle = 90 * 24 * time.Hour
	for ago, want := range map[time.Duration]finding.Outcome{idle: finding.Pass, idle + 1: finding.Fail} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Now: checktest.Now, Ref: resource.Ref{Kind: "buildproject", ID: "p", Account: "111122223333", Region: "eu-west-1"},
			State: buildproject.Activity{Last: resource.Known(checktest.Now.Add(-ago))},
		}
		Check.Run(p)
		if got := p.Results()[0].Outcome; got != want {
			t.Errorf("%s: %s", ago, got)
		}
	}
	for ago, want := range map[time.Duration]finding.Outcome{idle: finding.NotApplicable, idle + 1: finding.Fail} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Now: checktest.Now, Ref: resource.Ref{Kind: "buildproject", ID: "p", Account: "111122223333", Region: "eu-west-1"},
			State: buildproject.Activity{Last: resource.Known(time.Time{}), Created: resource.Known(checktest.Now.Add(-ago))},
		}
		Check.Run(p)
		if got := p.Results()[0].Outcome; got != want {
			t.Errorf("made %s ago: %s", ago, got)
		}
	}
}
