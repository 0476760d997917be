package outline

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
)

func (o *Outline) list(findings []announce.Entry, leftOut int) { o.more("", findings, leftOut, true) }

// several is a message that is not about one resource.
func (o *Outline) several(doc announce.Document) {
	for _, s := range doc.Sections {
		if listed(s, doc.Findings) {
			o.list(doc.Findings, doc.LeftOut)
			continue
		}
		o.section(s)
	}
	if len(doc.Sections) == 0 {
		o.list(doc.Findings, doc.LeftOut)
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
