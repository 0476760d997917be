// Package pipelinechangewithoutmfa tells of changes to pipelines by somebody who did not use MFA.
package pipelinechangewithoutmfa

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

const (
	hub   = "Security Hub controls reference, related requirements (2023 edition, read 2026-11)"
	maps  = "Prowler compliance files (2026-11)"
	owasp = "OWASP Top 10 CI/CD Security Risks (2026-11)"
	own   = "own reading (2026-11)"
)

// Check fails a successful call on CodePipeline by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "pipeline-change-without-mfa", Doc: doc, Severity: finding.High,
	On: delivery.Calls(delivery.Pipelines), Run: run, Remedies: []string{"pipeline-hold"},
	Aliases: []string{"Panther:useraccesskeyauth"},
	Controls: []check.Control{
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "IAM.5", Source: hub},
		{Framework: "AWS FSBP", Version: "1.0.0", ID: "IAM.19", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-2(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AC-3(15)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "IA-2(1)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "IA-2(2)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "IA-2(6)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "IA-2(8)", Source: hub},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "CM-3", Source: own},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "CM-5", Source: own},
		{Framework: "NIST 800-53", Version: "Rev. 5", ID: "AU-6", Source: own},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC6.1", Source: own},
		{Framework: "SOC 2", Version: "2017 TSC", ID: "CC8.1", Source: own},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(d)", Source: maps},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.312(a)(1)", Source: maps},
		{Framework: "HIPAA", Version: "45 CFR 164", ID: "164.308(a)(3)(ii)(A)", Source: maps},
		{Framework: "GDPR", Version: "2016/679", ID: "25", Source: maps},
		{Framework: "GDPR", Version: "2016/679", ID: "32", Source: own},
		{Framework: "CIS AWS", Version: "6.0", ID: "2.9", Source: maps},
		{Framework: "CIS AWS", Version: "7.0", ID: "2.10", Source: maps},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-1", Source: owasp},
		{Framework: "OWASP CI/CD", Version: "2022", ID: "CICD-SEC-2", Source: owasp},
	},
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
