// Package buildchangewithoutmfa tells of changes to build projects by somebody who did not use MFA.
package buildchangewithoutmfa

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

// Check fails a successful call that changes something of CodeBuild's by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "build-change-without-mfa", Doc: doc, Severity: finding.High,
	On: delivery.Calls(delivery.Builds), Run: run,
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
	}
	if ref.Kind == buildproject.Kind.Name && p.Event.Name() != "DeleteProject" {
		r.ByHand = "aws codebuild batch-get-projects --names " + ref.ID + delivery.In(ref.Region)
	}
	p.Fail(r)
}

// words are what happened, by the call. The name that goes into them is the project's, or what else the request names.
var words = map[string]string{
	"CreateProject":           "%s was created",
	"DeleteProject":           "%s was deleted",
	"UpdateProjectVisibility": "who may see the builds of %s was changed",
	"CreateWebhook":           "a webhook of %s was created",
	"UpdateWebhook":           "a webhook of %s was changed",
	"DeleteWebhook":           "a webhook of %s was deleted",
	"ImportSourceCredentials": "source credentials for %s were imported",
	"DeleteSourceCredentials": "source credentials for %s were deleted",
	"PutResourcePolicy":       "the sharing of %s was changed",
	"DeleteResourcePolicy":    "the sharing of %s was ended",
	"CreateReportGroup":       "the report group %s was created",
	"UpdateReportGroup":       "the report group %s was changed",
	"DeleteReportGroup":       "the report group %s was deleted",
	"BatchDeleteBuilds":       "builds of %s were deleted",
	"DeleteBuildBatch":        "a batch of builds of %s was deleted",
	"DeleteReport":            "the report %s was deleted",
	"StartSandbox":            "a sandbox of %s was opened",
	"StartCommandExecution":   "a command was run in a sandbox of %s",
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
