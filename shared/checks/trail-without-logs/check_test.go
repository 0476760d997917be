package trailwithoutlogs

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[trail.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/management-events"
	for called, s := range map[string]trail.State{
		arn:                 {ARN: arn, HomeRegion: "us-gov-west-1", LogGroup: resource.Known("")},
		"management-events": {HomeRegion: "us-gov-west-1", LogGroup: resource.Known("")},
	} {
		p := &check.Pass{
			Check: Check, State: s, Basis: finding.State,
			Ref: resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "us-gov-east-1"},
		}
		Check.Run(p)
		f := p.Results()[0]
		if want := "\naws cloudtrail update-trail --name " + called + " --cloud-watch-logs-log-group-arn LOG_GROUP_ARN --cloud-watch-logs-role-arn ROLE_ARN --region us-gov-west-1"; !strings.HasSuffix(f.ByHand, want) {
			t.Errorf("got  %s\nwant %s", f.ByHand, want)
		}
		if strings.Contains(f.Detail, "Only the event was seen") {
			t.Errorf("the state was read: %s", f.Detail)
		}
	}
}

// TestHomeRegion is told where it is known.
func TestHomeRegion(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "eu-west-1"}
	for home, want := range map[string]int{"": 0, "eu-west-1": 1} {
		f := checktest.Failure(t, Check, ref, trail.State{HomeRegion: home, LogGroup: resource.Known("")})
		if len(f.Facts) != want || want == 1 && f.Facts[0] != (finding.Fact{Label: "Home region", Value: home}) {
			t.Errorf("%q: %v", home, f.Facts)
		}
	}
}
