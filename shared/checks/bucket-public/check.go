// Package bucketpublic tells of buckets that everyone can reach.
package bucketpublic

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

//go:embed doc.md
var doc string

const (
	hub     = "Security Hub control pages (2026-11)"
	prowler = "Prowler compliance files (2026-11)"
	own     = "own reading (2026-11)"
	owasp   = "OWASP Top 10 CI/CD Security Risks (2026-11)"
)

// Check fails a bucket whose policy or ACL lets everyone in.
var Check = &check.Check{
	ID: "bucket-public", Doc: doc, Severity: finding.Critical,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-block-public"},
	Aliases: []string{
		"Security Hub:S3.1", "Security Hub:S3.2", "Security Hub:S3.3", "Security Hub:S3.8", "Security Hub:CloudTrail.6",
		"Prowler:s3_bucket_public_access",
	},
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.1", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.2", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.3", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.8", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "CloudTrail.6", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-3", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-3(7)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-4", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-4(21)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-6", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-21", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(3)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(4)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(9)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(11)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(16)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(20)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "SC-7(21)", Source: hub},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: prowler},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.6", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(1)", Source: prowler},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.308(a)(1)(ii)(B)", Source: prowler},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.308(a)(3)(i)", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "25", Source: prowler},
		{Framework: "GDPR", Version: "2016/679", ID: "5(1)(f)", Source: own},
		{Framework: "GDPR", Version: "2016/679", ID: "32", Source: own},
		{Framework: "CIS AWS", Version: "6.0", ID: "3.1.4", Source: prowler},
		{Framework: "CIS AWS", Version: "7.0", ID: "3.1.4", Source: prowler},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-10", Source: owasp},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-7", Source: owasp},
	},
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
		Path:   bucket.Path(p.Ref, p.Past.Used, x.By(), "everyone"),
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
