// Package bucketpubliclatent tells of buckets that only Block Public Access keeps from being public.
package bucketpubliclatent

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

// Check fails a bucket that has a public policy and is not public only because Block Public Access holds it back.
var Check = &check.Check{
	ID: "bucket-public-latent", Doc: doc, Severity: finding.Medium,
	Reads: bucket.Kind, Run: run,
	Controls: []check.Control{
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
	switch x, known := s.Latent(); {
	case x.Latent:
		fail(p, s, x)
	case !known:
		p.Unknown("Whether only Block Public Access keeps "+bucket.Called(p.Ref, p.Past.Used)+" from being public", x.Why)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s bucket.State, x bucket.Exposure) {
	r := check.Report{
		Title: "Only Block Public Access keeps " + bucket.Called(p.Ref, p.Past.Used) + " from being public",
		Detail: x.Says() + " It has no effect while " + holder(s) + ". Whoever switches that off makes the bucket public at once, " +
			"without touching its policy or ACL.",
		Facts:  []finding.Fact{{Label: "Granted by", Value: x.By()}, {Label: "Held back by", Value: holder(s)}},
		Path:   bucket.Path(p.Ref, p.Past.Used, x.By(), "everyone, if Block Public Access is switched off"),
		ByHand: byHand(p, s, x),
	}
	if x.Own != nil {
		r.Detail += fmt.Sprintf(" That is pipewarden's own reading of the policy, because S3 did not give its verdict (%v).", x.Own)
	}
	p.Fail(r)
}

// holder names the level that holds the policy back.
func holder(s bucket.State) string {
	level := "the account"
	if s.Block.Is(func(f bucket.Flags) bool { return f.RestrictPublicBuckets || f.IgnorePublicAcls }) {
		level = "the bucket"
	}
	return "Block Public Access is on for " + level
}

// byHand takes the public statements out of the policy and leaves the others; where none would be left, the policy goes.
func byHand(p *check.Pass, s bucket.State, x bucket.Exposure) string {
	var at []string
	for _, w := range x.Ways {
		if w.Statement > 0 {
			at = append(at, fmt.Sprintf(".Statement[%d]", w.Statement-1))
		}
	}
	policy, _ := s.Policy.Get()
	switch {
	case policy.Document != nil && len(at) > 0 && len(at) == len(policy.Statements):
		return bucket.DeletePolicyCommand(p.Ref)
	case len(at) > 0:
		return bucket.EditPolicyCommand(p.Ref, "del("+strings.Join(at, ", ")+")")
	case slices.ContainsFunc(x.Ways, func(w bucket.Way) bool { return w.By == "ACL" }):
		return bucket.PrivateCommand(p.Ref)
	}
	return ""
}
