// Package buildforkapprovaloff tells of webhooks that build pull requests of strangers without anyone's approval.
package buildforkapprovaloff

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

// Check fails a webhook that takes pull requests and whose builds wait for nobody's comment.
var Check = &check.Check{
	ID: "build-fork-approval-off", Doc: doc, Severity: finding.High,
	Reads: buildproject.Kind, Run: run,
	Controls: controls.UntrustedBuilds,
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	hook, known := s.Webhook.Get()
	switch {
	case !known:
		p.Unknown("what starts builds of "+p.Ref.ID, s.Webhook.Err())
		return
	case hook == nil:
		p.Skip("The project has no webhook.")
		return
	}
	switch open, err := hook.PullRequests(); {
	case err != nil:
		p.Unknown("which events start builds of "+p.Ref.ID, err)
		return
	case !open:
		p.Skip("The webhook takes no pull requests.")
		return
	}
	groups, _ := hook.Groups.Get()
	if named(groups) {
		p.Skip("Only pull requests of named accounts start builds.")
		return
	}
	switch waits, err := hook.Waits(); {
	case err != nil:
		p.Unknown("whether pull requests of "+p.Ref.ID+" wait for a comment", err)
	case waits:
		p.OK()
	default:
		fail(p, *hook)
	}
}

// named says whether every group that takes pull requests says whose.
func named(groups []buildproject.Group) bool {
	return len(groups) > 0 && !slices.ContainsFunc(groups, func(g buildproject.Group) bool {
		return g.PullRequests() && !g.Only(buildproject.FilterActor)
	})
}

func fail(p *check.Pass, hook buildproject.Webhook) {
	policy, _ := hook.Approval.Get()
	r := check.Report{
		Title:  "pull requests of strangers build " + p.Ref.ID + " without anyone's approval",
		Detail: "Pull requests start builds at once, also those from forks; comment approval is switched off.",
		Facts:  []finding.Fact{{Label: "Comment approval", Value: policy}},
		Path:   []string{"fork -> pull request -> webhook -> project " + p.Ref.ID},
		ByHand: buildproject.Consent(p.Ref, hook),
	}
	if readers := hook.Readers(); policy != buildproject.ApprovalOff {
		r.Detail = "Pull requests wait for a comment, but " + strings.Join(readers, " and ") + " may give it and need not wait. On a public repository that is everyone."
		r.Facts = append(r.Facts, finding.Fact{Label: "Approver roles", Value: strings.Join(hook.ApproverRoles, ", ")})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the webhook was changed since."
	}
	p.Fail(r)
}
