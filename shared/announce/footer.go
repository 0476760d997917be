package announce

import (
	"slices"
	"strings"
	"time"
)

// exemptFor is how long the exemption lasts that a message suggests: long enough to be worth it, short enough to be looked at again.
const exemptFor = 90 * 24 * time.Hour

// footer is how to be left alone, where to read on, and the ARNs.
func (p *page) footer(n tidied, now time.Time) {
	p.exemption(n, now)
	var explain, ids []string
	for _, e := range n.items {
		if line := "Explain: pipewarden checks " + e.Check; command(e.Check) != "" && !slices.Contains(explain, line) {
			explain = append(explain, line)
		}
		ids = append(ids, e.ID)
	}
	p.block(append(explain, labelled("Console: ", console(n)))...)
	worst := n.items[0]
	lines := []string{"Finding: " + strings.Join(ids, ", ")}
	if worst.Event != nil {
		lines = append(lines, labelled("Event: ", strings.TrimSpace(worst.Event.Name+" "+worst.Event.ID)))
	}
	if worst.Actor != nil {
		lines = append(lines, labelled("Actor: ", worst.Actor.ARN))
	}
	p.block(append(lines, labelled("Resource: ", resourceARN(n.Partition, n.Resource)))...)
}

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}

// exemption shows what to write into the settings. Owner and reason stay empty on purpose: the settings refuse them so,
// and nobody takes over an exemption without saying who decided it and why.
func (p *page) exemption(n tidied, now time.Time) {
	worst := n.items[0]
	if command(worst.Check) == "" || worst.Exemption != nil || !n.exact {
		return
	}
	heading := "Leave it like this on purpose: write into pipewarden.yaml under exemptions, and deploy"
	switch {
	case worst.Kind == Resolved || worst.Kind == Unread:
		return
	case worst.Kind == Fixed && !worst.act():
		heading = "To have it as it was on purpose: write into pipewarden.yaml under exemptions, deploy, and change it back"
	case worst.Once != "":
		heading = "If this is as it should be: write into pipewarden.yaml under exemptions, and deploy"
	}
	p.block(heading,
		run+"- { check: "+quoted(worst.Check)+", resource: "+quoted(literal(n.Resource.ID))+", account: "+quoted(n.Resource.Account)+",",
		run+"    owner: '', reason: '',",
		run+"    until: "+now.UTC().Add(exemptFor).Format(time.DateOnly)+" }",
	)
}

// quoted is a YAML scalar in single quotes.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// literal takes the meaning away from what would be a pattern in an exemption.
func literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}
