package outline

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// action is what pipewarden would do, waits to do or does; else what can be done by hand.
func (o *Outline) action(e announce.Entry) {
	would := e.Would
	if would == "" && e.Remedy != "" {
		would = "The remedy " + e.Remedy
	}
	switch {
	case e.Kind == announce.Fight:
		o.part("What to do", byHand("find out who or what changes it back, before it is changed once more", e.ByHand)...)
	case e.Mode == settings.Propose:
		o.part("What pipewarden would do (mode: propose)", o.order(would, e)...)
	case e.Mode == settings.Ask:
		o.part("What pipewarden waits to do (mode: ask)", o.order(would, e)...)
	case e.Mode == settings.Apply && !done(e.Kind):
		o.part("What pipewarden is doing (mode: apply)", say(would), say("A second message says how it went"))
	case e.Remedy != "":
		o.part("pipewarden leaves it alone", byHand(first(e.Reason, "it does nothing about this"), e.ByHand)...)
	default:
		o.advice(e)
	}
}

// advice is for what has no remedy.
func (o *Outline) advice(e announce.Entry) {
	command := e.ByHand
	if command == "" && e.Check != "" && id(e.Check) {
		command = "pipewarden checks " + e.Check
	}
	o.part("What to do", byHand(strings.TrimSpace(e.Reason+" pipewarden has no remedy for this; it takes a person"), command)...)
}

// order is what would be done, and the commands that do it.
func (o *Outline) order(would string, e announce.Entry) []Line {
	lines := []Line{say(would), say(e.Reason)}
	if e.Order != "" && id(e.Order) {
		lines = append(lines, code("pipewarden approve "+e.Order)...)
	}
	if e.ByHand == "" {
		return lines
	}
	return append(append(lines, say("By hand:")), code(e.ByHand)...)
}

func byHand(words, command string) []Line { return append([]Line{say(words)}, code(command)...) }

// deed is what a remedy did, and how to undo it or do it by hand.
func (o *Outline) deed(d announce.Deed, e announce.Entry) {
	summary := []Line{say(d.Summary), say(d.Breaks)}
	switch e.Kind {
	case announce.Failed:
		o.part("What went wrong", say(first(d.Error, e.Reason)), state(d))
		o.part("What was tried", summary...)
		if !d.Undoable { // it had not begun
			o.part("By hand", code(first(d.ByHand, e.ByHand))...)
			return
		}
	case announce.Refused:
		if Decidable(e) {
			o.part("What pipewarden would do (mode: "+string(e.Mode)+")", append(summary, o.order("", e)...)...)
			return
		}
		o.part("What was planned", summary...)
		o.part("By hand", code(first(d.ByHand, e.ByHand))...)
		return
	case announce.Rejected:
		o.part("What was rejected", summary...)
		o.part("By hand", code(first(d.ByHand, e.ByHand))...)
		return
	case announce.Undone:
		o.part("Why it was undone", say(e.Reason))
		o.part("What was undone", summary...)
		o.part("By hand", code(first(d.ByHand, e.ByHand))...)
		return
	case announce.Stands:
		o.part("What went wrong", say(first(d.Error, e.Reason)))
		o.part("What stays as it is", summary...)
	default:
		o.part("What was done", summary...)
	}
	o.undo(d, e)
}

func state(d announce.Deed) Line {
	if d.Verified != "" {
		return Line{Text: readBack(d)}
	}
	if len(d.Calls) == 0 {
		return Line{}
	}
	return say("Its state now was not read: it may be as it was, or changed in part")
}

func (o *Outline) undo(d announce.Deed, e announce.Entry) {
	if order := first(d.Order, e.Order); d.Undoable && order != "" && id(order) {
		o.part("Undo", code("pipewarden undo "+order)...)
		return
	}
	o.part("Undo", say("pipewarden cannot undo this"))
}

// id says that a text may stand in a command: no order or check has another.
func id(s string) bool {
	return len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_'
	}) < 0
}
