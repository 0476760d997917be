package assessment

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// tallied is a check, and what is counted of it on the way.
type tallied struct {
	Check
	days   [MostDays + 1]bool
	others []string // evidence of what is not open
	why    string   // why something could not be read
	refs   int
}

func (b *builder) check(id string) *tallied {
	c, known := b.checks[id]
	if !known { // of another version, or switched off since
		c = &tallied{Check: Check{ID: id, Title: id}}
		b.checks[id] = c
	}
	return c
}

func (b *builder) findings(ctx context.Context) error {
	list := &b.all.Findings
	for e, err := range b.src.Findings(ctx) {
		if err != nil {
			return err
		}
		if b.Step != nil {
			b.Step()
		}
		if !b.wants(e.Finding.Resource.Account) {
			continue
		}
		row, counts := b.see(e)
		if !counts {
			continue
		}
		list.Total++
		if b.Sink != nil {
			if err := b.Sink.Finding(row); err != nil {
				return err
			}
		}
		if list.Rows = append(list.Rows, row); len(list.Rows) >= 2*mostFindings {
			list.Rows = worst(list.Rows)
		}
	}
	list.Rows = worst(list.Rows)
	list.Omitted = list.Total - len(list.Rows)
	return nil
}

// worst are as many findings as are kept, in their order.
func worst(rows []Finding) []Finding {
	slices.SortFunc(rows, func(a, b Finding) int {
		return cmp.Or(order(a.State)-order(b.State), cmp.Compare(b.Severity, a.Severity), b.Since.Compare(a.Since), cmp.Compare(a.Key, b.Key))
	})
	n := min(len(rows), mostFindings)
	clear(rows[n:]) // what is not kept is not held either
	return rows[:n]
}

func order(s State) int { return slices.Index([]State{Open, Act, Unread, Exempt, Resolved}, s) }

// see counts a finding, and says whether it belongs to the period.
func (b *builder) see(e ledger.Entry) (Finding, bool) {
	if !b.src.Scope.History {
		return b.now(e), true
	}
	period := b.all.Period
	all := until(spans(e), b.past)
	if len(all) == 0 {
		if e.First.Before(b.past) {
			b.all.Findings.Cut++ // all that is kept of it came later
		}
		return Finding{}, false
	}
	b.silence(e, all)
	last := all[len(all)-1]
	if last.settled(e.Finding) && last.step.At.Before(period.From) {
		return Finding{}, false
	}
	if all[0].step.Revision > 1 && all[0].step.At.After(period.From) {
		b.all.Findings.Cut++
	}
	row := b.row(e, last)
	for _, s := range all {
		row.Steps = append(row.Steps, s.step)
	}
	row.Before = max(0, row.Steps[0].Revision-1)
	b.count(e, all, &row)
	return row, true
}

// settled says that nothing more is to come: it was put right, or it is an act.
func (s span) settled(f finding.Finding) bool {
	return s.state == Resolved || f.Once != "" && s.state != Unread
}

// now is a finding of which nothing is known but how it is.
func (b *builder) now(e ledger.Entry) Finding {
	s := spans(e)[0]
	row := b.row(e, s)
	row.Evidence, row.Steps = "", []ledger.Step{}
	b.stands(e, row)
	return row
}

func (b *builder) row(e ledger.Entry, last span) Finding {
	f := e.Finding
	row := Finding{
		ID: f.ID(), Key: f.Key(), State: last.state, Severity: last.step.Severity, Check: f.Check, Title: last.step.Title, Detail: f.Detail, Resource: f.Resource,
		First: e.First, Since: last.step.At, Remedy: f.Remedy,
	}
	row.Evidence = row.ID + "." + strconv.Itoa(last.step.Revision)
	if last.step.Exempted {
		row.Exemption = f.Exemption
	}
	if last.step.Title != f.Title {
		row.Detail = "" // of another revision
	}
	if f.Event != nil {
		row.Event, row.EventTime = f.Event.Name, f.Event.Time
	}
	if f.Actor != nil {
		row.Actor = finding.Called(f.Actor.ARN)
		if f.Actor.ARN == "" {
			row.Actor = f.Actor.Name
		}
	}
	return row
}

// count takes a finding into what is counted over the period.
func (b *builder) count(e ledger.Entry, all []span, row *Finding) {
	for i, s := range all {
		b.open(s)
		if !b.holds(s.step.At) {
			continue
		}
		b.changed(e, all, i, row)
	}
	b.detected(e, all, row)
	b.stands(e, *row)
}

