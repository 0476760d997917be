package announce

import (
	"fmt"
	"slices"
	"strings"
)

// inOne words news about several resources as one message. What is too long for a message is cut, and the message says so.
func inOne(b bundle, from Sender) (Message, error) {
	items := b.items()
	slices.SortStableFunc(items, worseFirst)
	for l := generous; ; l = l.tighter() {
		m, err := l.inOne(b, items, from)
		if err != nil {
			return Message{}, err
		}
		wrapped, err := payload(m)
		if err != nil || len(wrapped) <= maxPayload || l.least() {
			return m, err
		}
	}
}

func (l limits) inOne(b bundle, items []Item, from Sender) (Message, error) {
	total := len(items)
	shown := items[:min(total, 2*l.items)] // a line of each is shorter than what one message says of one finding
	entries := make([]Entry, 0, len(shown))
	for _, it := range shown {
		entries = append(entries, l.item(it))
	}
	worst := entries[0]
	s := statement{
		kind: worst.Kind, severity: worst.Severity, status: status(worst), title: b.title(worst, total), check: b.check,
		entries: brief(entries), leftOut: total - len(entries),
	}
	s.sections = []Section{{Lines: []string{stopped(b.title(worst, total)) + b.because()}}, {Lines: table(entries, total-len(entries), b.check)}}
	if b.check != "" {
		s.sections = append(s.sections, b.advice(worst)...)
	}
	s.sections = append(s.sections, Section{Lines: b.further(worst)})
	return s.message(from)
}

// title is "12 findings of bucket-unversioned", and how they stand.
func (b *bundle) title(worst Entry, total int) string {
	what := counted(total, "finding")
	if b.check != "" {
		what += " of " + clean(b.check, generous.name)
	}
	switch {
	case b.check == "":
		return what + ", told together"
	case worst.Kind.over():
		return what + " were resolved"
	case worst.Kind == Reminder:
		return what + " are still open"
	}
	return what
}

var reasons = map[string]string{
	ForSweep: "a sweep found this", ForMute: "they were muted", ForMorning: "they came in quiet hours",
	ForRoom: "there was no room for a message of each within an hour (notify.perHour)", ForReminder: "you were told of them before",
}

// because says why they come together.
func (b *bundle) because() string {
	var whys []string
	for _, n := range b.news {
		if why := reasons[n.why]; why != "" && !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
	}
	if len(whys) == 0 {
		return ""
	}
	return " " + sentence(strings.Join(whys, "; "))
}

// table is a line for each finding.
func table(entries []Entry, more int, check string) []string {
	width := 0
	for _, e := range entries {
		width = max(width, len(status(e)))
	}
	var lines []string
	for _, e := range entries {
		what := lead(e) + title(e)
		if e.Kind == Unread {
			what = "the " + Named(e.Resource) + " could not be read"
		}
		line := fmt.Sprintf("%s%-*s  %s  (%s, %s", indent, width, status(e), what, region(e.Resource), e.ID)
		if e.Order != "" && !e.Kind.over() {
			line += ", order " + e.Order
		}
		lines = append(lines, line+")")
	}
	if more > 0 {
		all := "pipewarden findings"
		if command(check) != "" && check != "" {
			all += " --check " + check
		}
		lines = append(lines, indent+fmt.Sprintf("and %d more: %s", more, all))
	}
	return lines
}

// advice is what holds for all findings of a check: why it matters, and what would be done about the worst of them.
func (b *bundle) advice(worst Entry) []Section {
	if worst.Kind.over() || worst.Kind == Unread {
		return nil
	}
	sections := []Section{{Heading: "Why it matters", Lines: []string{indent + sentence(worst.Why)}}}
	if worst.Order != "" && worst.Would != "" {
		sections = append(sections, Section{
			Heading: "What pipewarden would do about each (mode: " + string(worst.Mode) + ")",
			Lines:   []string{indent + sentence(worst.Would), run + "pipewarden approve ORDER"},
		})
	}
	return sections
}

// further is where to read on.
func (b *bundle) further(worst Entry) []string {
	lines := []string{"Details of one: pipewarden finding " + worst.ID}
	if b.check != "" && command(b.check) != "" {
		lines = append(lines, "Explain: pipewarden checks "+b.check)
	}
	return lines
}

// brief leaves out of findings what a message about several has no room for.
func brief(entries []Entry) []Entry {
	out := slices.Clone(entries)
	for i := range out {
		e := &out[i]
		e.Detail, e.Why, e.Would, e.Reason = cut(e.Detail, 300), cut(e.Why, 300), cut(e.Would, 300), cut(e.Reason, 300)
		e.ByHand, e.Facts, e.Path, e.Template = "", nil, nil, nil
	}
	return out
}
