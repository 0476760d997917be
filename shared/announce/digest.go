package announce

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Overview is how everything stands, and what became of it since the last digest.
type Overview struct {
	Since time.Time
	Open  []Standing
	Ended []Ended
	Waits []Decision
	Ends  []settings.Exemption // those that end soon
	Ails  []string             // what is the matter with pipewarden itself, as sentences
	Swept time.Time            // when everything was looked at last; zero: not known
	Heard time.Time            // when pipewarden last heard of a change of its own; zero: not known
	Names map[string]string    // of the accounts that the findings are of, where they have any
}

// Standing is a finding that is open.
type Standing struct {
	Finding finding.Finding
	First   time.Time
}

// Ended is a finding that was resolved.
type Ended struct {
	Finding finding.Finding
	By      string // a person, a role, or Self; "": not known
	At      time.Time
}

// Decision is what waits for somebody to decide.
type Decision struct {
	Order, Summary string
	Until          time.Time // zero: without end
}

// age is a column of the table of what is open.
type age struct {
	heading string
	below   time.Duration
}

var ages = []age{{"today", 24 * time.Hour}, {"this week", 7 * 24 * time.Hour}, {"this month", 30 * 24 * time.Hour}, {"older", 1 << 62}}

// most are the lines of a list in a digest.
const most = 10

// DigestOf words an overview; worth is false when there is nothing to say, and the message says that.
func DigestOf(o Overview, from Sender, now time.Time) (m Message, worth bool, err error) {
	s := statement{kind: Digest, status: "DIGEST"}
	worth = len(o.Open)+len(o.Ended)+len(o.Waits)+len(o.Ends)+len(o.Ails) > 0
	if !worth {
		s.title = "nothing is open, nothing waits"
		s.sections = []Section{{Lines: []string{"Nothing is open, nothing was put right, nothing waits for an answer. pipewarden is well. " + o.pulse(now)}}}
		m, err = s.message(from)
		return m, false, err
	}
	for _, f := range o.Open {
		s.severity = max(s.severity, f.Finding.Severity)
	}
	s.title = o.title()
	s.sections = []Section{
		{Lines: []string{sentence(o.title())}},
		{Heading: "pipewarden itself", Lines: o.health(now)},
		{Heading: "Open, by how long", Lines: o.table(now), Aligned: true},
		{Heading: "The worst and oldest", Lines: o.worst(from, now)},
		{Heading: "Put right since " + stamp(o.Since), Lines: o.ended(from)},
		{Heading: "Waits for an answer", Lines: o.waits()},
		{Heading: "Exemptions that end soon", Lines: o.ending(now)},
		{Lines: []string{"All of it: pipewarden findings"}},
	}
	s.sections = slices.DeleteFunc(s.sections, func(one Section) bool { return len(one.Lines) == 0 })
	m, err = s.message(from)
	return m, true, err
}

func (o Overview) title() string {
	parts := []string{counted(len(o.Open), "finding") + " open"}
	for _, severity := range []finding.Severity{finding.Critical, finding.High} {
		n := 0
		for _, f := range o.Open {
			if f.Finding.Severity == severity {
				n++
			}
		}
		if n > 0 {
			parts[0] += fmt.Sprintf(", %d %s", n, severity)
		}
	}
	if len(o.Ended) > 0 {
		parts = append(parts, fmt.Sprintf("%d put right", len(o.Ended)))
	}
	if len(o.Waits) > 0 {
		parts = append(parts, fmt.Sprintf("%d to decide", len(o.Waits)))
	}
	if len(o.Ails) > 0 {
		parts = append(parts, "pipewarden is not well")
	}
	return strings.Join(parts, "; ")
}

func (o Overview) pulse(now time.Time) string {
	swept, heard := "It has not looked at everything yet", "it has not heard of a change of its own yet"
	if !o.Swept.IsZero() {
		swept = "It last looked at everything " + ago(o.Swept, now)
	}
	if !o.Heard.IsZero() {
		heard = "it last heard of a change of its own " + ago(o.Heard, now)
	}
	return swept + ", and " + heard + "."
}

