package outline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// one is about one resource: the worst finding whole, and a line of each other.
func (o *Outline) one(doc announce.Document) {
	e := doc.Findings[0]
	o.Lead = lead(o.Title, doc.Lead)
	for _, f := range doc.Facts {
		o.fact(f.Label, f.Value)
	}
	for _, s := range doc.Sections {
		if s.Finding == "" || s.Finding == e.ID {
			o.section(s)
		}
	}
	if more := doc.Findings[1:]; len(more)+doc.LeftOut > 0 {
		o.more("Also on the "+announce.Named(e.Resource), more, doc.LeftOut, false)
	}
	o.Foot = []string{"Finding " + Tidy(e.ID, mostName)}
	if e.Check != "" && e.Kind != announce.Restored {
		o.Foot = append(o.Foot, "Check "+Tidy(e.Check, mostName))
	}
	if arn := e.Resource.ARN(doc.Partition); arn != "" {
		o.Foot = append(o.Foot, Tidy(arn, 2*mostName))
	}
}

// lead is the news. What is wrong is not said twice where the title says it.
func lead(title string, sentences []string) string {
	var said []string
	for i, s := range sentences {
		s = Tidy(s, mostText)
		if i == 0 && strings.Contains(strings.ToLower(title), strings.ToLower(strings.TrimSuffix(s, "."))) {
			continue
		}
		said = append(said, s)
	}
	return strings.Join(said, " ")
}

// section is a part of the message as the e-mail has it: commands stand by themselves, so that they can be copied.
func (o *Outline) section(s announce.Section) {
	if s.Aligned {
		o.part(s.Heading, code(strings.Join(s.Lines, "\n"))...)
		return
	}
	var lines []Line
	for i, line := range s.Lines {
		if i == mostLines {
			lines = append(lines, Line{Text: "and " + strconv.Itoa(len(s.Lines)-i) + " more lines: the e-mail has them."})
			break
		}
		if command, ok := strings.CutPrefix(line, typed); ok {
			lines = append(lines, code(command)...)
			continue
		}
		lines = append(lines, Line{Text: Tidy(line, mostText)})
	}
	o.part(s.Heading, lines...)
}

// typed is how a line begins that is a command.
const typed = "    "

func (o *Outline) fact(label, value string) {
	label, value = Tidy(label, mostLabel), Tidy(value, mostFact)
	if label == "" || value == "" || len(o.Facts) >= mostFacts {
		return
	}
	o.Facts = append(o.Facts, finding.Fact{Label: label, Value: value})
}

// more is a line of each finding.
func (o *Outline) more(heading string, findings []announce.Entry, leftOut int, everywhere bool) {
	var lines []Line
	for i, e := range findings {
		if i == mostLines {
			leftOut += len(findings) - i
			break
		}
		lines = append(lines, Line{Text: brief(e, everywhere)})
	}
	if leftOut > 0 {
		lines = append(lines, Line{Text: "and " + strconv.Itoa(leftOut) + " more:"}, Line{Text: "pipewarden findings", Code: true})
	}
	o.part(heading, lines...)
}

// brief is a finding in a line: how bad, what, and where when that is not said.
func brief(e announce.Entry, everywhere bool) string {
	state := e.Severity.String()
	if Over(e.Kind) || e.Kind == announce.Unread {
		state += ", " + string(e.Kind)
	}
	text := markOf(e.Severity, e.Kind) + " " + state + "  " + Tidy(e.Check, 80)
	if !everywhere {
		title := e.Title
		if title == "" {
			title = "something is wrong with the " + announce.Named(e.Resource)
		}
		return text + "  " + Tidy(title, 160)
	}
	text += "  " + Tidy(announce.Named(e.Resource), 160)
	aside := []string{Tidy(e.Resource.Region, 40), Tidy(e.ID, 40)}
	if e.Order != "" && !Over(e.Kind) {
		aside = append(aside, "order "+Tidy(e.Order, 40))
	}
	return text + " (" + strings.Join(slices.DeleteFunc(aside, func(s string) bool { return s == "" }), ", ") + ")"
}
