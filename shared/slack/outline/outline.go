// Package outline puts a message into the parts in which a chat shows it, one below the other.
package outline

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// Outline is a message in parts, each of which may be empty. Every text is one line of visible characters, but that of a command,
// and says what it says: nothing in it is markup.
type Outline struct {
	Mark    string // a coloured square that shows how bad it is
	Title   string
	Lead    string         // the news in sentences
	Facts   []finding.Fact // when, who, where, and what was seen
	Parts   []Part
	Foot    []string // where to read on, and the ARN
	Console string   // https address of the resource's page
}

// Part is a heading, which may be empty, with lines below it.
type Part struct {
	Heading string
	Lines   []Line
}

// Line is a sentence, or a command to be typed.
type Line struct {
	Text string
	Code bool
}

// The longest texts, in characters. They are for a phone: the e-mail and the command line have the rest.
const (
	mostTitle = 140
	mostText  = 700
	mostFact  = 300
	mostLabel = 40
	mostName  = 200
	mostCode  = 1500
	mostLines = 20 // of a list
	mostParts = 12
	mostFacts = 10 // as many fields as a section of Slack's takes
)

// Of is the outline of a document. The document's texts were cleaned by whoever wrote it, and are cleaned again: whoever may put a message on
// the queue must not be able to make it look like another.
func Of(doc announce.Document) Outline {
	o := Outline{Mark: mark(doc), Title: title(doc), Console: console(doc.Console)}
	if About(doc) == nil {
		o.several(doc)
	} else {
		o.one(doc)
	}
	return o
}

// About is the worst finding of a document about one resource; nil: it is about several, or about none.
func About(doc announce.Document) *announce.Entry {
	if len(doc.Findings) == 0 || doc.Findings[0].Resource != doc.Resource {
		return nil
	}
	return &doc.Findings[0]
}

// Over says that nothing is wrong any more.
func Over(k announce.Kind) bool {
	return k == announce.Resolved || k == announce.Fixed || k == announce.Restored
}

// done says that the news is what a remedy did.
func done(k announce.Kind) bool {
	return Over(k) && k != announce.Resolved || slices.Contains([]announce.Kind{
		announce.Failed, announce.Refused, announce.Undone, announce.Stands, announce.Rejected,
	}, k)
}

// Decidable says that somebody may still approve or reject what would be done about a finding.
func Decidable(e announce.Entry) bool {
	if e.Order == "" || e.Mode != "propose" && e.Mode != "ask" {
		return false
	}
	return e.Kind == announce.Refused || !done(e.Kind) && e.Kind != announce.Resolved && e.Kind != announce.Unread && e.Kind != announce.Fight
}

var marks = map[finding.Severity]string{
	finding.Critical: "\U0001F7E5", finding.High: "\U0001F7E7", finding.Medium: "\U0001F7E8", finding.Low: "\U0001F7E6", finding.Info: "\u2B1C",
}

func mark(doc announce.Document) string {
	severity := doc.Severity
	if About(doc) != nil {
		severity = doc.Findings[0].Severity
	}
	return markOf(severity, doc.Kind)
}

func markOf(s finding.Severity, k announce.Kind) string {
	if Over(k) {
		return "\U0001F7E9"
	}
	return marks[s]
}

// title is the subject of the e-mail, which both are known by, without what stands before all of them.
func title(doc announce.Document) string {
	subject := Tidy(strings.TrimPrefix(doc.Subject, "[pipewarden]"), mostTitle)
	if subject == "" {
		return Tidy(strings.ToUpper(doc.Severity.String())+" "+string(doc.Kind), mostTitle)
	}
	return subject
}

// console is an address that is safe to press: it leads to AWS.
func console(address string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "https://"), "/")
	known := slices.ContainsFunc([]string{"console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"}, func(c string) bool {
		return host == c || strings.HasSuffix(host, "."+c)
	})
	if !strings.HasPrefix(address, "https://") || !known || strings.ContainsAny(host, "@:\\?#") || address != Tidy(address, 3000) {
		return ""
	}
	return address
}
