// Package buildwebhookunanchored tells of webhook filters whose patterns let more through than they seem to.
package buildwebhookunanchored

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/pattern"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

// Check fails a webhook with a pattern for actors, head or base references that fits more than whole values.
var Check = &check.Check{
	ID: "build-webhook-unanchored", Doc: doc, Severity: finding.High,
	Reads: buildproject.Kind, Run: run,
	Aliases:  []string{"Prowler:codebuild_project_webhook_filters_use_anchored_patterns"},
	Controls: controls.UntrustedBuilds,
}

// judges says how the pattern of each type of filter is judged.
var judges = map[string]func(string) (bool, string, error){
	buildproject.FilterActor: pattern.Anchored,
	buildproject.FilterHead:  pattern.AnchoredRef,
	buildproject.FilterBase:  pattern.AnchoredRef,
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
}

type flaw struct{ kind, pattern, why string }

// judge looks at filters that let something in. One that keeps something out keeps out more when it is not anchored, which starts no build.
func judge(groups []buildproject.Group) verdict {
	var v verdict
	for _, group := range groups {
		fixed := slices.Clone(group)
		for i, f := range group {
			by := judges[f.Type]
			if by == nil || f.Exclude {
				continue
			}
			v.judged++
			safe, why, err := by(f.Pattern)
			switch {
			case safe:
			case err == nil:
				v.wrong = append(v.wrong, flaw{f.Type, f.Pattern, why})
				fixed[i].Pattern = mended(f)
			case v.unsure == nil:
				v.unsure = fmt.Errorf("%s %s: %w", f.Type, f.Pattern, err)
			}
		}
		v.fixed = append(v.fixed, fixed)
	}
	return v
}

// mended is the pattern between ^ and $, if that is enough; else a form to fill in.
func mended(f buildproject.Filter) string {
	whole := pattern.Whole(f.Pattern)
	if safe, _, err := judges[f.Type](whole); safe && err == nil {
		return whole
	}
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
	var sentences []string
	for _, w := range v.wrong {
		sentences = append(sentences, fmt.Sprintf("The pattern %s for %s %s.", w.pattern, w.kind, w.why))
		r.Facts = append(r.Facts, finding.Fact{Label: w.kind, Value: w.pattern})
	}
	if slices.ContainsFunc(v.wrong, func(w flaw) bool { return w.kind == buildproject.FilterActor }) {
		sentences = append(sentences, "GitHub hands out account ids in sequence, so somebody can wait for one that fits and start builds with it.")
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
