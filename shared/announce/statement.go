package announce

import (
	"context"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The kinds of messages that are not about findings of one resource.
const (
	Ends    Kind = "exemption-ends" // an exemption ends soon
	Digest  Kind = "digest"         // how everything stands
	Written Kind = "report"         // a report was written
	Trouble Kind = "trouble"        // something is the matter with pipewarden itself
	Warning Kind = "warning"        // somebody tried what they may not
)

// Sender is the deployment that a message comes from.
type Sender struct {
	Account     string
	AccountName string // "": the account id alone is shown
	Partition   string // "": aws
}

// Names tells what people call an account; "" for one that has no name.
type Names func(ctx context.Context, account string) string

// statement is a message that is not about findings of one resource.
type statement struct {
	kind     Kind
	severity finding.Severity
	status   string // the first word of the subject
	title    string
	check    string // "": about none, or about several
	ending   *Ending
	entries  []Entry
	leftOut  int
	sections []Section
}

// message words a statement as it comes from a deployment.
func (s statement) message(from Sender) (Message, error) {
	account := first(ascii(clean(from.Account, generous.name)), "unknown")
	name := clean(from.AccountName, generous.name)
	start := "[pipewarden] " + s.status + "  "
	end := "  (" + middle(first(ascii(name), account), 22) + ")"
	m := Message{
		Subject: start + middle(ascii(s.title), maxSubject-len(start)-len(end)) + end,
		Attributes: map[string]string{
			"severity": s.severity.String(), "check": middle(first(ascii(s.check), "unknown"), 256), "account": middle(account, 256),
			"kind": string(s.kind), "resourceKind": "unknown",
		},
	}
	p := &page{}
	for _, one := range s.sections {
		p.section(one.Heading, one.Lines...)
	}
	m.Text = p.String()
	doc := Document{
		Version: 1, Kind: s.kind, Severity: s.severity, Subject: m.Subject, AccountName: name, Partition: first(clean(from.Partition, generous.name), "aws"),
		Findings: s.entries, LeftOut: s.leftOut, Mode: settings.Off, Sections: shown(s.sections), Ending: s.ending,
	}
	doc.Resource.Account = clean(from.Account, generous.name)
	var err error
	m.JSON, err = encode(doc)
	return m, err
}

// Tell words something that is the matter with pipewarden itself, or with what somebody tried: what, and what to do about it.
func Tell(kind Kind, severity finding.Severity, title string, sections []Section, from Sender) (Message, error) {
	l := generous
	clear := make([]Section, 0, len(sections))
	for _, s := range sections {
		one := Section{Heading: clean(s.Heading, l.name)}
		for _, line := range s.Lines {
			one.Lines = append(one.Lines, cut(visible(line), l.text))
		}
		clear = append(clear, one)
	}
	return statement{kind: kind, severity: severity, status: status(Entry{Finding: finding.Finding{Severity: severity}}), title: clean(title, l.text), sections: clear}.message(from)
}

// trimmed are lines without the spaces that place them on a page: a command keeps four, by which it is known.
func trimmed(lines []string) []string {
	out := make([]string, 0, len(lines))
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if command, ok := strings.CutPrefix(line, run); ok {
			out = append(out, run+command)
			continue
		}
		out = append(out, plain(line))
	}
	return out
}

// shown are sections as machines get them.
func shown(sections []Section) []Section {
	out := make([]Section, 0, len(sections))
	for _, s := range sections {
		one := s
		if one.Lines = trimmed(s.Lines); s.Aligned {
			one.Lines = nil
			for _, line := range s.Lines {
				one.Lines = append(one.Lines, strings.TrimPrefix(line, indent))
			}
		}
		out = append(out, one)
	}
	return out
}
