// Package changeoutsideiac tells of changes to what a stack manages that did not come through CloudFormation.
package changeoutsideiac

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource/stack"
)

// Check fails a change of a pipeline or a project that a stack manages, by another caller than CloudFormation. Where it is told who made the
// change without MFA, or without showing it, or as root, that tells of the same act.
var Check = &check.Check{
	ID: "change-outside-iac", Severity: finding.Medium,
	Reads: stack.Member, Run: run,
	Aliases: []string{"Panther:AWS.CloudTrail.IAMEntityCreatedWithoutCloudFormation"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-2", "CM-3", "CM-5", "CM-6"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

// lastOwn is the last of the rows of the identity table in which a service acts on its own, or the auditor itself.
const lastOwn = 3

func run(p *check.Pass) {
	if p.Event == nil || len(stack.Member.About(p.Event)) == 0 {
		return // nothing was changed, or CloudFormation did it
	}
	name, known := check.State[stack.State](p).Stack.Get()
	switch who := p.Actor; {
	case who.Row <= lastOwn:
		p.Skip(who.Reason)
	case who.Actor.Type == "Root":
		p.Skip("What root does is told by root-changed-delivery.")
	case who.MFA == identity.Disproven && !who.Declared, who.MFA == identity.NotProvable:
		p.Skip("Who made the change is told by the checks on MFA.")
	case !known:
		p.Unknown("Whether a stack manages "+p.Ref.ID, check.State[stack.State](p).Stack.Err())
	case name == "":
		p.Skip("No stack manages " + p.Ref.ID + ".")
	default:
		fail(p, name)
	}
}

func fail(p *check.Pass, name string) {
	r := check.Report{
		Title: p.Ref.ID + " was changed outside of its stack",
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " The stack's template does not know of the change: the next deployment undoes it, " +
			"or builds on it unseen.",
		Facts: delivery.Facts(p.Event), Once: p.Event.ID, OnEvent: true,
	}
	if delivery.Word(name) {
		r.Title += " " + name
		r.Facts = append(r.Facts, finding.Fact{Label: "Stack", Value: name})
		r.ByHand = "aws cloudformation detect-stack-drift --stack-name " + name + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}
