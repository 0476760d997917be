package ledger

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Where tallies lie: a partition for each month.
const tallyPartition = "J#"

// Tally is how often checks came to which verdict when sweeps of one day looked at an account and region. What passes leaves nothing else
// behind in the ledger.
type Tally struct {
	Day     string           `json:"day"` // as 2026-11-30, UTC
	Account string           `json:"account"`
	Region  string           `json:"region,omitempty"` // "": what belongs to no region
	Checks  map[string]Count `json:"checks"`
}

// Count is how many judgements of a check had which outcome. A message that comes twice is counted twice: they are judgements, not resources.
type Count struct {
	Pass     int `json:"pass,omitempty"`
	Fail     int `json:"fail,omitempty"` // those that somebody exempted are not among them
	Exempted int `json:"exempted,omitempty"`
	Unknown  int `json:"unknown,omitempty"`
	Skipped  int `json:"skipped,omitempty"` // the check had nothing to say
}

// Add counts a judgement.
func (c *Count) Add(f finding.Finding) {
	switch {
	case f.Outcome == finding.Fail && f.Exemption != nil:
		c.Exempted++
	case f.Outcome == finding.Fail:
		c.Fail++
	case f.Outcome == finding.Pass:
		c.Pass++
	case f.Outcome == finding.Unknown:
		c.Unknown++
	default:
		c.Skipped++
	}
}

// Plus is both counts together.
func (c Count) Plus(other Count) Count {
	return Count{c.Pass + other.Pass, c.Fail + other.Fail, c.Exempted + other.Exempted, c.Unknown + other.Unknown, c.Skipped + other.Skipped}
}

// AddTally adds to the tally of a day. Each of the functions that count at the same time has an item of its own, by its name, so that none
// waits for another.
func (l *Ledger) AddTally(ctx context.Context, by string, t Tally) error {
	day, err := time.Parse(time.DateOnly, t.Day)
	if err != nil {
		return fmt.Errorf("tally of the day %.20q: %w", t.Day, err)
	}
	at := record[Tally]{
		pk: tallyPartition + t.Day[:len("2026-11")], sk: strings.Join([]string{t.Day, bounded(t.Account), bounded(t.Region), bounded(by)}, "#"), expires: day.Add(actsFor),
	}
	err = amend(ctx, l.store, at, func(old *Tally) (Tally, bool) {
		next := Tally{Day: t.Day, Account: t.Account, Region: t.Region, Checks: map[string]Count{}}
		if old != nil {
			for check, count := range old.Checks {
				next.Checks[check] = count
			}
		}
		for check, count := range t.Checks {
			next.Checks[check] = next.Checks[check].Plus(count)
		}
		return next, len(t.Checks) > 0
	})
	if err != nil {
		return fmt.Errorf("add to the tally of %s, %s: %w", t.Account, t.Region, err)
	}
	return nil
}

// Tallies gives the tallies of the days from one time to another, both days included, by day. Of one day, account and region there may be several.
// An error ends it.
func (l *Ledger) Tallies(ctx context.Context, from, to time.Time) iter.Seq2[Tally, error] {
	first, last := from.UTC().Format(time.DateOnly), to.UTC().Format(time.DateOnly)
	return func(yield func(Tally, error) bool) {
		y, m, _ := from.UTC().Date()
		for month := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC); !month.After(to); month = month.AddDate(0, 1, 0) {
			for item, err := range l.store.Query(ctx, tallyPartition+month.Format("2006-01"), "") {
				var r record[Tally]
				if err == nil {
					r, err = decode[Tally](item)
				}
				if err != nil {
					yield(Tally{}, fmt.Errorf("read the tallies of %s: %w", month.Format("2006-01"), err))
					return
				}
				if day := r.value.Day; day >= first && day <= last && !yield(r.value, nil) {
					return
				}
			}
		}
	}
}
