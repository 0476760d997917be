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
