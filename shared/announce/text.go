package announce

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// page is a text of blocks with an empty line between them. What it says under headings it keeps for machines as well.
type page struct {
	strings.Builder
	sections []Section
	finding  string // the ID of the one of several findings that the next sections are about; "": there is only one
}

// block writes the lines that say something; a text of several lines is indented as its first is.
func (p *page) block(lines ...string) {
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(lines) == 0 {
		return
	}
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	for _, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		p.WriteString(strings.ReplaceAll(line, "\n", "\n"+indent) + "\n")
	}
}

// section is a block with a heading; without anything below it there is none.
func (p *page) section(heading string, lines ...string) {
	if strings.TrimSpace(strings.Join(lines, "")) != "" {
		p.block(append([]string{heading}, lines...)...) // a block leaves out an empty heading
		p.sections = append(p.sections, Section{Heading: heading, Lines: trimmed(lines), Finding: p.finding})
	}
}

const (
	indent = "  "   // of what stands under a heading
	run    = "    " // of what is to be typed
)

// text is the message for people, in the order of voice: what, where, who and when, why it matters, what to do. The same is kept in parts.
func text(n tidied, now time.Time) (whole string, in parts) {
	p := &page{}
	worst := n.items[0]
	in = parts{lead: slices.DeleteFunc(headline(n, worst), func(s string) bool { return s == "" }), facts: facts(n, worst, now)}
	p.block(in.lead...)
	p.block(aligned(in.facts)...)
	if total := len(n.items) + n.leftOut; total > 1 {
		p.block(together(n, worst, total))
	}
	for i, e := range n.items {
		if len(n.items) > 1 {
			p.block(fmt.Sprintf("%d. %s  %s", i+1, status(e), numbered(e)))
			p.block(aligned(e.Facts)...)
			p.finding = e.ID
		}
		p.item(n, e)
	}
	p.finding = ""
	p.deed(n)
	in.sections = p.sections
	p.footer(n, now)
	return p.String(), in
}

// parts is a message as those show it that have no pages.
type parts struct {
	lead     []string
	facts    []finding.Fact
	sections []Section
}

// numbered is one of several findings in a sentence; of what could not be read, the title says nothing that is known.
func numbered(e Entry) string {
	if e.Kind == Unread {
		return sentence(first(e.Detail, "it could not be read"))
	}
	return sentence(lead(e) + title(e))
}

func together(n tidied, worst Entry, total int) string {
	cause := "in one sweep"
	if worst.Event != nil {
		cause = "with the same event"
	}
	s := fmt.Sprintf("%d findings on the %s came %s; the worst is first.", total, Named(n.Resource), cause)
	if n.leftOut > 0 {
		s += fmt.Sprintf(" %d of them did not fit into this message.", n.leftOut)
	}
	return s
}

// title is what is wrong; a finding without one is known by its check.
func title(e Entry) string {
	switch {
	case e.Title != "":
		return e.Title
	case e.Check != "":
		return "the check " + e.Check + " fails on the " + Named(e.Resource)
	}
	return "something is wrong with the " + Named(e.Resource)
}

// headline says the news in one or two sentences.
func headline(n tidied, e Entry) []string {
	what := sentence(title(e))
	switch e.Kind {
	case Changed:
		return []string{what, "It was known, and what is seen of it has changed."}
	case Worse:
		return []string{what, "It was known, and it is graver now."}
	case Reminder:
		return []string{what, "You were told of it before, and it is still so."}
	case Reopened:
		return []string{what, "It had been put right, and it is so again."}
	case Resolved:
		return []string{"Resolved, not by pipewarden. It was: " + stopped(title(e))}
	case Unread:
		return []string{sentence("the " + Named(n.Resource) + " could not be read"), sentence(e.Detail), "It is not counted as in order."}
	case Fight:
		return []string{what, sentence(first(e.Reason, "It was put right again and again, and changed back each time. pipewarden leaves it alone."))}
	}
	return acted(n, e, what)
}

var inVain = map[Kind]string{
	Failed: "pipewarden tried to put it right, and that did not work.",
	Stands: "Somebody asked pipewarden to undo what it did about it, and that did not work.",
}

