package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Place is where a resource stands, as far as settings may ask for it. What they cannot answer for want of tags or units is unsure in the words
// of NoTags and NoUnits.
type Place struct {
	Account string
	Tags    map[string]string
	NoTags  string   // why its tags are not known; "": they are
	Units   []string // the organisational units that its account lies in, and the root
	NoUnits string   // why they are not known; "": they are
}

// Local is what the settings say for a place.
type Local struct {
	Options check.Options
	Off     []string // checks that are off there, besides those that are off everywhere
}

// ground is what may hold for a resource: one thing, unless something that the settings ask for is not known.
type ground struct {
	possible []Local
	unsure   string // what is not known; "": nothing that matters
	passing  error  // for it a reading broke in a way that may pass
}

// Why tags and units are not known where nobody could read them.
const (
	noTagsOffline = "without AWS at hand its tags are not read"
	noTagsYet     = "its tags are not read yet"
	noUnits       = "where its account lies in the organisation was not read"
)

// ground finds what holds for a resource. Its tags are read only where they make a difference.
func (b *Batch) ground(ctx context.Context, ref resource.Ref) ground {
	g := b.groundUntagged(ctx, ref)
	if !b.wantsTags(ref, g) {
		return g
	}
	at := b.place(ctx, ref.Account)
	tags, err := b.Tags(ctx, ref)
	at.Tags = tags
	if err != nil {
		at.NoTags = "its tags cannot be read (" + awserr.Reason(err) + ")"
	}
	g = b.said(at)
	if g.unsure != "" && err != nil && awserr.IsPassing(err) {
		g.passing = err
	}
	return g
}

// wantsTags says whether the tags of a resource make a difference to what holds for it, and can be asked for.
func (b *Batch) wantsTags(ref resource.Ref, untagged ground) bool {
	return strings.Contains(untagged.unsure, noTagsYet) && b.engine.tagSource(ref) != nil
}

// spot is all that tells what may hold for a resource as long as its tags are not read.
type spot struct {
	account string
	tagged  bool
}

// groundUntagged finds what may hold for a resource, whatever its tags.
func (b *Batch) groundUntagged(ctx context.Context, ref resource.Ref) ground {
	if b.engine.Local == nil {
		return ground{possible: b.everywhere[:]}
	}
	of := spot{ref.Account, b.engine.tagSource(ref) != nil}
	if g, known := b.grounds[of]; known {
		return g
	}
	at := b.place(ctx, ref.Account)
	switch {
	case !of.tagged:
	case b.engine.Config == nil:
		at.NoTags = noTagsOffline
	default:
		at.NoTags = noTagsYet
	}
	g := b.said(at)
	if b.grounds == nil {
		b.grounds = map[spot]ground{}
	}
	b.grounds[of] = g
	return g
}

// said is what the settings say for a place.
func (b *Batch) said(at Place) ground {
	possible, unsure := b.engine.Local(at)
	if len(possible) == 0 {
		possible = b.everywhere[:]
	}
	return ground{possible: possible, unsure: unsure}
}

// place is where an account's resources stand, without their tags.
func (b *Batch) place(ctx context.Context, account string) Place {
	at := Place{Account: account, NoUnits: noUnits}
	if b.engine.Units != nil {
		at.Units, at.NoUnits = b.engine.Units(ctx, account)
	}
	return at
}

// tagSource is what the tags of a resource are read by; nil where its kind has none. What stands for all of a kind has none either.
func (e *Engine) tagSource(ref resource.Ref) resource.Source {
	for _, c := range e.Checks {
		if c.Reads != nil && c.Reads.Kind() == ref.Kind && len(c.Reads.TagPermissions()) > 0 && ref.ID != resource.All {
			return c.Reads
		}
	}
	return nil
}

// idle says why a check has nothing to say there; "" when it has.
func (l Local) idle(c *check.Check) string {
	switch {
	case slices.Contains(l.Off, c.ID):
		return "The settings switch it off here."
	case c.Needs != nil:
		return c.Needs(l.Options)
	}
	return ""
}

// idle says why a check has nothing to say there, whatever holds; "" when it may have.
func (g ground) idle(c *check.Check) string {
	first := ""
	for _, l := range g.possible {
		why := l.idle(c)
		if why == "" {
			return ""
		}
		if first == "" {
			first = why
		}
	}
	return first
}

// logBytes is how much of a log is read: what the most generous of the options asks for.
func (g ground) logBytes() int64 {
	const megabyte = 1 << 20
	most := 0
	for _, l := range g.possible {
		most = max(most, l.Options.BuildLogMegabytes)
	}
	return int64(most) * megabyte
}

// weigh runs a check under each of the options that may hold. What comes out of all of them is told, and where they come to something else,
// that is not known.
func (b *Batch) weigh(result *Result, c *check.Check, pass check.Pass, g ground) {
	if len(g.possible) == 1 {
		result.Findings = append(result.Findings, b.verdict(c, pass, &g.possible[0].Options, c.Run)...)
		return
	}
	cases := make([][]finding.Finding, 0, len(g.possible))
	for _, l := range g.possible {
		run := c.Run
		if why := l.idle(c); why != "" {
			run = func(p *check.Pass) { p.Skip(why) }
		}
		cases = append(cases, b.verdict(c, pass, &l.Options, run))
	}
	agreed, differ := agreement(cases)
	result.Findings = append(result.Findings, agreed...)
	if !differ {
		return
	}
	result.Passing = errors.Join(result.Passing, g.passing)
	unknown := b.verdict(c, pass, &b.engine.Options, func(p *check.Pass) {
		p.Unknown("Which settings hold for the "+p.Ref.Kind+" "+p.Ref.ID, errors.New(g.unsure))
	})
	for _, f := range unknown {
		if !slices.ContainsFunc(agreed, func(other finding.Finding) bool { return other.Key() == f.Key() }) {
			result.Findings = append(result.Findings, f)
		}
	}
}

// agreement gives what all cases come to, each finding as severe as it is in any of them, and says whether some come to something else.
func agreement(cases [][]finding.Finding) (agreed []finding.Finding, differ bool) {
	for _, f := range cases[0] {
		everywhere := true
		for _, other := range cases[1:] {
			i := slices.IndexFunc(other, func(o finding.Finding) bool { return same(f, o) })
			if i < 0 {
				everywhere = false
				break
			}
			if other[i].Severity > f.Severity {
				f = other[i]
			}
		}
		if everywhere {
			agreed = append(agreed, f)
		}
	}
	differ = slices.ContainsFunc(cases, func(one []finding.Finding) bool { return len(one) != len(agreed) })
	return agreed, differ
}

// same says whether two findings come to the same: that a check passes and that it has nothing to say are both that nothing is wrong.
func same(a, b finding.Finding) bool {
	fine := func(f finding.Finding) bool { return f.Outcome == finding.Pass || f.Outcome == finding.NotApplicable }
	return a.Key() == b.Key() && (a.Outcome == b.Outcome || fine(a) && fine(b))
}
