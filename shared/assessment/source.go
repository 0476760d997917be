package assessment

import (
	"context"
	"iter"
	"time"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Source is where an assessment takes what it says from. What a source does not have is nil.
type Source struct {
	Scope     Scope
	Settings  []settings.Exemption // those of the settings file
	Standing  func(context.Context) (ledger.Standing, error)
	Findings  func(context.Context) iter.Seq2[ledger.Entry, error]
	Actions   func(ctx context.Context, since time.Time) iter.Seq2[ledger.Action, error]
	Tallies   func(ctx context.Context, from, to time.Time) iter.Seq2[ledger.Tally, error]
	Accounts  func(context.Context) ([]coverage.Account, error)
	Inventory func(context.Context) iter.Seq2[ledger.User, error]
	Kept      func(context.Context) iter.Seq2[ledger.Kept, error]
}

// OfLedger is what a deployment found. The survey reads how well it watches; its Ledger is the one that everything else comes from too.
func OfLedger(s coverage.Survey, set *settings.Settings) Source {
	l := s.Ledger
	return Source{
		Scope:    Scope{Basis: "ledger", History: true},
		Settings: set.Exemptions,
		Standing: l.Standing,
		Findings: func(ctx context.Context) iter.Seq2[ledger.Entry, error] { return l.Findings(ctx, "") },
		Actions:  l.Actions, Tallies: l.Tallies, Accounts: s.Read, Inventory: l.Inventory, Kept: l.Kept,
	}
}

// Scan is one look at an account and region.
type Scan struct {
	Account, Region string
	At              time.Time
	Findings        []finding.Finding // every judgement, those that passed too
	Users           []ledger.User     // what was seen to lean on what
}

// scanNote says what one look cannot tell.
const scanNote = "This is one look, without anything deployed. What was before is not known: there is no trend, and it is not known since when something is so, " +
	"who made it so, or how long putting it right took. What people do is not judged, and there is no evidence that pipewarden verify could check."

// OfScan is what a scan found. It has no history.
func OfScan(s Scan, set *settings.Settings) Source {
	return Source{
		Scope:    Scope{Basis: "scan", Note: scanNote, Account: s.Account, Region: s.Region, Accounts: 1},
		Settings: set.Exemptions,
		Findings: s.entries,
		Tallies:  s.tallies,
		Inventory: func(context.Context) iter.Seq2[ledger.User, error] {
			return func(yield func(ledger.User, error) bool) {
				for _, u := range s.Users {
					if !yield(u, nil) {
						return
					}
				}
			}
		},
	}
}

func (s Scan) entries(context.Context) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, f := range s.Findings {
			if f.Outcome != finding.Fail && f.Outcome != finding.Unknown {
				continue
			}
			if !yield(ledger.Entry{Finding: f, Open: true, Transition: ledger.New}, nil) {
				return
			}
		}
	}
}

func (s Scan) tallies(context.Context, time.Time, time.Time) iter.Seq2[ledger.Tally, error] {
	t := ledger.Tally{Day: s.At.UTC().Format(time.DateOnly), Account: s.Account, Region: s.Region, Checks: map[string]ledger.Count{}}
	for _, f := range s.Findings {
		count := t.Checks[f.Check]
		count.Add(f)
		t.Checks[f.Check] = count
	}
	return func(yield func(ledger.Tally, error) bool) { yield(t, nil) }
}