// acted says how an action ended.
func acted(n tidied, e Entry, what string) []string {
	switch e.Kind {
	case Fixed:
		if e.act() {
			return []string{what, "What was done stays done. pipewarden bounded what can come of it" + delay(n, e) + "." + readBack(n)}
		}
		return []string{"pipewarden put this right" + delay(n, e) + "." + readBack(n), "It was: " + stopped(title(e))}
	case Failed, Stands:
		return []string{what, inVain[e.Kind]}
	case Refused:
		return []string{what, refusal(n, e)}
	case Undone:
		had := "pipewarden had put it right, and that has been undone."
		if e.act() {
			had = "pipewarden had bounded what can come of it, and that has been undone."
		}
		return []string{what, had + readBack(n)}
	case Rejected:
		said := "What pipewarden would have done was rejected."
		if n.Deed != nil && n.Deed.Error != "" {
			said = "What pipewarden would have done was rejected: " + stopped(n.Deed.Error)
		}
		return []string{what, said}
	case Restored:
		return []string{what + readBack(n)}
	}
	return []string{what}
}

// delay is how long the wrong state lasted, where both ends are known.
func delay(n tidied, e Entry) string {
	if n.Deed == nil || n.Deed.At.IsZero() || e.Event == nil || e.Event.Time.IsZero() || n.Deed.At.Before(e.Event.Time) {
		return ""
	}
	return ", " + Span(n.Deed.At.Sub(e.Event.Time)) + " after the change"
}

func readBack(n tidied) string {
	if n.Deed == nil || n.Deed.Verified == "" {
		return ""
	}
	if wordy.MatchString(n.Deed.Verified) {
		return " " + stopped(n.Deed.Verified)
	}
	return " Read back: " + stopped(n.Deed.Verified)
}

// wordy is a text that begins as a sentence does; PRIVATE or 3 of 4 do not.
var wordy = regexp.MustCompile(`^[A-Z][a-z]* `)

func refusal(n tidied, e Entry) string {
	why := e.Reason
	if n.Deed != nil {
		why = first(why, n.Deed.Error)
	}
	if why == "" {
		return "pipewarden did not put it right."
	}
	return "pipewarden did not put it right. " + sentence(why)
}

// facts are when, who, where and MFA, and what the check saw.
func facts(n tidied, e Entry, now time.Time) []finding.Fact {
	all := deedFact(n, e, now)
	if e.Kind != Restored { // which a person asked for, and nothing else led to
		all = append(all, when(e, now)...)
	}
	all = append(all, finding.Fact{Label: "Where", Value: account(n) + ", " + region(n.Resource)})
	if e.MFA != nil {
		all = append(all, finding.Fact{Label: "MFA", Value: mfa(e.MFA)})
	}
	if e.Basis == finding.Event && e.Once == "" && !e.Kind.over() {
		all = append(all, finding.Fact{Label: "Basis", Value: "the event alone; the resource itself was not read"})
	}
	if len(n.items) > 1 || e.Kind.over() && !e.act() { // what the check saw is no longer so
		return all
	}
	for _, f := range e.Facts {
		if !isChange(f) {
			all = append(all, f)
		}
	}
	return all
}

// isChange is the fact that stands next to the time of the change: "PRIVATE -> PUBLIC_READ".
func isChange(f finding.Fact) bool { return strings.EqualFold(f.Label, "changed") }

func when(e Entry, now time.Time) []finding.Fact {
	label, by := "Changed", "not told by the event"
	switch {
	case e.Event == nil:
		return sweepFacts(e, now)
	case e.Kind == Resolved:
		label = "Resolved"
	case e.Actor == nil || e.Kind == Unread:
		label = "Seen"
	}
	change := e.Event.Name
	if i := slices.IndexFunc(e.Facts, isChange); i >= 0 && e.Kind != Resolved {
		change = e.Facts[i].Value
	}
	value := moment(e.Event.Time, now)
	if change != "" {
		value += ": " + change
	}
	if e.Actor != nil {
		by = who(e.Actor)
	}
	return []finding.Fact{{Label: label, Value: value}, {Label: "By", Value: by}}
}

func sweepFacts(e Entry, now time.Time) []finding.Fact {
	if e.Kind == Unread {
		return []finding.Fact{{Label: "Seen", Value: stamp(now) + ", in a sweep"}}
	}
	by := "not known; no event told of the change"
	if e.Actor != nil {
		by = who(e.Actor)
	}
	return []finding.Fact{
		{Label: "Seen", Value: stamp(now) + ", in a sweep; when it changed is not known"},
		{Label: "By", Value: by},
	}
}

// aligned writes facts as a table of two columns.
func aligned(facts []finding.Fact) []string {
	width := len("Resolved")
	for _, f := range facts {
		width = max(width, utf8.RuneCountInString(label(f)))
	}
	lines := make([]string, 0, len(facts))
	for _, f := range facts {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s%-*s  %s", indent, width, label(f), f.Value), " "))
	}
	return lines
}

// label is meant to be a word or two; of a longer one the beginning has to do.
func label(f finding.Fact) string {
	if runes := []rune(f.Label); len(runes) > 20 {
		return string(runes[:19]) + "\u2026"
	}
	return f.Label
}
