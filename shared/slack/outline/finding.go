package outline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// one is about one resource: the worst finding whole, and a line of each other.
func (o *Outline) one(doc announce.Document, now time.Time) {
	e := doc.Findings[0]
	o.Lead = lead(o.Title, doc, e)
	o.facts(doc, e, now)
	if !Over(e.Kind) {
		o.why(doc, e)
	}
	if doc.Deed != nil && done(e.Kind) {
		o.deed(*doc.Deed, e)
	}
	if more := doc.Findings[1:]; len(more)+doc.LeftOut > 0 {
		o.more("Also on the "+named(e.Resource), more, doc.LeftOut, false)
	}
	o.Foot = []string{"Finding " + Tidy(e.ID, mostName)}
	if e.Check != "" && e.Kind != announce.Restored {
		o.Foot = append(o.Foot, "Check "+Tidy(e.Check, mostName))
	}
	if arn := e.Resource.ARN(doc.Partition); arn != "" {
		o.Foot = append(o.Foot, Tidy(arn, 2*mostName))
	}
}

var news = map[announce.Kind]string{
	announce.Changed:  "It was known, and what is seen of it has changed.",
	announce.Worse:    "It was known, and it is graver now.",
	announce.Reminder: "You were told of it before, and it is still so.",
	announce.Reopened: "It had been put right, and it is so again.",
	announce.Failed:   "pipewarden tried to put it right, and that did not work.",
	announce.Stands:   "Somebody asked pipewarden to undo what it did about it, and that did not work.",
	announce.Undone:   "pipewarden had put it right, and that has been undone.",
	announce.Rejected: "What pipewarden would have done was rejected.",
	announce.Fixed:    "pipewarden put this right.",
	announce.Resolved: "Resolved, not by pipewarden.",
	announce.Refused:  "pipewarden did not put it right.",
}

// lead is the news. What is wrong is not said twice where the title says it.
func lead(title string, doc announce.Document, e announce.Entry) string {
	what := sentence(Tidy(headline(e), mostText))
	known := strings.Contains(title, strings.TrimSuffix(Tidy(headline(e), mostText), "."))
	said := news[e.Kind]
	deed := announce.Deed{}
	if doc.Deed != nil {
		deed = *doc.Deed
	}
	switch e.Kind {
	case announce.Fixed:
		if e.Once != "" { // what somebody did stays done
			said = "What was done stays done. pipewarden bounded what can come of it."
		}
		return words(said, readBack(deed))
	case announce.Resolved:
		return said
	case announce.Unread:
		return words(sentence("the "+named(e.Resource)+" could not be read"), sentence(Tidy(e.Detail, mostText)), "It is not counted as in order.")
	case announce.Fight:
		said = sentence(Tidy(first(e.Reason, "it was put right again and again, and changed back each time. pipewarden leaves it alone"), mostText))
	case announce.Refused:
		said = words(said, sentence(Tidy(first(e.Reason, deed.Error), mostText)))
	case announce.Rejected:
		said = words(said, sentence(Tidy(deed.Error, mostText)))
	case announce.Undone, announce.Restored:
		said = words(said, readBack(deed))
	}
	if known {
		return said
	}
	return words(what, said)
}

// headline is what is wrong; a finding without a title is known by its check.
func headline(e announce.Entry) string {
	switch {
	case e.Title != "":
		return e.Title
	case e.Check != "":
		return "the check " + e.Check + " fails on the " + named(e.Resource)
	}
	return "something is wrong with the " + named(e.Resource)
}

func readBack(d announce.Deed) string {
	text := Tidy(d.Verified, mostText)
	if text == "" || strings.Contains(text, " ") {
		return sentence(text)
	}
	return "Read back: " + sentence(text)
}

// why is what it means, and what is or would be done about it.
func (o *Outline) why(doc announce.Document, e announce.Entry) {
	if e.Kind == announce.Unread {
		o.part("What to do", append([]Line{say(first(e.Reason,
			"if access is denied: let pipewarden's audit role read it. Otherwise it is read again at the next change or sweep"))}, code(e.ByHand)...)...)
		return
	}
	heading := "Why it matters"
	if e.Why == "" {
		heading = "What was seen"
	}
	o.part(heading, say(e.Why), say(e.Detail))
	path := make([]string, 0, len(e.Path))
	for _, step := range e.Path {
		path = append(path, Tidy(step, mostName))
	}
	o.part("The path", Line{Text: Cut(strings.Join(path, " -> "), mostText)})
	if x := e.Exemption; x != nil {
		o.part("Exempted", say("By "+x.Owner+" until "+x.Until.UTC().Format(time.DateOnly)+": "+first(x.Reason, "no reason is given")))
		return
	}
	if doc.Deed == nil || !done(e.Kind) {
		o.action(e)
	}
}

// more is a line of each of several findings, and how many others there are.
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
		return text + "  " + Tidy(headline(e), 160)
	}
	text += "  " + Tidy(named(e.Resource), 160)
	aside := []string{Tidy(e.Resource.Region, 40), Tidy(e.ID, 40)}
	if e.Order != "" && !Over(e.Kind) {
		aside = append(aside, "order "+Tidy(e.Order, 40))
	}
	return text + " (" + strings.Join(slices.DeleteFunc(aside, func(s string) bool { return s == "" }), ", ") + ")"
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// fact adds a fact, unless it says nothing.
func (o *Outline) fact(label, value string) {
	if label, value = Tidy(label, 40), Tidy(value, mostFact); label != "" && value != "" && len(o.Facts) < mostFacts {
		o.Facts = append(o.Facts, finding.Fact{Label: label, Value: value})
	}
}

// mostFacts is how many fields Slack shows in one section (Slack API, "Block Kit: section block").
const mostFacts = 10
