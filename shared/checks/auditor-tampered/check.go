// Package auditortampered tells of changes to the auditor's own parts that did not come with a deployment.
package auditortampered

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails a successful call that disables, deletes or edits a part of this auditor, unless CloudFormation made it for a deployment.
// No other check tells of such a call.
var Check = &check.Check{
	ID: "auditor-tampered", Severity: finding.Critical,
	On: delivery.OwnCalls(), Run: run, Remedies: []string{"auditor-rules-restore"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-9", "CA-7", "SI-4"),
		controls.NIST(controls.Own, "AU-5", "CM-3", "CM-5"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.312(c)(1)", "164.308(a)(6)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "33"),
		controls.OWASP("CICD-SEC-1", "CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if !p.Event.Succeeded() {
		p.Skip("The call did not succeed.")
		return
	}
	part, tampered := delivery.OnAuditor(p)
	if !tampered {
		p.Skip("It is no part of pipewarden, or it was changed by a deployment.")
		return
	}
	r := check.Report{
		Title: title(p, part),
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason + " " + losses[delivery.Service(p.Event)] +
			" A deployment would have made the change through CloudFormation, and this one was not.",
		Facts: delivery.Facts(p.Event), Once: p.Event.ID, About: &part, ByHand: byHand(p, part),
	}
	if r.NoRemedy = delivery.Service(p.Event) != "events" || !slices.Contains(onRules, p.Event.Name()); !r.NoRemedy {
		r.Would = "Put the rule back as it was deployed: enabled, with its pattern and its target. Targets that were added stay, and are named. Stops no work. " +
			"Cannot be undone by pipewarden; whoever wants the rule otherwise changes the deployment."
	}
	p.Fail(r)
}

// onRules are the calls on rules, which can be put back. A bus, and who may send to it, cannot.
var onRules = []string{"DisableRule", "DeleteRule", "RemoveTargets", "PutRule", "PutTargets"}

func title(p *check.Pass, part resource.Ref) string {
	service, call := delivery.Service(p.Event), delivery.Undated(p.Event.Name())
	for _, key := range []string{service + " " + call, call} {
		if what, known := words[key]; known {
			return "pipewarden's " + fmt.Sprintf(what, part.ID)
		}
	}
	return "pipewarden's " + part.ID + " was changed"
}

// byHand is the way back where one call is; else the command that shows what differs from what was deployed.
func byHand(p *check.Pass, part resource.Ref) string {
	in := delivery.In(p.Event.Region)
	if back := ways[p.Event.Name()]; back != "" && delivery.Word(part.ID) {
		return back + part.ID + in
	}
	if p.Event.Name() == "DeleteStack" {
		return "# from a clone of pipewarden; the table, the evidence and the keys were kept\nmake deploy EMAIL=you@example.com"
	}
	return "aws cloudformation detect-stack-drift --stack-name pipewarden" + in
}
