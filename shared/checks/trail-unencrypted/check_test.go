package trailunencrypted

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
		arn:                 {ARN: arn, HomeRegion: "us-gov-west-1", KeyID: resource.Known("")},
		"management-events": {HomeRegion: "us-gov-west-1", KeyID: resource.Known("")},
	} {
		p := &check.Pass{
			Check: Check, State: s, Basis: finding.State, Options: check.Options{RequireCustomerKey: true},
			Ref: resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "us-gov-east-1"},
		}
		Check.Run(p)
		f := p.Results()[0]
		if want := "\naws cloudtrail update-trail --name " + called + " --kms-key-id KEY_ARN --region us-gov-west-1"; !strings.HasSuffix(f.ByHand, want) {
			t.Errorf("got  %s\nwant %s", f.ByHand, want)
		}
		if strings.Contains(f.Detail, "Only the event was seen") {
			t.Errorf("the state was read: %s", f.Detail)
		}
	}
}

// TestBucket is told where it is known and there is one.
func TestBucket(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bucket resource.Fact[string]
		told   bool
	}{"known": {resource.Known("b"), true}, "none": {resource.Known(""), false}, "not known": {resource.Fact[string]{}, false}} {
		p := &check.Pass{
			Check: Check, State: trail.State{KeyID: resource.Known(""), Bucket: c.bucket}, Basis: finding.State, Options: check.Options{RequireCustomerKey: true},
			Ref: resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "eu-west-1"},
		}
		Check.Run(p)
		f := p.Results()[0]
		if (len(f.Facts) == 1) != c.told || (len(f.Path) == 1) != c.told || strings.Contains(f.Detail, "Whoever may read bucket b") != c.told {
			t.Errorf("%s: %q %v %v", name, f.Detail, f.Facts, f.Path)
		}
	}
}
