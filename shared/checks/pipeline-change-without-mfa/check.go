// Package pipelinechangewithoutmfa tells of changes to pipelines by somebody who did not use MFA.
package pipelinechangewithoutmfa

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

// Check fails a successful call on CodePipeline by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "pipeline-change-without-mfa", Doc: doc, Severity: finding.High,
	On: delivery.Calls(delivery.Pipelines), Run: run, Remedies: []string{"pipeline-hold"},
	Aliases: []string{"Panther:useraccesskeyauth"},
	Controls: slices.Concat(
		controls.FSBP("IAM.5", "IAM.19"),
		controls.ChangedWithoutMFA,
	),
}

func run(p *check.Pass) {
	switch who := p.Actor; {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case who.Actor.Type == "Root":
		p.Skip("What root does is told by root-changed-delivery.")
	case who.MFA == identity.Proven:
		p.OK()
	case who.MFA != identity.Disproven || who.Declared:
		p.Skip(who.Reason)
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	ref := delivery.About(p.Event)
	severity := p.Check.Severity
	if s, err := finding.ParseSeverity(p.Actor.Severity); err == nil {
		severity = s
	}
	facts := []finding.Fact{{Label: "Call", Value: delivery.Call(p.Event)}}
	if key := delivery.Key(p.Event); key != "" {
		facts = append(facts, finding.Fact{Label: "Key", Value: key})
	}
	r := check.Report{
		Title:  title(p, ref),
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason,
		Facts:  facts, Severity: &severity, Once: p.Event.ID, About: &ref,
		NoRemedy: ref.Kind != pipeline.Kind.Name || p.Event.Name() == "DeletePipeline",
	}
	if !r.NoRemedy {
		r.Would = "Hold the pipeline before the first stage after its source. A run that is already past that point goes on; new ones wait there until somebody opens it again. Can be undone."
		r.ByHand = byHand(p.Event, ref)
	}
	p.Fail(r)
}

// words are what happened, by the call. The name that goes into them is the pipeline's, the webhook's or the action type's.
var words = map[string]string{
	"CreatePipeline":                  "%s was created",
	"DeletePipeline":                  "%s was deleted",
	"StartPipelineExecution":          "%s was started",
	"StopPipelineExecution":           "a run of %s was stopped",
	"DisableStageTransition":          "a stage of %s was held",
	"EnableStageTransition":           "a held stage of %s was opened",
	"PutApprovalResult":               "an approval of %s was answered",
	"OverrideStageCondition":          "a condition of %s was overridden",
	"RollbackStage":                   "a stage of %s was rolled back",
	"RetryStageExecution":             "a stage of %s was run again",
	"PutWebhook":                      "a webhook of %s was changed",
	"DeleteWebhook":                   "the webhook %s was deleted",
	"RegisterWebhookWithThirdParty":   "the webhook %s was switched on",
	"DeregisterWebhookWithThirdParty": "the webhook %s was switched off",
	"CreateCustomActionType":          "the action type %s was created",
	"UpdateActionType":                "the action type %s was changed",
	"DeleteCustomActionType":          "the action type %s was deleted",
}

// ssoRow is the row of the identity table for IAM Identity Center, whose sessions show no MFA even where it was used.
const ssoRow = 10

func title(p *check.Pass, ref resource.Ref) string {
	how := " without MFA"
	if p.Actor.Row == ssoRow {
		how = " without MFA on record"
	}
	if ref.Kind == "account" { // the request was lost, and with it the name
		return p.Event.Name() + " was called" + how
	}
	happened, ok := words[p.Event.Name()]
	if !ok {
		happened = "%s was changed"
	}
	return fmt.Sprintf(happened, ref.ID) + how
}

// byHand holds the second stage, where the event tells its name; else it shows which stages there are.
func byHand(e *event.Event, ref resource.Ref) string {
	if told, ok := pipeline.Kind.Told(e); ok && len(told.Stages) > 1 && plain(told.Stages[1].Name) {
		return "aws codepipeline disable-stage-transition --pipeline-name " + ref.ID + " --stage-name " + told.Stages[1].Name +
			` --transition-type Inbound --reason "changed without MFA"` + delivery.In(ref.Region)
	}
	return "aws codepipeline get-pipeline-state --name " + ref.ID + delivery.In(ref.Region)
}

// plain keeps out what is no stage's name: people paste commands (AWS CodePipeline API Reference, "StageDeclaration").
func plain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@-_") == ""
}
