// Package accountunreachable tells of accounts that are to be watched and let nobody in, or let in somewhere else.
//
// That nobody is let in is not found out here: the engine finds it, whenever an account is to be looked into, and reports this check as unknown
// in place of all that it could not read. Here an account passes in which somebody is let in again.
package accountunreachable

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

// Check fails an account for which another one answers.
var Check = &check.Check{
	ID: "account-unreachable", Severity: finding.High, Access: true,
	Reads: account.Access, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "CA-7", "SI-4"),
		controls.NIST(controls.Own, "AU-5", "CM-8"),
		controls.SOC2(controls.Prowler, "CC7.2"),
		controls.SOC2(controls.Own, "CC4.1"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if !account.Whole(p.Ref) {
		p.Skip("Whether an account can be looked into is judged for the account as a whole, not for each region.")
		return
	}
	s := check.State[account.Caller](p)
	answers, known := s.Account.Get()
	switch {
	case !known:
		p.Unknown("Who answers for account "+p.Ref.Account, s.Account.Err())
	case answers != p.Ref.Account:
		p.Fail(report(p.Ref.Account, answers))
	default:
		p.OK()
	}
}

func report(asked, answers string) check.Report {
	severity := finding.Critical
	return check.Report{
		Title: fmt.Sprintf("account %s answers in place of %s", answers, asked), Severity: &severity,
		Detail: fmt.Sprintf("The credentials for account %s lead into account %s. What pipewarden reads with them is somewhere else: until that is put right, "+
			"nothing that it says about account %s can be trusted.", asked, answers, asked),
		Facts:  []finding.Fact{{Label: "Answers", Value: answers}},
		ByHand: "# with the credentials that pipewarden runs with\naws sts get-caller-identity",
	}
}
