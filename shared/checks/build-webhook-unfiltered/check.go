// Package buildwebhookunfiltered tells of webhooks that let anyone's pull request start a build.
package buildwebhookunfiltered

import (
	"fmt"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a webhook without filter groups, or with one that takes pull requests whoever sends them.
var Check = &check.Check{
	ID: "build-webhook-unfiltered", Severity: finding.High,
	Reads: buildproject.Kind, Run: run,
	Controls: controls.UntrustedBuilds,
}

// runner is the type of a webhook whose events are jobs of a Buildkite queue, not of a repository.
const runner = "RUNNER_BUILDKITE_BUILD"

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
	case hook.BuildType == runner:
		p.Skip("The webhook takes jobs of a Buildkite queue, not events of a repository.")
		return
	}
	groups, known := hook.Groups.Get()
	if !known {
		p.Unknown("which events start builds of "+p.Ref.ID, hook.Groups.Err())
		return
	}
	var open []int
	for i, group := range groups {
		if group.PullRequests() && !group.Only(buildproject.FilterActor) {
			open = append(open, i)
		}
	}
	waits, unsure := hook.Waits()
	switch {
	case len(groups) == 0:
		everything(p, waits, unsure)
	case len(open) == 0 || waits:
		p.OK()
	default:
		anyone(p, groups, open, unsure)
	}
}

func everything(p *check.Pass, waits bool, unsure error) {
	r := check.Report{
		Title:  "every event of its repository starts a build of " + p.Ref.ID,
		Detail: "The webhook has no filter group, so pushes to any branch, tags and pull requests all start builds.",
		Facts:  []finding.Fact{{Label: "Filter groups", Value: "none"}},
		ByHand: buildproject.Filters(p.Ref, []buildproject.Group{{
			{Type: buildproject.FilterEvent, Pattern: "PUSH"}, {Type: buildproject.FilterHead, Pattern: "^refs/heads/BRANCH$"},
		}}),
	}
	if waits {
		severity := finding.Medium
		r.Severity = &severity
		r.Detail += " Pull requests of people who cannot write to the repository wait for a comment of somebody who can."
	} else {
		r.Detail += approval(unsure)
	}
	p.Fail(late(p, r))
}

func anyone(p *check.Pass, groups []buildproject.Group, open []int, unsure error) {
	r := check.Report{
		Title:  "anyone's pull request starts a build of " + p.Ref.ID,
		Detail: "Pull requests start builds whoever sends them: no filter says which accounts may (ACTOR_ACCOUNT_ID)." + approval(unsure),
	}
	fixed := append([]buildproject.Group{}, groups...)
	for _, i := range open {
		r.Facts = append(r.Facts, finding.Fact{Label: fmt.Sprintf("Filter group %d of %d", i+1, len(groups)), Value: said(groups[i])})
		fixed[i] = append(append(buildproject.Group{}, groups[i]...), buildproject.Filter{Type: buildproject.FilterActor, Pattern: "^(ACCOUNT_ID|ACCOUNT_ID)$"})
	}
	r.ByHand = buildproject.Filters(p.Ref, fixed)
	p.Fail(late(p, r))
}

func approval(unsure error) string {
	if unsure != nil {
		return " Whether such builds wait for a comment is not known: " + unsure.Error() + "."
	}
	return " Such builds do not wait for anyone's comment either."
}

func late(p *check.Pass, r check.Report) check.Report {
	r.Path = []string{"repository -> webhook -> project " + p.Ref.ID}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the webhook was changed since, or comment approval is on, as it is by default for new projects."
	}
	return r
}

func said(group buildproject.Group) string {
	text := ""
	for _, f := range group {
		if text != "" {
			text += "; "
		}
		if f.Exclude {
			text += "not "
		}
		text += f.Type + " " + f.Pattern
	}
	return text
}
