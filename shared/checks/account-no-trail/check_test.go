package accountnotrail

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[account.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
	stopped := account.Trail{Name: "all", ARN: arn, Home: "us-east-1", MultiRegion: true, Logging: resource.Known(false)}
	narrow := account.Trail{Name: "all", ARN: arn, Home: "us-east-1", MultiRegion: true, Logging: resource.Known(true), ManagementEvents: resource.Known(false)}
	far := account.Trail{Name: "far", ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/far", Home: "us-east-1", Logging: resource.Known(false)}
	for name, one := range map[string]struct {
		trails []account.Trail
		want   string
	}{
		"stopped": {[]account.Trail{far, narrow, stopped}, "aws cloudtrail start-logging --name " + arn + " --region us-east-1"},
		"narrow":  {[]account.Trail{far, narrow}, "aws cloudtrail put-event-selectors --trail-name " + arn + " --event-selectors 'ReadWriteType=All,IncludeManagementEvents=true' --region us-east-1"},
		"far":     {[]account.Trail{far}, "aws cloudtrail create-trail --name management-events --s3-bucket-name BUCKET"},
		"organisation's": {
			[]account.Trail{{Name: "org", ARN: "arn:aws:cloudtrail:us-east-1:777788889999:trail/org", Home: "us-east-1", MultiRegion: true, Organization: true, Logging: resource.Known(false)}},
			"# in account 777788889999, whose trail it is\naws cloudtrail start-logging --name arn:aws:cloudtrail:us-east-1:777788889999:trail/org --region us-east-1",
		},
		"organisation's, narrow": {
			[]account.Trail{{Name: "org", ARN: "arn:aws:cloudtrail:us-east-1:777788889999:trail/org", Home: "us-east-1", MultiRegion: true, Logging: resource.Known(true), ManagementEvents: resource.Known(false)}},
			"# in account 777788889999, whose trail it is\n# this replaces",
		},
		"none": {nil, "aws cloudtrail start-logging --name management-events --region eu-west-1"},
	} {
		p := &check.Pass{
			Check: Check, State: account.State{Trails: one.trails}, Basis: finding.State, Now: checktest.Now,
			Ref: resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"},
		}
		Check.Run(p)
		got := p.Results()[0]
		if got.Outcome != finding.Fail || !strings.Contains(got.ByHand, one.want) {
			t.Errorf("%s: %s\n got  %s\n want %s", name, got.Outcome, got.ByHand, one.want)
		}
		if own := !strings.HasPrefix(name, "organisation"); own && strings.Contains(got.ByHand, "in account") {
			t.Errorf("%s: sends people away: %s", name, got.ByHand)
		}
	}
}

// TestFacts lists the trails that there are, and nothing besides.
func TestFacts(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"}
	r := report(ref, account.State{Trails: []account.Trail{{Name: "all", ARN: "arn:all", Logging: resource.Known(false)}}})
	if len(r.Facts) != 1 || r.Facts[0].Label != "Trail" || r.Facts[0].Value != "arn:all" {
		t.Errorf("%v", r.Facts)
	}
	if !strings.HasPrefix(r.Detail, "Of the trails that are seen here, all ") {
		t.Error(r.Detail)
	}
}

// An ARN that is none names no account to send people to.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Account: "111122223333"}
	for arn, want := range map[string]string{
		"": "", "arn:aws:cloudtrail:us-east-1": "",
		"arn:aws:cloudtrail:us-east-1:111122223333:trail/own": "",
		"arn:aws:cloudtrail:us-east-1:777788889999:trail/org": "# in account 777788889999, whose trail it is\n",
	} {
		if got := elsewhere(ref, account.Trail{ARN: arn}); got != want {
			t.Errorf("%q: %q, want %q", arn, got, want)
		}
	}
}
