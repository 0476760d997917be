// Package bucketpublic tells of buckets that everyone can reach.
package bucketpublic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Check fails a bucket whose policy or ACL lets everyone in.
var Check = &check.Check{
	ID: "bucket-public", Severity: finding.Critical,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-block-public"},
	Aliases: []string{
		"Security Hub:S3.1", "Security Hub:S3.2", "Security Hub:S3.3", "Security Hub:S3.8", "Security Hub:CloudTrail.6",
		"Prowler:s3_bucket_public_access",
	},
	Controls: slices.Concat(
		controls.FSBP("S3.1", "S3.2", "S3.3", "S3.8"),
		controls.PublicStorage,
		controls.CIS("7.0", controls.Prowler, "2.21"),
	),
}

func run(p *check.Pass) {
	s := check.State[bucket.State](p)
	switch x, known := s.Public(); {
	case x.Public || p.Offline() && len(x.Ways) > 0:
		fail(p, s, x)
	case !known:
		p.Unknown("Whether "+bucket.Called(p.Ref, p.Past.Used)+" is public", x.Why)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s bucket.State, x bucket.Exposure) {
	byPolicy := slices.ContainsFunc(x.Ways, func(w bucket.Way) bool { return w.By == "policy" })
	r := check.Report{
		Title:  bucket.Called(p.Ref, p.Past.Used) + " is public",
		Detail: x.Says(),
		Facts:  []finding.Fact{{Label: "Opened by", Value: x.By()}},
		Path:   bucket.Path(p.Ref, p.Past.Used, x.Chain()...),
		Would: "Switch on all four flags of Block Public Access for the bucket; its policy and ACL stay as they are. " +
			"Public downloads stop, also a website that is public on purpose. Can be undone.",
		ByHand: bucket.BlockCommand(p.Ref),
	}
	if p.Offline() {
		r.Title = bucket.Called(p.Ref, p.Past.Used) + " was given a public policy"
		if !byPolicy {
			r.Title = bucket.Called(p.Ref, p.Past.Used) + " was given a public ACL"
		}
		r.Detail += " Everyone gets in unless Block Public Access is on for the bucket or the account."
	} else {
		r.Facts = append(r.Facts, block(s)...)
	}
	if x.Own != nil && !p.Offline() {
		r.Detail += fmt.Sprintf(" That is pipewarden's own reading of the policy, because S3 did not give its verdict (%v).", x.Own)
	}
	if partners := s.Partners(p.Ref.Account); byPolicy && len(partners) > 0 {
		r.Would += fmt.Sprintf(" As long as the policy has a public statement, whom it admits from outside loses access as well: %s.", few(partners))
	}
	p.Fail(r)
}

func block(s bucket.State) []finding.Fact {
	off, err := s.BlockGaps()
	if len(off) == 0 || err != nil {
		return nil
	}
	return []finding.Fact{{Label: "Block Public Access", Value: "off for bucket and account: " + strings.Join(off, ", ")}}
}

func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
