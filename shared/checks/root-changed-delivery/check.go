// Package rootchangeddelivery tells of changes that an account's root user makes to delivery.
package rootchangeddelivery

import (
	_ "embed"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

//go:embed doc.md
var doc string

const (
	hub   = "Security Hub controls reference, related requirements (2023 edition, read 2026-11)"
	maps  = "Prowler compliance files (2026-11)"
	owasp = "OWASP Top 10 CI/CD Security Risks (2026-11)"
	own   = "own reading (2026-11)"
)

// Check fails every successful call of root's that changes delivery: critical, and high where the record shows MFA.
var Check = &check.Check{
	ID: "root-changed-delivery", Doc: doc, Severity: finding.Critical,
	On: delivery.Calls(), Run: run,
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "IAM.6", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "IAM.9", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-2(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-3(15)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "IA-2(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "CM-5", Source: own},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AU-6", Source: own},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: own},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC8.1", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(d)", Source: maps},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(1)", Source: maps},
		{Framework: "GDPR", Version: "2016/679", ID: "25", Source: maps},
		{Framework: "CIS AWS", Version: "6.0", ID: "2.4", Source: maps},
		{Framework: "CIS AWS", Version: "7.0", ID: "2.5", Source: maps},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-1", Source: owasp},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-2", Source: owasp},
	},
}

func run(p *check.Pass) {
	switch who := p.Actor; {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case who.Actor.Type != "Root":
		p.Skip("Somebody else than root made the call.")
	case who.MFA == identity.NotApplicable:
		p.Skip(who.Reason)
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	ref := delivery.About(p.Event)
	severity, how := finding.Critical, "without MFA"
	if p.Actor.MFA == identity.Proven {
		severity, how = finding.High, "with MFA"
	}
	on := ""
	if ref.Kind != "account" {
		on = " on " + ref.ID
	}
	facts := []finding.Fact{{Label: "Call", Value: delivery.Call(p.Event)}}
	if key := delivery.Key(p.Event); key != "" {
		facts = append(facts, finding.Fact{Label: "Key", Value: key})
	}
	p.Fail(check.Report{
		Title: "the root user, " + how + ", called " + p.Event.Name() + on,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason +
			" No policy within the account bounds what root may do.",
		Facts: facts, Severity: &severity, Once: p.Event.ID, About: &ref,
		ByHand: "aws iam get-account-summary --query 'SummaryMap.{RootHasMFA:AccountMFAEnabled,RootHasKeys:AccountAccessKeysPresent}'",
	})
}
