package definition

import (
	"maps"
	"slices"
)

// gate is an approval, and what waits for it.
type gate struct {
	action
	guards map[string]bool // places of what cannot start without it
	first  string          // the stage of the nearest of those
}

func place(a action) string { return a.stage + "\x00" + a.name }

// gates lists the approvals. What waits for one are the deployments after it; in a pipeline that deploys by other means, all that is after it.
func gates(actions []action) []gate {
	guarded := slices.DeleteFunc(slices.Clone(actions), func(a action) bool { return !a.deploys() })
	if len(guarded) == 0 {
		guarded = slices.DeleteFunc(slices.Clone(actions), func(a action) bool { return a.category == "Approval" || a.category == "Source" })
	}
	var all []gate
	for _, a := range actions {
		if a.category != "Approval" {
			continue
		}
		g := gate{action: a, guards: map[string]bool{}}
		for _, after := range guarded {
			if a.before(after) {
				g.guards[place(after)] = true
				g.first = orElse(g.first, after.stage)
			}
		}
		all = append(all, g)
	}
	return all
}

// approvals matches approvals by stage and name, then by name, then by what waits for them: one that moved or was renamed, and before which
// the same deployments still wait, is not gone.
func (l *list) approvals(was, is []action) {
	before, after := gates(was), gates(is)
	pairs := match(before, after)
	taken := map[int]bool{}
	exists := map[string]bool{}
	for _, a := range is {
		exists[place(a)] = true
	}
	for i, old := range before {
		j, found := pairs[i]
		if !found {
			l.gone(old, was, is)
			continue
		}
		taken[j] = true
		l.moved(old, after[j], exists)
	}
	for j, g := range after {
		if !taken[j] {
			l.add(Difference{Kind: Approval, Where: g.where(), After: said(g.name), Sentence: "an approval " + said(g.name) + beforeStage(g.first) + " was added"})
		}
	}
}

func match(before, after []gate) map[int]int {
	pairs, taken := map[int]int{}, map[int]bool{}
	pair := func(key func(gate) string) {
		free := map[string][]int{}
		for j, g := range after {
			if k := key(g); !taken[j] && k != "" {
				free[k] = append(free[k], j)
			}
		}
		for i, g := range before {
			k := key(g)
			if _, done := pairs[i]; done || len(free[k]) == 0 {
				continue
			}
			pairs[i], taken[free[k][0]] = free[k][0], true
			free[k] = free[k][1:]
		}
	}
	pair(func(g gate) string { return place(g.action) })
	pair(func(g gate) string { return g.name })
	pair(func(g gate) string { return g.first })
	return pairs
}

// gone tells of an approval that is not there any more, unless all that waited for it went as well.
func (l *list) gone(old gate, was, is []action) {
	unguarded := map[string]bool{}
	for _, a := range was {
		if !old.guards[place(a)] {
			unguarded[place(a)] = true
		}
	}
	deploying := slices.ContainsFunc(is, action.deploys)
	for _, a := range is {
		counts := a.deploys() || !deploying && a.category != "Approval" && a.category != "Source"
		if counts && !unguarded[place(a)] {
			l.add(Difference{
				Kind: ApprovalRemoved, Where: old.where(), Before: said(old.name), Sentence: "the approval " + said(old.name) + beforeStage(old.first) + " was removed",
			})
			return
		}
	}
	l.add(Difference{
		Kind: Approval, Where: old.where(), Before: said(old.name), Sentence: "the approval " + said(old.name) + " was removed with all that waited for it",
	})
}

// moved tells of an approval that stands elsewhere or is called otherwise, and of what no longer waits for it.
func (l *list) moved(old, now gate, exists map[string]bool) {
	kept := false
	for _, at := range slices.Sorted(maps.Keys(old.guards)) {
		if exists[at] && !now.guards[at] {
			l.noLonger(old, now)
			return
		}
		kept = kept || exists[at]
	}
	switch {
	case len(old.guards) > 0 && !kept && len(now.guards) == 0:
		l.noLonger(old, now)
	case old.name != now.name:
		l.add(Difference{
			Kind: Approval, Where: now.where(), Before: said(old.name), After: said(now.name),
			Sentence: "the approval " + said(old.name) + beforeStage(old.first) + " is now " + said(now.name),
		})
	case old.stage != now.stage:
		l.add(Difference{
			Kind: Approval, Where: now.where(), Before: said(old.stage), After: said(now.stage),
			Sentence: "the approval " + said(old.name) + " moved from stage " + said(old.stage) + " to stage " + said(now.stage),
		})
	}
}

func (l *list) noLonger(old, now gate) {
	l.add(Difference{
		Kind: ApprovalRemoved, Where: old.where(), Before: said(old.stage), After: said(now.stage),
		Sentence: "the approval " + said(old.name) + " no longer stands" + beforeStage(old.first),
	})
}

func beforeStage(name string) string {
	if name == "" {
		return ""
	}
	return " before stage " + said(name)
}
