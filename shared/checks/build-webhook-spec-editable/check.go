// Package buildwebhookspeceditable tells of webhooks by which a pull request can change how it is built.
package buildwebhookspeceditable

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/pattern"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a webhook that builds pull requests with the buildspec they bring along.
var Check = &check.Check{
	ID: "build-webhook-spec-editable", Severity: finding.Low,
	Reads: buildproject.Kind, Run: run,
	Controls: controls.UntrustedBuilds,
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	switch open, err := s.PullRequestBuilds(); {
	case err != nil:
		p.Unknown("which events start builds of "+p.Ref.ID, err)
		return
	case !open:
		p.Skip("No pull request starts a build.")
		return
	}
	source, known := s.Source.Get()
	if !known {
		p.Unknown("where the buildspec of "+p.Ref.ID+" is", s.Source.Err())
		return
	}
	spec := source.SpecPath()
	if spec == "" {
		p.OK()
		return
	}
	hook, _ := s.Webhook.Get()
	groups, _ := hook.Groups.Get()
	open, err := unguarded(groups, spec)
	switch {
	case len(open) > 0 || len(groups) == 0:
		fail(p, *hook, groups, open, spec)
	case err != nil:
		p.Unknown("whether pull requests may change the buildspec of "+p.Ref.ID, err)
	default:
		p.OK()
	}
}

// unguarded are the groups that take a pull request which changes the buildspec, and the first pattern that cannot be judged.
func unguarded(groups []buildproject.Group, spec string) (open []int, unsure error) {
	for i, group := range groups {
		if !group.PullRequests() {
			continue
		}
		switch guarded, err := keepsOut(group, spec); {
		case guarded:
		case err == nil:
			open = append(open, i)
		case unsure == nil:
			unsure = err
		}
	}
	return open, unsure
}

// keepsOut says whether a change of the file starts no build by this group.
func keepsOut(group buildproject.Group, file string) (bool, error) {
	var unsure error
	for _, f := range group {
		if f.Type != buildproject.FilterFile || !f.Exclude {
			continue
		}
		found, err := pattern.Finds(f.Pattern, file)
		if found {
			return true, nil
		}
		if err != nil && unsure == nil {
			unsure = fmt.Errorf("%s %s: %w", f.Type, f.Pattern, err)
		}
	}
	return false, unsure
}

func fail(p *check.Pass, hook buildproject.Webhook, groups []buildproject.Group, open []int, spec string) {
	r := check.Report{
		Title:  "pull requests can change how " + p.Ref.ID + " builds them",
		Detail: "The buildspec " + spec + " is read from the pull request, and no filter keeps out those that change it.",
		Facts:  []finding.Fact{{Label: "Buildspec", Value: spec + ", in the repository"}},
		Path:   []string{"pull request -> " + spec + " -> project " + p.Ref.ID},
	}
	fixed := slices.Clone(groups)
	for _, i := range open {
		fixed[i] = append(slices.Clone(groups[i]), guard(spec))
	}
	if len(groups) == 0 {
		fixed = []buildproject.Group{{{Type: buildproject.FilterEvent, Pattern: "PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"}, guard(spec)}}
	}
	r.ByHand = buildproject.Filters(p.Ref, fixed)
	if waits, err := hook.Waits(); waits && err == nil {
		r.Detail += " Builds of people who cannot write to the repository wait for a comment, so whoever gives it should look at that file."
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless project or webhook were changed since."
	}
	p.Fail(r)
}

func guard(spec string) buildproject.Filter {
	return buildproject.Filter{Type: buildproject.FilterFile, Pattern: "^" + regexp.QuoteMeta(spec) + "$", Exclude: true}
}
