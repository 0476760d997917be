package announce

import (
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// exemptFor is how long the exemption lasts that a message suggests: long enough to be worth it, short enough to be looked at again.
const exemptFor = 90 * 24 * time.Hour

// footer is how to be left alone, where to read on, and the ARNs.
func (p *page) footer(n tidied, now time.Time) {
	p.exemption(n, now)
	var explain, ids []string
	for _, e := range n.items {
		if line := "Explain: pipewarden checks " + e.Check; command(e.Check) != "" && e.Kind != Restored && !slices.Contains(explain, line) {
			explain = append(explain, line)
		}
		ids = append(ids, e.ID)
	}
	details := "Details: pipewarden finding " + ids[0]
	if len(ids) > 1 {
		details += "; the others are " + strings.Join(ids[1:], ", ")
	}
	p.block(append(append(explain, details), labelled("Console: ", console(n)))...)
	worst := n.items[0]
	var lines []string
	if worst.Event != nil {
		lines = append(lines, labelled("Event: ", strings.TrimSpace(worst.Event.Name+" "+worst.Event.ID)))
	}
	if worst.Actor != nil {
		lines = append(lines, labelled("Actor: ", worst.Actor.ARN))
	}
	p.block(append(lines, labelled("Resource: ", n.Resource.ARN(n.Partition)))...)
}

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}

// exemption shows how to be left alone. The reason stays empty on purpose: nobody takes over an exemption without saying why.
func (p *page) exemption(n tidied, now time.Time) {
	worst := n.items[0]
	if command(worst.Check) == "" || worst.Exemption != nil || !n.exact {
		return
	}
	heading := "Leave it like this on purpose"
	switch {
	case worst.Kind == Resolved || worst.Kind == Unread || worst.Kind == Restored:
		return
	case worst.Kind == Fixed && !worst.act():
		heading = "To have it as it was on purpose: exempt it, and undo"
	case worst.Once != "":
		heading = "If this is as it should be"
	}
	p.block(heading, run+exempting(worst.Check, settings.Literal(n.Resource.ID), n.Resource.Account, now.UTC().Add(exemptFor).Format(time.DateOnly)))
}

// exempting is the command that writes an exemption down.
func exempting(check, resource, account, until string) string {
	text := "pipewarden exempt " + check + " --resource " + quoted(resource)
	if account != "" {
		text += " --account " + account
	}
	return text + " --until " + until + " --reason '...'"
}

// quoted is a word of a command, whatever it holds.
func quoted(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./@:", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
