package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

func (p *program) explainCheck(out io.Writer, c *check.Check) error {
	r := checkReports([]*check.Check{c})[0]
	facts := [][2]string{
		{"Check", r.ID},
		{"Severity", r.Severity.String()},
		{"Judges", judges(r.Judges)},
		{"Remedies", orDash(strings.Join(c.Remedies, ", "))},
		{"Elsewhere", orDash(strings.Join(r.Aliases, "; "))},
	}
	for i, control := range c.Controls {
		label := ""
		if i == 0 {
			label = "Supports"
		}
		facts = append(facts, [2]string{label, control.Framework + " " + control.Version + ": " + control.ID})
	}
	return p.explain(out, r.Title, facts, c.Doc)
}

// explainChecks explains the first, and names the others that another tool's name may mean.
func (p *program) explainChecks(out io.Writer, checks []*check.Check) error {
	if err := p.explainCheck(out, checks[0]); err != nil || len(checks) == 1 {
		return err
	}
	others := make([]string, 0, len(checks))
	for _, c := range checks[1:] {
		others = append(others, c.ID)
	}
	return line(out, "\nThat name may also mean: "+strings.Join(others, ", "))
}

func judges(kind string) string {
	if kind == "event" {
		return "the event alone"
	}
	return kind + ", as it is"
}

func (p *program) explainRemedy(out io.Writer, r *remedy.Remedy) error {
	facts := [][2]string{
		{"Remedy", r.ID}, {"Risk", string(r.Risk)}, {"Checks", orDash(strings.Join(p.servedBy(r.ID), ", "))},
	}
	for i, grant := range r.Grants {
		label := ""
		if i == 0 {
			label = "May"
		}
		facts = append(facts, [2]string{label, grant.Action + " on " + grant.Resource})
	}
	return p.explain(out, r.Title(), facts, r.Doc)
}

func (p *program) explain(out io.Writer, title string, facts [][2]string, doc string) error {
	bold := color.New(color.Bold)
	bold.DisableColor()
	if p.colored() {
		bold.EnableColor()
	}
	text := []string{bold.Sprint(title), ""}
	for _, fact := range facts {
		text = append(text, fold(fact[1], fmt.Sprintf("  %-10s ", fact[0]), strings.Repeat(" ", 13)))
	}
	_, body, _ := strings.Cut(doc, "\n") // the first line is the title
	text = append(text, prose(body, func(heading string) string { return bold.Sprint(heading) }))
	return line(out, strings.Join(text, "\n"))
}

const textWidth = 100

// prose renders the Markdown of a doc as plain text: headings, paragraphs, lists and blocks of code.
func prose(markdown string, heading func(string) string) string {
	var out []string
	var open string // the paragraph or item that goes on
	lead := ""
	flush := func() {
		if open != "" {
			out = append(out, fold(spoken(open), lead, strings.Repeat(" ", len(lead))))
		}
		open, lead = "", "  "
	}
	for text := range strings.SplitSeq(strings.TrimRight(markdown, "\n"), "\n") {
		trimmed := strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, "#"):
			flush()
			out = append(out, heading(strings.TrimLeft(text, "# ")))
		case strings.HasPrefix(text, "    ") && open == "" || strings.HasPrefix(text, "\t"):
			out = append(out, "    "+trimmed)
		case trimmed == "":
			flush()
			if len(out) == 0 || out[len(out)-1] != "" {
				out = append(out, "")
			}
		case strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "* "):
			flush()
			open, lead = trimmed[2:], "  - "
		case open == "":
			open, lead = trimmed, "  "
		default:
			open += " " + trimmed
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// spoken takes Markdown's marks out of a paragraph. Code keeps its marks, which tell a name from a word.
func spoken(text string) string { return strings.ReplaceAll(text, "**", "") }

// fold breaks text into lines of a readable width.
func fold(text, lead, indent string) string {
	var lines []string
	at := lead
	empty := true
	for word := range strings.FieldsSeq(text) {
		switch {
		case empty:
			at += word
		case len(at)+1+len(word) > textWidth:
			lines = append(lines, at)
			at = indent + word
		default:
			at += " " + word
		}
		empty = false
	}
	return strings.Join(append(lines, at), "\n")
}
