package announce

import (
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// deedFact is when a remedy acted, and for whom.
func deedFact(n tidied, e Entry, now time.Time) []finding.Fact {
	if n.Deed == nil || !e.Kind.deed() {
		return nil
	}
	person := finding.Called(n.Deed.By)
	if person == Self {
		person = ""
	}
	if n.Deed.At.IsZero() && person == "" {
		return nil
	}
	ended, known := endings[e.Kind]
	if !known {
		ended = ending{"Tried", ", approved by "}
	}
	value := moment(n.Deed.At, now)
	if person != "" {
		value += ended.by + person
	}
	return []finding.Fact{{Label: ended.label, Value: value}}
}

// ending is how a fact says when an action ended so, and who ended it.
type ending struct{ label, by string }

var endings = map[Kind]ending{
	Fixed: {"Done", ", approved by "}, Restored: {"Done", ", by "}, Refused: {"Looked", ", approved by "},
	Undone: {"Undone", ", by "}, Stands: {"Tried", ", by "}, Rejected: {"Rejected", ", by "},
}

// deed is what the remedy did, and how to undo it or do it by hand.
func (p *page) deed(n tidied) {
	d := n.Deed
	if d == nil {
		return
	}
	e := n.items[max(slices.IndexFunc(n.items, func(e Entry) bool { return e.Kind.deed() }), 0)]
	summary := summary(d)
	switch e.Kind {
	case Failed:
		p.section("What went wrong", indent+sentence(first(d.Error, e.Reason)), indent+state(n))
		p.section("What was tried", summary...)
		if d.Undoable { // it had begun
			p.undo(d, first(d.Order, e.Order))
		}
	case Refused:
		if e.Mode == settings.Propose || e.Mode == settings.Ask {
			p.section("What pipewarden would do (mode: "+string(e.Mode)+")", slices.Insert(summary, 2, approval(e.Order))...)
			p.template(e)
			break
		}
		p.section("What was planned", summary...)
	case Rejected:
		p.section("What was rejected", summary...)
	case Stands:
		p.section("What went wrong", indent+sentence(first(d.Error, e.Reason)))
		p.section("What stays as it is", summary...)
		p.undo(d, first(d.Order, e.Order))
		return
	case Undone:
		p.section("Why it was undone", indent+sentence(e.Reason))
		p.section("What was undone", summary...)
	default:
		p.section("What was done", summary...)
		p.undo(d, first(d.Order, e.Order))
		return
	}
	if byHand := first(d.ByHand, e.ByHand); byHand != "" {
		p.section("By hand", run+byHand)
	}
}

// summary is what a remedy does and can break, and with which calls.
func summary(d *Deed) []string {
	lines := []string{indent + sentence(d.Summary), indent + sentence(d.Breaks)}
	if len(d.Calls) > 0 {
		lines = append(lines, indent+"Calls", run+strings.Join(d.Calls, "\n"))
	}
	return lines
}

func (p *page) undo(d *Deed, order string) {
	if d.Undoable && order != "" {
		p.section("Undo", run+"pipewarden undo "+order)
		return
	}
	p.section("Undo", indent+"pipewarden cannot undo this.")
}

// state after a remedy that did not work is told only when it was read.
func state(n tidied) string {
	switch {
	case n.Deed.Verified != "":
		return strings.TrimSpace(readBack(n))
	case len(n.Deed.Calls) == 0:
		return ""
	}
	return "Its state now was not read: it may be as it was, or changed in part."
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
