// Package buildchangewithoutmfa tells of changes to build projects by somebody who did not use MFA.
package buildchangewithoutmfa

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a successful call that changes something of CodeBuild's by a caller of whom the record disproves MFA. Root is left to root-changed-delivery.
var Check = &check.Check{
	ID: "build-change-without-mfa", Severity: finding.High,
	On: delivery.Calls(delivery.Builds), Run: run, Remedies: []string{"user-require-mfa"},
	Controls: slices.Concat(
		controls.FSBP("IAM.5"),
		controls.ChangedWithoutMFA,
	),
}

func run(p *check.Pass) {
	delivery.WithoutMFA(p, words, func(r *check.Report) {
		if r.About.Kind == buildproject.Kind.Name && p.Event.Name() != "DeleteProject" {
			r.ByHand = "aws codebuild batch-get-projects --names " + r.About.ID + delivery.In(r.About.Region)
		}
		// Only a user can be asked for MFA by a policy, and only by the account that the user belongs to.
		who := p.Actor.Actor
		if r.NoRemedy = who.Type != "IAMUser" || who.Account != r.About.Account || r.About.Kind == "account"; r.NoRemedy {
			return
		}
		r.Would = "Deny " + who.Name + " everything without MFA but setting it up, by an inline policy of the user. Scripts that use the access keys of " + who.Name +
			" stop; the change itself stays as it is. Can be undone."
	})
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
