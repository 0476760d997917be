// Package rootchangeddelivery tells of changes that an account's root user makes to delivery.
package rootchangeddelivery

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

// Check fails every successful call of root's that changes delivery: critical, and high where the record shows MFA.
var Check = &check.Check{
	ID: "root-changed-delivery", Severity: finding.Critical,
	On: delivery.Calls(), Run: run,
	Controls: slices.Concat(
		controls.FSBP("IAM.6"),
		controls.NIST(controls.Hub, "AC-2(1)", "AC-3(15)", "IA-2(1)"),
		controls.NIST(controls.Own, "CM-5", "AU-6"),
		controls.SOC2(controls.Own, "CC6.1", "CC8.1"),
		controls.HIPAA(controls.Prowler, "164.312(d)", "164.312(a)(1)"),
		controls.GDPR(controls.Prowler, "25"),
		controls.CIS("6.0", controls.Prowler, "2.4"),
		controls.CIS("7.0", controls.Prowler, "2.5"),
		controls.CIS("6.0", controls.Own, "2.6", "5.3"),
		controls.CIS("7.0", controls.Own, "2.7", "5.3"),
		controls.OWASP("CICD-SEC-1", "CICD-SEC-2"),
	),
}

func run(p *check.Pass) {
	part, tampered := delivery.OnAuditor(p)
	switch who := p.Actor; {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case tampered:
		p.Skip("What is done to pipewarden's own " + part.ID + " is told by auditor-tampered.")
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
	p.Fail(check.Report{
		Title: "the root user, " + how + ", called " + p.Event.Name() + on,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason +
			" No policy within the account bounds what root may do.",
		Facts: delivery.Facts(p.Event), Severity: &severity, Once: p.Event.ID, About: &ref,
		ByHand: "aws iam get-account-summary --query 'SummaryMap.{RootHasMFA:AccountMFAEnabled,RootHasKeys:AccountAccessKeysPresent}'",
	})
}
