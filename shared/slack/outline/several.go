package outline

import (
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
)

// list is of findings of several resources.
func (o *Outline) list(findings []announce.Entry, leftOut int) { o.more("", findings, leftOut, true) }

// sections are those of a message that is not about one resource.
func (o *Outline) sections(doc announce.Document) {
	for _, s := range doc.Sections {
		if listed(s, doc.Findings) {
			o.list(doc.Findings, doc.LeftOut)
			continue
		}
		if s.Aligned {
			o.part(s.Heading, code(strings.Join(s.Lines, "\n"))...)
			continue
		}
		var lines []Line
		for i, line := range s.Lines {
			if i == mostLines {
				lines = append(lines, Line{Text: fmt.Sprintf("and %d more lines: the e-mail has them.", len(s.Lines)-i)})
				break
			}
			if typed(line) {
				lines = append(lines, code(line)...)
				continue
			}
			lines = append(lines, Line{Text: Tidy(line, mostText)})
		}
		o.part(s.Heading, lines...)
	}
}

// listed says that a section is the table of the findings, which is aligned for an e-mail: a chat has its own.
func listed(s announce.Section, findings []announce.Entry) bool {
	if len(findings) < 2 || len(s.Lines) < len(findings) {
		return false
	}
	for i, e := range findings {
		if e.ID == "" || !strings.Contains(s.Lines[i], e.ID) {
			return false
		}
	}
	return true
}