// changed counts one transition of the period.
func (b *builder) changed(e ledger.Entry, all []span, i int, row *Finding) {
	s, sum := all[i], &b.all.Summary.Changed
	d := &b.days[min(b.dayOf(s.step.At), len(b.days)-1)]
	switch {
	case s.state == Act:
		d.Acts++
	case s.state == Unread, s.state == Exempt, e.Finding.Once != "":
	case s.state == Resolved:
		from, known := began(all, i)
		if i > 0 && all[i-1].state == Unread {
			return // nothing was known to be wrong
		}
		sum.Resolved++
		d.Resolved++
		b.fixed(e, from, known, s, row)
	case s.step.Transition == ledger.New:
		sum.New++
		d.New++
	case s.step.Transition == ledger.Reopened:
		sum.Reopened++
		d.New++
	case worse(all, i):
		sum.Worse++
	}
}

// fixed counts who put something right, and how long that took.
func (b *builder) fixed(e ledger.Entry, from span, known bool, to span, row *Finding) {
	by := b.fixer(e, from.step.At, to.step)
	b.fixers[by]++
	stays := row.State == Resolved
	if stays {
		row.FixedBy = by.String()
	}
	if known {
		took := int64(to.step.At.Sub(from.step.At) / time.Second)
		if b.fix = append(b.fix, took); stays {
			row.Fix = &took
		}
	}
}

// readBack is how long pipewarden takes at most to read back what it changed. Only then the action is written down as applied, and by then the
// change may have been heard of, and judged.
const readBack = time.Minute

// fixer is who put something right between two moments: an action of pipewarden, or whoever made the change after which it passed.
func (b *builder) fixer(e ledger.Entry, from time.Time, passed ledger.Step) Fixer {
	for _, a := range b.applied[e.Finding.Key()] {
		if a.Applied.Before(from) || a.Applied.After(passed.At.Add(readBack)) {
			continue
		}
		if who := finding.Called(a.By); who != "" && who != FixedBySelf {
			return Fixer{Kind: FixedByApproval, Name: who}
		}
		return Fixer{Kind: FixedBySelf}
	}
	switch {
	case remediator.MatchString(passed.By): // by an action about something else that was wrong there
		return Fixer{Kind: FixedBySelf}
	case passed.By != "":
		return Fixer{Kind: FixedByPerson, Name: finding.Called(passed.By)}
	}
	return Fixer{Kind: FixedByState}
}

// remediator is the ARN of a session in which pipewarden puts things right, in its own account or in a member: Lambda names it after the function.
// Whoever gives theirs that name gets no credit in a report, and that is all (auditor-acted-unrecorded tells of them).
var remediator = regexp.MustCompile(`:assumed-role/[^/]+/pipewarden-remediator$`)

// String is the fixer in words.
func (f Fixer) String() string {
	switch f.Kind {
	case FixedBySelf:
		return "pipewarden"
	case FixedByApproval:
		return "pipewarden, approved by " + f.Name
	case FixedByPerson:
		return f.Name
	}
	return "nobody who is known: a later reading passed"
}

// detected measures from an event to the finding, where the finding of that event is the one that is known.
func (b *builder) detected(e ledger.Entry, all []span, row *Finding) {
	i := len(all) - 1
	for i > 0 && all[i].state == Resolved {
		i--
	}
	s, f := all[i], e.Finding
	if f.Event == nil || s.state == Unread || s.step.Title != f.Title || s.step.Event != f.Event.Name || !b.holds(s.step.At) {
		return
	}
	if took := int64(s.step.At.Sub(f.Event.Time) / time.Second); took >= 0 {
		b.detect, row.Detect = append(b.detect, took), &took
	}
}

// stands counts a finding as it stood at the end.
func (b *builder) stands(e ledger.Entry, row Finding) {
	c, sum := b.check(row.Check), &b.all.Summary
	switch row.State {
	case Open:
		*sum.Open.at(row.Severity)++
		c.Open++
	case Act:
		*sum.Acts.at(row.Severity)++
		c.Acts++
	case Exempt:
		sum.Exempt++
		c.Exempt++
		if row.Exemption != nil {
			b.covers[row.Exemption.Key]++
		}
	case Unread:
		sum.Unread++
		c.Unread++
		if c.why == "" {
			c.why = strings.TrimSpace(e.Finding.Detail)
		}
	}
	if row.State == Open || row.State == Act {
		c.Worst = max(c.Worst, row.Severity)
	}
	c.refer(row)
}

// refer keeps evidence of a finding: as much as is named, what is open first.
func (c *tallied) refer(row Finding) {
	if row.Evidence == "" {
		return
	}
	list := &c.others
	if row.State == Open || row.State == Act {
		list = &c.Evidence
	}
	if c.refs++; len(*list) < mostEvidence {
		*list = append(*list, row.Evidence)
	}
}
