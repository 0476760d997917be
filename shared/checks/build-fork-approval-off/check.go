// Package buildforkapprovaloff tells of webhooks that build pull requests of strangers without anyone's approval.
package buildforkapprovaloff

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a webhook that takes pull requests and whose builds wait for nobody's comment.
var Check = &check.Check{
	ID: "build-fork-approval-off", Severity: finding.High,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-require-approval"},
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
	if buildproject.Named(groups) {
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

// inTemplate is the policy that has pull requests wait, with CloudFormation's names.
func inTemplate(hook buildproject.Webhook) map[string]any {
	approval, roles := hook.Consenting()
	policy := map[string]any{"RequiresCommentApproval": approval}
	if len(roles) > 0 {
		policy["ApproverRoles"] = roles
	}
	return policy
}

func fail(p *check.Pass, hook buildproject.Webhook) {
	policy, _ := hook.Approval.Get()
	r := check.Report{
		Title:  "pull requests of strangers build " + p.Ref.ID + " without anyone's approval",
		Detail: "Pull requests start builds at once, also those from forks; comment approval is switched off.",
		Facts:  []finding.Fact{{Label: "Comment approval", Value: policy}},
		Path:   []string{"fork -> pull request -> webhook -> project " + p.Ref.ID},
		Would: "Have builds of pull requests wait for a comment of somebody who may write to the repository, and leave filters as they are. Builds of outside contributors wait " +
			"until a maintainer releases them. Can be undone.",
		ByHand:   buildproject.Consent(p.Ref, hook),
		Template: []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "Triggers/PullRequestBuildPolicy", Value: inTemplate(hook)}},
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
