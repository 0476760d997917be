// Package pipelineselfapproved tells of releases that were approved by whoever started them, or changed the pipeline last.
package pipelineselfapproved

import (
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

const (
	service = "codepipeline.amazonaws.com"
	approve = "PutApprovalResult"
	start   = "StartPipelineExecution"
	update  = "UpdatePipeline"
	create  = "CreatePipeline"
)

// Check fails an approval by the one who started the run, or made the last change of the definition that nobody else has approved a run of since.
var Check = &check.Check{
	ID: "pipeline-self-approved", Severity: finding.High,
	On: []event.Selector{
		event.Calls(service, approve, start, update, create),
		{Source: "aws.codepipeline", DetailType: "CodePipeline Action Execution State Change", Detail: map[string][]string{
			"type.category": {"Approval"}, "state": {"STARTED"},
		}},
	},
	Target: delivery.About, Notes: notes, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-5", "CM-3", "CM-5"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	if p.Event.Name() != approve {
		return // it is woken to remember who did what
	}
	switch answer := p.Event.Request().String("result", "status"); {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case answer != approved:
		p.Skip("The release was not approved, or the record does not say so.")
	case p.Actor.Actor.Type == "Root":
		p.Skip("What root does is told by root-changed-delivery.")
	case !p.Actor.Human():
		p.Skip("Approvals by machines are told by pipeline-approved-by-machine.")
	default:
		judge(p)
	}
}

func judge(p *check.Pass) {
	who := personOf(p.Actor)
	started, run, which := startOf(p)
	if how := who.same(started.person); how != "" {
		fail(p, "approved a run of "+p.Ref.ID+" that the same person started", "started the run"+run, how, started.at)
		return
	}
	changed, reviewed := lastChange(p)
	if how := who.same(changed.person); how != "" && !reviewed {
		fail(p, "approved a run of "+p.Ref.ID+" after changing the pipeline", "changed the definition of the pipeline", how, changed.at)
		return
	}
	if !which {
		p.Skip("Which run waited for the approval is not known, and so not who started it.")
		return
	}
	p.OK()
}

// fail says which of the two it was, and how both were found to be the same person.
func fail(p *check.Pass, what, did, how string, at time.Time) {
	who := p.Actor.Actor.Name
	r := check.Report{
		Title:  who + " " + what,
		Detail: who + " " + did + " at " + moment(at) + ". " + delivery.Done(p.Event, who) + " Both are the same person by " + how + ". Nobody else decided on this release.",
		Facts:  append([]finding.Fact{{Label: "Before", Value: did + ", " + moment(at)}}, delivery.Facts(p.Event)...),
		Once:   p.Event.ID,
	}
	if stage, action := p.Event.Request().String("stageName"), p.Event.Request().String("actionName"); delivery.Word(stage) && delivery.Word(action) {
		r.Facts = append(r.Facts, finding.Fact{Label: "Approval", Value: action + ", in stage " + stage})
	}
	if p.Ref.Kind == pipeline.Kind.Name {
		r.ByHand = "aws codepipeline list-action-executions --pipeline-name " + p.Ref.ID + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" }
