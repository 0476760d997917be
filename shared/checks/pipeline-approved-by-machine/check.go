// Package pipelineapprovedbymachine tells of approvals that no person gave.
package pipelineapprovedbymachine

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails an approval that a service, a role of machines or a declared machine user gave. What MFA says of such callers, no other check tells.
var Check = &check.Check{
	ID: "pipeline-approved-by-machine", Severity: finding.Medium,
	On: []event.Selector{event.Calls("codepipeline.amazonaws.com", "PutApprovalResult")}, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-5", "CM-3", "CM-5"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

// selfRow is the row of the identity table that recognises the remediator's role.
const selfRow = 3

func run(p *check.Pass) {
	switch answer := p.Event.Request().String("result", "status"); {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case answer == "":
		p.Unknown("What was answered", resource.ErrNotTold)
	case answer != "Approved":
		p.Skip("The release was not approved.")
	case p.Actor.Row == selfRow:
		p.Skip("It was given under pipewarden's own role; auditor-acted-unrecorded holds that against its records.")
	case p.Actor.Human():
		p.OK()
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	ref := delivery.About(p.Event)
	r := check.Report{
		Title:  "an approval of " + ref.ID + " was given by a machine",
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason + " The record shows no person who looked at the release.",
		Facts:  delivery.Facts(p.Event), Once: p.Event.ID, About: &ref,
	}
	stage, action := p.Event.Request().String("stageName"), p.Event.Request().String("actionName")
	if delivery.Word(stage) && delivery.Word(action) {
		r.Facts = append(r.Facts, finding.Fact{Label: "Approval", Value: action + ", in stage " + stage})
	}
	if ref.Kind == pipeline.Kind.Name {
		r.ByHand = "aws codepipeline list-action-executions --pipeline-name " + ref.ID + delivery.In(ref.Region)
	}
	p.Fail(r)
}
