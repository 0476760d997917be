// Package bucketblockpublicoff tells of buckets for which Block Public Access is not fully on.
package bucketblockpublicoff

import (
	_ "embed"
	"fmt"
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

// Check fails a bucket for which neither its own flags nor the account's are on, flag by flag.
var Check = &check.Check{
	ID: "bucket-block-public-off", Doc: doc, Severity: finding.Medium,
	Reads: bucket.Kind, Run: run, Remedies: []string{"bucket-block-public"},
	Aliases: []string{"Security Hub:S3.8"},
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "S3.8", Source: hub},
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
