package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/framework"
)

// feed is whether events are heard, without which nothing is known of what people do.
type feed struct{ well, broken bool }

func (f *feed) add(p coverage.Part) {
	f.well = f.well || p.Health == coverage.Well
	f.broken = f.broken || p.Health == coverage.Broken || p.Health == coverage.Unknown
}

// verdict is how it stood with a check.
func (b *builder) verdict(c *tallied) Verdict {
	switch {
	case c.Open+c.Acts > 0:
		return Found
	case c.Events && b.heard.well:
		return Clear
	case c.Events && b.heard.broken:
		return Unjudged
	case c.Count.Pass+c.Count.Fail+c.Count.Exempted > 0:
		return Clear
	case c.Count.Unknown > 0 || c.Unread > 0:
		return Unjudged
	case c.Count.Skipped > 0:
		return Nothing
	}
	return Never
}

// standings says how it stood with checks, and with the controls that they support.
func (b *builder) standings() {
	for _, c := range b.checks {
		c.Verdict = b.verdict(c)
		for _, judged := range c.days {
			if judged {
				c.Days++
			}
		}
		c.Evidence = filled(append(c.Evidence, c.others[:min(len(c.others), mostEvidence-len(c.Evidence))]...))
		c.Omitted = c.refs - len(c.Evidence)
	}
	supports := map[string]bool{}
	for i := range b.Frameworks {
		f := &b.Frameworks[i]
		for j := range f.Editions {
			b.all.Frameworks = append(b.all.Frameworks, b.edition(f, &f.Editions[j], supports))
		}
	}
	for id, c := range b.checks {
		if supports[id] || c.refs > 0 || c.Verdict == Found || c.Unread+c.Exempt > 0 {
			b.all.Checks = append(b.all.Checks, c.Check)
		}
	}
	slices.SortFunc(b.all.Checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
}

func (b *builder) edition(f *framework.Framework, e *framework.Edition, supports map[string]bool) Framework {
	one := Framework{
		ID: f.ID, Name: f.Name, Title: f.Title, Version: e.Version, Source: e.Source, Read: e.Read, Partial: e.Partial, Count: map[Verdict]int{},
		Controls: make([]Control, 0, len(e.Controls)),
	}
	all := f.Supports(e, b.Checks)
	by := map[string][]string{}
	for _, s := range all {
		by[s.ID] = s.Checks
		for _, id := range s.Checks {
			supports[id] = true
		}
	}
	for i := range all {
		c := b.control(&all[i], by)
		one.Count[c.Verdict]++
		one.Controls = append(one.Controls, c)
	}
	return one
}

// control is how it stood with a control. One that checks support in part stands as those parts do.
func (b *builder) control(s *framework.Support, by map[string][]string) Control {
	c := Control{ID: s.ID, Title: s.Title, Group: s.Group, Checks: filled(slices.Clone(s.Checks))}
	switch s.Standing() {
	case framework.Outside:
		c.Verdict, c.Why = Outside, s.Outside
	case framework.Open:
		c.Verdict = Unsupported
	case framework.InPart:
		c.Parts = s.Parts
		for _, part := range s.Parts {
			c.Checks = append(c.Checks, by[part]...)
		}
		slices.Sort(c.Checks)
		c.Checks = slices.Compact(c.Checks)
		fallthrough
	default:
		b.weigh(&c)
	}
	c.Says = c.says()
	return c
}

// weigh makes one verdict of those of a control's checks.
func (b *builder) weigh(c *Control) {
	count := map[Verdict]int{}
	for _, id := range c.Checks {
		one := b.check(id)
		count[one.Verdict]++
		c.Open, c.Acts = c.Open+one.Open, c.Acts+one.Acts
		c.Worst = max(c.Worst, one.Worst)
	}
	c.Missing = count[Unjudged] + count[Never]
	for _, v := range []Verdict{Found, Clear, Unjudged, Nothing, Never} {
		if count[v] > 0 {
			c.Verdict = v
			return
		}
	}
}

// says is the verdict of a control in words.
func (c *Control) says() string {
	lead := "supported"
	if len(c.Parts) > 0 {
		lead = "supported in part"
	}
	switch c.Verdict {
	case Outside:
		return "outside of what this can show"
	case Unsupported:
		return "no check supports it"
	case Found:
		lead += ", " + c.found()
	case Clear:
		lead += ", no open findings"
	case Unjudged:
		return lead + ", could not be judged"
	case Nothing:
		return lead + ", nothing there to judge"
	case Never:
		return lead + ", never judged in the period"
	}
	if c.Missing > 0 {
		lead += fmt.Sprintf("; %d of %d checks not judged", c.Missing, len(c.Checks))
	}
	return lead
}

// found is "3 open, 2 acts in the period".
func (c *Control) found() string {
	acts := fmt.Sprintf("%d acts in the period", c.Acts)
	if c.Acts == 1 {
		acts = "1 act in the period"
	}
	switch {
	case c.Open == 0:
		return "no open findings, " + acts
	case c.Acts == 0:
		return fmt.Sprintf("%d open", c.Open)
	}
	return fmt.Sprintf("%d open, %s", c.Open, acts)
}

// Symbol stands for a verdict where there is little room: colour alone tells some readers nothing.
func (v Verdict) Symbol() string {
	return map[Verdict]string{Found: "▲", Clear: "✓", Unjudged: "?", Nothing: "○", Never: "–", Unsupported: "∅", Outside: "·"}[v]
}

// String is the verdict in words, for a legend.
func (v Verdict) String() string {
	return cmp.Or(map[Verdict]string{
		Found: "supported, with open findings or acts", Clear: "supported, no open findings", Unjudged: "supported, could not be judged",
		Nothing: "supported, nothing there to judge", Never: "supported, never judged in the period", Unsupported: "no check supports it",
		Outside: "outside of what this can show",
	}[v], string(v))
}
