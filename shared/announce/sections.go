package announce

import (
	"fmt"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// item is why a finding matters and what can be done about it. Nothing of that is news once it has been put right.
func (p *page) item(n tidied, e Entry) {
	if e.Kind.over() {
		return
	}
	if e.Kind == Unread {
		p.unread(e)
		return
	}
	why, detail := sentence(e.Why), sentence(e.Detail)
	if why == "" {
		p.section("What was seen", indent+detail)
	} else {
		p.section("Why it matters", indent+why, indent+detail)
	}
	p.section("The path", indent+strings.Join(e.Path, " -> "))
	if x := e.Exemption; x != nil {
		p.section("Exempted", indent+fmt.Sprintf("By %s until %s: %s", x.Owner, x.Until.UTC().Format(time.DateOnly), stopped(first(x.Reason, "no reason is given"))))
	}
	told := n.Deed != nil && e.Kind.deed()
	if !told && e.Exemption == nil {
		p.action(e)
	}
}

func (p *page) unread(e Entry) {
	if e.Check != "" {
		p.section("Why it matters", indent+"As long as it cannot be read, nobody is told whether the check "+e.Check+" holds.")
	}
	way := sentence(e.Reason)
	if way == "" {
		way = "If access is denied: let pipewarden's audit role read it. Otherwise it is read again at the next change or sweep."
	}
	p.section("What to do", withCommand(e.ByHand, indent+way)...)
}

// deed says that the news is what a remedy did, so that the notice's deed tells what is to be done.
func (k Kind) deed() bool {
	return k == Fixed || k == Failed || k == Refused || k == Undone || k == Stands || k == Rejected || k == Restored
}

// action is what pipewarden would do, waits to do or does; else what can be done by hand.
func (p *page) action(e Entry) {
	if e.Kind == Fight || e.Kind.deed() || e.Mode == settings.Off {
		p.advice(e)
		return
	}
	lines := []string{indent + sentence(e.Would), indent + sentence(e.Reason)}
	if e.Would == "" && e.Remedy != "" {
		lines[0] = indent + "The remedy " + e.Remedy + "."
	}
	switch e.Mode {
	case settings.Propose:
		p.section("What pipewarden would do (mode: propose)", withCommand(e.ByHand, append(lines, approval(e.Order))...)...)
		p.template(e)
	case settings.Ask:
		p.section("What pipewarden waits to do (mode: ask)", withCommand(e.ByHand, append(lines, approval(e.Order))...)...)
	case settings.Apply:
		p.section("What pipewarden is doing (mode: apply)", append(lines, indent+"A second message says how it went.")...)
	}
}

func approval(order string) string {
	if order == "" {
		return ""
	}
	return run + "pipewarden approve " + order
}

// advice is for what pipewarden does not touch.
func (p *page) advice(e Entry) {
	reason := indent + sentence(e.Reason)
	switch {
	case e.Kind == Fight:
		p.section("What to do", withCommand(e.ByHand, indent+"Find out who or what changes it back, before it is changed once more.")...)
	case e.Remedy != "":
		if e.Reason == "" {
			reason = indent + "It does nothing about this."
		}
		p.section("pipewarden leaves it alone", withCommand(e.ByHand, reason)...)
	case e.ByHand == "" && command(e.Check) != "":
		p.section("What to do", reason, indent+"pipewarden has no remedy for this; it takes a person. How to fix it is told by", run+"pipewarden checks "+e.Check)
	default:
		p.section("What to do", withCommand(e.ByHand, reason, indent+"pipewarden has no remedy for this; it takes a person.")...)
	}
}

// withCommand adds how to do it by hand.
func withCommand(command string, lines ...string) []string {
	if command == "" {
		return lines
	}
	return append(lines, indent+"By hand", run+command)
}
