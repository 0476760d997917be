package remedies

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	stored "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// TestNoTrailForStrangers has somebody turn a trail to a bucket of theirs: nothing is put back that would have it write there, and nothing that
// nobody vouches for.
func TestNoTrailForStrangers(t *testing.T) {
	a := emulator.ForTest(t)
	deleted := deletedTrail(nil)
	stolen, unknown, turned := deleted, deleted, weakenedTrail(nil, nil, true)
	stolen.make = func(w *world) error { return inTurn(func() error { return deleted.make(w) }, w.stealBucket) }
	unknown.make = func(w *world) error {
		w.set.RemediateStackResources = true
		_, err := w.by(stranger, func(cfg aws.Config) error { return w.trail(cfg, nil) })
		return err
	}
	cut := turned.make
	turned.make = func(w *world) error {
		return inTurn(func() error { return cut(w) }, w.stealBucket, func() error { return w.turn(auditBucket + "-2") })
	}
	for name, one := range map[string]struct {
		scene
		why string
	}{
		"the bucket of a deleted trail is somebody else's": {stolen, "The account has no bucket " + auditBucket},
		"nobody is known to have left the trail behind":    {unknown, "Nobody vouches for what is kept of the trail " + audit},
		"the trail goes elsewhere":                         {turned, "go to the bucket " + auditBucket + "-2, and went to " + auditBucket},
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			p := &play{T: t, world: newWorld(t, a), scene: one.scene}
			p.about.Account, p.about.Region = account, region
			if err := p.make(p.world); err != nil {
				t.Fatal(err)
			}
			p.refuses(one.why)
		})
	}
}

// refuses has the remedy planned, which it declines, and nothing is written.
func (p *play) refuses(why string) {
	p.Helper()
	f := p.failing()
	p.writes()
	p.order = ledger.OrderID(f, 1)
	if err := p.remediator().Carry(p.Context, queue.Order{ID: p.order, Remedy: p.remedy, Mode: settings.Ask, Finding: f}, true); err != nil {
		p.Fatal(err)
	}
	got, err := p.ledger.Action(p.Context, p.order)
	if wrote := p.writes(); err != nil || got.Status != ledger.Refused || !strings.Contains(got.Error, why) || len(wrote) > 0 {
		p.Errorf("%s (%s), %v; it wrote %v", got.Status, got.Error, err, wrote)
	}
}

// stealBucket deletes the bucket of the trail, and makes one of its name in another account.
func (w *world) stealBucket() error {
	return inTurn(func() error {
		_, err := s3.NewFromConfig(w.cfg).DeleteBucket(w, &s3.DeleteBucketInput{Bucket: aws.String(auditBucket)})
		return err
	}, func() error {
		_, err := s3.NewFromConfig(w.Config(partner, region)).CreateBucket(w, &s3.CreateBucketInput{
			Bucket: aws.String(auditBucket), CreateBucketConfiguration: &stored.CreateBucketConfiguration{LocationConstraint: region},
		})
		return err
	})
}

// turn has the trail write to another bucket.
func (w *world) turn(bucket string) error {
	return w.updateTrail(&cloudtrail.UpdateTrailInput{S3BucketName: &bucket})
}
