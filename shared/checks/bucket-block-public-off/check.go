// Package bucketblockpublicoff tells of buckets for which Block Public Access is not fully on.
package bucketblockpublicoff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a bucket for which neither its own flags nor the account's are on, flag by flag.
var Check = &check.Check{
	ID: "bucket-block-public-off", Severity: finding.Medium,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-block-public"},
	Aliases: []string{"Security Hub:S3.8"},
	Controls: slices.Concat(
		controls.FSBP("S3.8"),
		controls.PublicStorage,
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.State](p)
	off, err := s.BlockGaps()
	if own, told := s.Block.Get(); p.Offline() && told {
		off = own.Off()
	}
	switch {
	case len(off) > 0:
		fail(p, s, off)
	case err != nil:
		p.Unknown("Whether Block Public Access is on for "+bucket.Called(p.Ref, p.Past.Used), err)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s bucket.State, off []string) {
	const flags = 4
	how := "partly off"
	if len(off) == flags {
		how = "off"
	}
	r := check.Report{
		Title:  "Block Public Access is " + how + " for " + bucket.Called(p.Ref, p.Past.Used),
		Detail: "Off for the bucket and for its account: " + strings.Join(off, ", ") + ".",
		Facts:  []finding.Fact{{Label: "Off", Value: strings.Join(off, ", ")}},
		Path:   bucket.Path(p.Ref, p.Past.Used),
		Would: "Switch on all four flags for the bucket; its policy and ACL stay as they are. From then on S3 refuses uploads and policies that would be public, " +
			"which stops a deployment that sends a public ACL. Can be undone.",
		ByHand: bucket.BlockCommand(p.Ref),
	}
	if p.Offline() {
		r.Detail = fmt.Sprintf("Switched off for the bucket: %s. What is public in it is open unless the account's own block covers it.", strings.Join(off, ", "))
		p.Fail(r)
		return
	}
	switch x, known := s.Public(); {
	case x.Public:
		r.Detail += " The bucket is public as it stands: " + x.Says()
		r.Would += " Public downloads stop."
	case known:
		r.Detail += " Its policy and ACL let nobody in from outside yet; one careless statement would."
	default:
		r.Detail += fmt.Sprintf(" Whether it is public already is not known (%v).", x.Why)
	}
	p.Fail(r)
}
