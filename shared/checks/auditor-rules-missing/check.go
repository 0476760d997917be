// Package auditorrulesmissing tells of regions from which no rule brings what is changed there.
//
// Rules that are there prove little: a trail may be stopped, or a queue closed, behind them. So every sweep signs in to each account through
// the Security Token Service of each region. CloudTrail has to tell of that in the account whose role is taken, and the trail, the rule, the bus
// and the queue have to bring it: hearing of it proves all of them, without any right to change something in a member. The sign-in that was
// heard last is noted here; who lists the accounts, and account-no-trail, go by it.
package auditorrulesmissing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

// Check fails an account and region in which the auditor has no rule of its own, or one that is switched off.
var Check = &check.Check{
	ID: "auditor-rules-missing", Severity: finding.High,
	On: []event.Selector{heartbeat.SignIns()}, Reads: account.Rules, Notes: notes, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-6(3)", "CA-7", "SI-4"),
		controls.NIST(controls.Own, "AU-5", "SI-4(12)"),
		controls.SOC2(controls.Prowler, "CC7.2"),
		controls.SOC2(controls.Own, "CC4.1"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "33"),
		controls.OWASP("CICD-SEC-10"),
	),
}

// notes remembers the last sign-in that was heard.
func notes(e *event.Event, _ identity.Verdict) []check.Note {
	if !heartbeat.SignedIn(e) {
		return nil
	}
	return []check.Note{{
		About: resource.Ref{Kind: account.Rules.Name, ID: e.Account, Account: e.Account, Region: e.Region},
		Topic: heartbeat.SignInTopic, Text: e.ID, At: e.Time, Keep: heartbeat.Keep,
	}}
}

func run(p *check.Pass) {
	switch {
	case account.Whole(p.Ref):
		p.Skip("Rules bring events from each region, not from the account as a whole.")
		return
	case !p.Past.Complete:
		p.Skip("Whether pipewarden is deployed here is known to the deployed auditor alone.")
		return
	}
	s := check.State[account.Bringers](p)
	rules, known := s.Rules.Get()
	if !known {
		p.Unknown("Whether a rule brings events from "+p.Ref.Region, s.Rules.Err())
		return
	}
	off := switchedOff(rules)
	switch {
	case len(rules) == 0:
		p.Fail(missing(p.Ref))
	case len(off) > 0:
		p.Fail(disabled(p.Ref, off, len(rules)))
	default:
		p.OK()
	}
}

func switchedOff(rules []account.Bringer) []string {
	var off []string
	for _, rule := range rules {
		if !rule.Enabled {
			off = append(off, rule.Name)
		}
	}
	slices.Sort(off)
	return off
}

func missing(ref resource.Ref) check.Report {
	in := delivery.In(ref.Region)
	return check.Report{
		Title: "no rule of pipewarden's brings events from " + ref.Region,
		Detail: fmt.Sprintf("Account %s has no rule %s* on the default event bus of %s. pipewarden hears of no change there; only its sweeps go on, and who changed what is lost.",
			ref.Account, account.RulePrefix, ref.Region),
		ByHand: "# an account by itself: make deploy; the management account: make deploy-management\n" +
			"# a member: in the central account (without --call-as where that is the management account); OU is the unit of the member\n" +
			"aws cloudformation list-stack-instances --stack-set-name pipewarden-rules --stack-instance-account " + ref.Account +
			" --stack-instance-region " + ref.Region + " --call-as DELEGATED_ADMIN\n" +
			"aws cloudformation create-stack-instances --stack-set-name pipewarden-rules --regions " + ref.Region +
			" --deployment-targets OrganizationalUnitIds=OU,Accounts=" + ref.Account + ",AccountFilterType=INTERSECTION --call-as DELEGATED_ADMIN\n" +
			"# then, in the account\naws events list-rules --name-prefix " + account.RulePrefix + in,
	}
}

func disabled(ref resource.Ref, off []string, all int) check.Report {
	facts := make([]finding.Fact, 0, len(off))
	commands := make([]string, 0, len(off))
	for _, name := range off {
		facts = append(facts, finding.Fact{Label: "Switched off", Value: name})
		commands = append(commands, "aws events enable-rule --name "+name+delivery.In(ref.Region))
	}
	return check.Report{
		Title: "rules that bring events from " + ref.Region + " are switched off",
		Detail: fmt.Sprintf("Of the %d rules of pipewarden's in %s of account %s, %s switched off: %s. What they would bring, pipewarden does not hear of; only its sweeps go on, and who changed what is lost.",
			all, ref.Region, ref.Account, number(len(off)), strings.Join(off, ", ")),
		Facts: facts, ByHand: strings.Join(commands, "\n"),
	}
}

func number(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}
