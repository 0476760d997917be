// Package accountblockpublicoff tells of accounts for which S3's Block Public Access is not fully on.
package accountblockpublicoff

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails an account of which not all four flags are on.
var Check = &check.Check{
	ID: "account-block-public-off", Severity: finding.Medium,
	Reads: account.Kind, Run: run, Remedies: []string{"account-block-public"},
	Aliases: []string{"Security Hub:S3.1"},
	Controls: slices.Concat(
		controls.FSBP("S3.1"),
		controls.PublicStorage,
	),
}

func run(p *check.Pass) {
	if !account.Whole(p.Ref) {
		p.Skip("Block Public Access is judged for the account as a whole, not for a region.")
		return
	}
	s := check.State[account.State](p)
	flags, known := s.Block.Get()
	switch {
	case !known:
		p.Unknown("whether Block Public Access is on for account "+p.Ref.ID, s.Block.Err())
	case flags != bucket.AllOn():
		fail(p, flags.Off())
	default:
		p.OK()
	}
}

func fail(p *check.Pass, off []string) {
	const flags = 4
	how := "partly off"
	if len(off) == flags {
		how = "off"
	}
	list := strings.Join(off, ", ")
	r := check.Report{
		Title:  "Block Public Access is " + how + " for the whole account " + p.Ref.ID,
		Detail: "Off for the account: " + list + ". From now on each bucket depends on its own flags.",
		Facts:  []finding.Fact{{Label: "Off", Value: list}},
		Would: "Switch on all four flags for the whole account, in all regions; policies, ACLs and the flags of each bucket stay as they are. Public downloads and websites stop from every bucket of the " +
			"account, also from those that are public on purpose. Can be undone.",
		ByHand: "# downloads from buckets that are public on purpose stop\n" +
			"aws s3control put-public-access-block --account-id " + p.Ref.ID +
			" --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: nothing is public by it unless a bucket's own flags are off too, and they may be on again since."
	}
	p.Fail(r)
}
