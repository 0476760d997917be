// Package buildwebhookunanchored tells of webhook filters whose patterns let more through than they seem to.
package buildwebhookunanchored

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a webhook with a pattern for actors, head or base references that fits more than whole values.
var Check = &check.Check{
	ID: "build-webhook-unanchored", Severity: finding.High,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-webhook-anchor"},
	Aliases:  []string{"Prowler:codebuild_project_webhook_filters_use_anchored_patterns"},
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
	groups, known := hook.Groups.Get()
	if !known {
		p.Unknown("which events start builds of "+p.Ref.ID, hook.Groups.Err())
		return
	}
	v := judge(groups)
	switch {
	case len(v.wrong) > 0:
		fail(p, v)
	case v.unsure != nil:
		p.Unknown("what a filter of "+p.Ref.ID+" lets through", v.unsure)
	case v.judged == 0:
		p.Skip("The webhook has no pattern for actors or references that lets something in.")
	default:
		p.OK()
	}
}

// verdict is what all filters come to.
type verdict struct {
	judged int
	wrong  []flaw
	unsure error                // the first pattern that cannot be judged
	fixed  []buildproject.Group // all groups, with the patterns mended
	forms  bool                 // some of those are forms to fill in
}

type flaw struct{ kind, pattern, why string }

// judge looks at filters that let something in. One that keeps something out keeps out more when it is not anchored, which starts no build.
func judge(groups []buildproject.Group) verdict {
	var v verdict
	for _, group := range groups {
		fixed := slices.Clone(group)
		for i, f := range group {
			if !f.Admits() {
				continue
			}
			v.judged++
			safe, why, err := f.Anchored()
			switch {
			case safe:
			case err == nil:
				v.wrong = append(v.wrong, flaw{f.Type, f.Pattern, why})
				whole, sound := f.Mended()
				if !sound {
					whole, v.forms = form(f), true
				}
				fixed[i].Pattern = whole
			case v.unsure == nil:
				v.unsure = fmt.Errorf("%s %s: %w", f.Type, f.Pattern, err)
			}
		}
		v.fixed = append(v.fixed, fixed)
	}
	return v
}

// form is a pattern to fill in, where anchors alone do not put one right.
func form(f buildproject.Filter) string {
	if f.Type == buildproject.FilterActor {
		return "^(ACCOUNT_ID|ACCOUNT_ID)$"
	}
	return "^refs/heads/BRANCH$"
}

func fail(p *check.Pass, v verdict) {
	r := check.Report{
		Title:  "a filter of the webhook of " + p.Ref.ID + " lets more through than it names",
		Path:   []string{"repository -> webhook -> project " + p.Ref.ID},
		ByHand: buildproject.Filters(p.Ref, v.fixed),
	}
	if r.NoRemedy = v.forms; !v.forms {
		r.Would = "Put these patterns between anchors and leave all other filters as they are. Accounts and branches that a pattern fits only in part start no builds any more. Can be undone."
		r.Template = []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "Triggers/FilterGroups", Value: buildproject.GroupsInTemplate(v.fixed)}}
	}
	var sentences []string
	for _, w := range v.wrong {
		sentences = append(sentences, fmt.Sprintf("The pattern %s for %s %s.", w.pattern, w.kind, w.why))
		r.Facts = append(r.Facts, finding.Fact{Label: w.kind, Value: w.pattern})
	}
	if slices.ContainsFunc(v.wrong, func(w flaw) bool { return w.kind == buildproject.FilterActor }) {
		sentences = append(sentences, "GitHub hands out account ids in sequence, so somebody can wait for one that fits and start builds with it.")
	}
	if v.forms {
		sentences = append(sentences, "Anchors alone do not put it right: the accounts or references must be written out.")
	}
	if v.unsure != nil {
		sentences = append(sentences, "Another pattern cannot be judged: "+v.unsure.Error()+".")
	}
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen: it holds unless the webhook was changed since.")
	}
	r.Detail = strings.Join(sentences, " ")
	p.Fail(r)
}