func (o Overview) health(now time.Time) []string {
	lines := make([]string, 0, len(o.Ails)+1)
	for _, one := range o.Ails {
		lines = append(lines, indent+sentence(clean(one, generous.text)))
	}
	return append(lines, indent+o.pulse(now))
}

// table counts what is open by severity and age.
func (o Overview) table(now time.Time) []string {
	if len(o.Open) == 0 {
		return nil
	}
	head := fmt.Sprintf("%s%-9s", indent, "")
	for _, age := range ages {
		head += fmt.Sprintf("  %10s", age.heading)
	}
	lines := []string{head}
	for _, severity := range slices.Backward(finding.Severities()) {
		counts, total := make([]int, len(ages)), 0
		for _, f := range o.Open {
			if f.Finding.Severity == severity {
				old := now.Sub(f.First)
				counts[slices.IndexFunc(ages, func(a age) bool { return old < a.below })]++
				total++
			}
		}
		if total == 0 {
			continue
		}
		line := fmt.Sprintf("%s%-9s", indent, strings.ToUpper(severity.String()))
		for _, n := range counts {
			line += fmt.Sprintf("  %10d", n)
		}
		lines = append(lines, line)
	}
	return lines
}

func (o Overview) worst(from Sender, now time.Time) []string {
	all := slices.SortedStableFunc(slices.Values(o.Open), func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Finding.Severity, a.Finding.Severity), a.First.Compare(b.First))
	})
	return listed(all, func(f Standing) string {
		e := generous.item(Item{Finding: f.Finding})
		return fmt.Sprintf("%-8s  %s  (%s, %s, for %s)", strings.ToUpper(e.Severity.String()), title(e), o.where(e.Resource, from), e.ID, Span(now.Sub(f.First)))
	})
}

func (o Overview) ended(from Sender) []string {
	all := slices.SortedStableFunc(slices.Values(o.Ended), func(a, b Ended) int { return b.At.Compare(a.At) })
	return listed(all, func(f Ended) string {
		e := generous.item(Item{Finding: f.Finding})
		return fmt.Sprintf("was: %s  (%s, by %s)", title(e), o.abroad(e.Resource, from)+e.ID, first(clean(f.By, generous.name), "somebody who is not known"))
	})
}

// where is the region of a resource, after its account where that is another than the deployment's.
func (o Overview) where(r finding.Resource, from Sender) string { return o.abroad(r, from) + region(r) }

// abroad names the account of a resource where that is another than the deployment's, and what comes next is set off from it.
func (o Overview) abroad(r finding.Resource, from Sender) string {
	if r.Account == "" || r.Account == from.Account {
		return ""
	}
	return first(clean(o.Names[r.Account], generous.name), clean(r.Account, generous.name)) + ", "
}

func (o Overview) waits() []string {
	return listed(o.Waits, func(d Decision) string {
		line := strings.TrimSuffix(clean(d.Summary, generous.name), ".")
		if !d.Until.IsZero() {
			line += ", until " + stamp(d.Until)
		}
		if id := command(d.Order); id != "" {
			line += ": pipewarden approve " + id
		}
		return line
	})
}

func (o Overview) ending(now time.Time) []string {
	return listed(o.Ends, func(e settings.Exemption) string {
		return fmt.Sprintf("%s on %s, of %s: until the end of %s, %s", clean(e.Check, generous.name), clean(e.Resource, generous.name), clean(e.Owner, generous.name),
			e.Until.UTC().Format(time.DateOnly), within(e.Until.AddDate(0, 0, 1).Sub(now)))
	})
}

// listed writes a line for each, and how many there are more.
func listed[T any](all []T, line func(T) string) []string {
	var lines []string
	for i, one := range all {
		if i == most {
			return append(lines, indent+fmt.Sprintf("and %d more", len(all)-i))
		}
		lines = append(lines, indent+line(one))
	}
	return lines
}
