// Package pipelinechangewithoutmfa tells of changes to pipelines by somebody who did not use MFA.
package pipelinechangewithoutmfa

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

// Check fails a successful call on CodePipeline by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "pipeline-change-without-mfa", Severity: finding.High,
	On: delivery.Calls(delivery.Pipelines), Run: run, Remedies: []string{"pipeline-hold", "user-require-mfa"},
	Aliases: []string{"Panther:useraccesskeyauth"},
	Controls: slices.Concat(
		controls.FSBP("IAM.5"),
		controls.ChangedWithoutMFA,
	),
}

func run(p *check.Pass) {
	delivery.WithoutMFA(p, words, func(r *check.Report) {
		if r.NoRemedy = r.About.Kind != pipeline.Kind.Name || p.Event.Name() == "DeletePipeline"; r.NoRemedy {
			return
		}
		r.Would = "Hold the pipeline before the first stage after its source. A run that is already past that point goes on; new ones wait there until somebody opens it again. Can be undone."
		if who := p.Actor.Actor; who.Type == "IAMUser" && who.Account == r.About.Account {
			r.Harsher = map[string]string{"user-require-mfa": "Deny " + who.Name +
				" everything without MFA, by an inline policy of the user. Scripts that use the access keys of " + who.Name + " stop. Can be undone."}
		}
		r.ByHand = byHand(p.Event, *r.About)
	})
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

// byHand holds the second stage, where the event tells its name; else it shows which stages there are.
func byHand(e *event.Event, ref resource.Ref) string {
	if told, ok := pipeline.Kind.Told(e); ok && len(told.Stages) > 1 && delivery.Word(told.Stages[1].Name) {
		return "aws codepipeline disable-stage-transition --pipeline-name " + ref.ID + " --stage-name " + told.Stages[1].Name +
			` --transition-type Inbound --reason "changed without MFA"` + delivery.In(ref.Region)
	}
	return "aws codepipeline get-pipeline-state --name " + ref.ID + delivery.In(ref.Region)
}
