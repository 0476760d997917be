package assessment

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// How many of a list are kept. The rest is counted, and goes to the sink.
const (
	mostFindings = 2000
	mostActions  = 2000
	mostAccounts = 500
	mostEvidence = 50
	mostDecide   = 50
	mostFixers   = 10
)

const day = 24 * time.Hour

// MostDays is how long a period may be: what was done is forgotten after 400 days.
const MostDays = 400

// Sink takes what an assessment goes through, all of it, one after another. An error of the sink ends the assessment.
type Sink interface {
	Finding(Finding) error
	Action(Action) error
}

// Options say what is assessed.
type Options struct {
	Frameworks []framework.Framework
	Checks     []*check.Check
	From, To   time.Time // the first day and the last, both included, in UTC
	Now        time.Time
	Account    string // the only one; "": all
	Sink       Sink   // nil: what is not kept is counted only
	Step       func() // told of each finding; nil: nobody is
}

// builder is an assessment that is being made.
type builder struct {
	Options
	src      Source
	all      *Assessment
	past     time.Time // the first moment that does not count any more
	standing ledger.Standing
	checks   map[string]*tallied // by ID
	days     []Day
	opened   []Severities                   // what is open on a day and was not on the day before; what was, and is no more, is taken off
	closed   []Severities                   //
	seen     map[string]*[MostDays + 1]bool // the days on which an account was judged
	applied  map[string][]Action            // by the key of the finding
	covers   map[string]int                 // findings, by the key of the exemption
	detect   []int64
	fix      []int64
	fixers   map[Fixer]int
	silent   []Gap
	heard    feed
}

// Build assesses a period. It goes through everything once, and keeps of long lists what is worst and newest.
func Build(ctx context.Context, src Source, o Options) (*Assessment, error) {
	b := &builder{
		Options: o, src: src, checks: map[string]*tallied{}, seen: map[string]*[MostDays + 1]bool{},
		applied: map[string][]Action{}, covers: map[string]int{}, fixers: map[Fixer]int{},
	}
	if err := b.begin(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name string
		read func(context.Context) error
	}{
		{"what people decided", b.decisions},
		{"the accounts", b.accounts},
		{"the judgements of sweeps", b.tallies},
		{"the actions", b.actions},
		{"the findings", b.findings},
		{"the inventory", b.inventory},
		{"messages that were put aside", b.kept},
	} {
		if err := part.read(ctx); err != nil {
			return nil, fmt.Errorf("assess %s: %w", part.name, err)
		}
	}
	b.end()
	return b.all, nil
}

func (b *builder) begin() error {
	from, to := b.From.UTC().Truncate(day), b.To.UTC().Truncate(day)
	days := int(to.Sub(from)/day) + 1
	switch {
	case to.Before(from):
		return fmt.Errorf("assess from %s to %s: it ends before it begins", from.Format(time.DateOnly), to.Format(time.DateOnly))
	case days > MostDays:
		return fmt.Errorf("assess %d days: %d are the most", days, MostDays)
	case from.After(b.Now):
		return fmt.Errorf("assess from %s on: that is yet to come", from.Format(time.DateOnly))
	}
	end := to.Add(day)
	if b.past = end; end.After(b.Now) {
		end = b.Now.UTC()
		b.past = end.Add(1) // what happens at this very moment counts
		days = int(end.Add(-1).Sub(from)/day) + 1
	}
	scope := b.src.Scope
	if b.Account != "" {
		scope.Account = b.Account
	}
	if scope.Names == nil {
		scope.Names = map[string]string{}
	}
	b.all = &Assessment{Schema: Schema, Made: b.Now.UTC(), Period: Period{from, end, days}, Scope: scope}
	b.days, b.opened, b.closed = make([]Day, days), make([]Severities, days+1), make([]Severities, days+1)
	for i := range b.days {
		b.days[i].Day = from.AddDate(0, 0, i).Format(time.DateOnly)
	}
	for _, c := range b.Checks {
		b.checks[c.ID] = &tallied{Check: Check{ID: c.ID, Title: c.Title(), Severity: c.Severity, Events: c.Reads == nil}}
	}
	return nil
}

// holds says whether a moment lies in the period.
func (b *builder) holds(t time.Time) bool { return !t.Before(b.all.Period.From) && t.Before(b.past) }

// wants says whether an account is asked for.
func (b *builder) wants(account string) bool { return b.Account == "" || account == b.Account }

// dayOf is the place of a time among the days; before the first it is below zero.
func (b *builder) dayOf(t time.Time) int {
	since := t.Sub(b.all.Period.From)
	if since < 0 {
		return -1
	}
	return int(since / day)
}

func (b *builder) decisions(ctx context.Context) (err error) {
	if b.src.Standing != nil {
		b.standing, err = b.src.Standing(ctx)
	}
	return err
}

// end works out what takes everything else.
func (b *builder) end() {
	b.trend()
	b.summary()
	b.exemptions()
	b.standings()
	b.health()
	b.fill()
}

// fill makes empty lists of those that are nil: whoever reads JSON goes through them without asking first.
func (b *builder) fill() {
	a := b.all
	for _, list := range []*[]Gap{&a.Health.Gaps, &a.Health.Silent} {
		*list = filled(*list)
	}
	for _, list := range []*[]Watched{&a.Health.Accounts.Rows, &a.Summary.Decide.Unreachable} {
		*list = filled(*list)
	}
	for _, list := range []*[]Action{&a.Actions.Rows, &a.Summary.Decide.Waiting} {
		*list = filled(*list)
	}
	for _, list := range []*[]Exemption{&a.Exemptions, &a.Summary.Decide.Ending} {
		*list = filled(*list)
	}
	a.Trend, a.Frameworks, a.Checks, a.Findings.Rows = filled(a.Trend), filled(a.Frameworks), filled(a.Checks), filled(a.Findings.Rows)
	a.Summary.FixedBy, a.Health.Unread, a.Inventory.Kinds = filled(a.Summary.FixedBy), filled(a.Health.Unread), filled(a.Inventory.Kinds)
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
