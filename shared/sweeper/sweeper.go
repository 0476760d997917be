// Package sweeper has everything looked at again: events may be lost, and time changes verdicts too.
package sweeper

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
)

// Sweeper finds out which accounts there are, and has the auditor begin with each of them: it lists what they hold, step by step.
type Sweeper struct {
	Ledger  *ledger.Ledger
	Looks   queue.Sender // the auditor's queue
	Account string       // in which it was deployed
	Name    string       // as people call that; where there is an organisation, that knows it
	Regions []string     // that are watched, the one in which it was deployed first
	Log     *slog.Logger
	Now     func() time.Time

	// Walk lists the accounts of the organisation; nil: there is none, and the sweeper's own account is all.
	Walk   func(context.Context) iter.Seq2[organization.Account, error]
	Units  []string // of whose accounts, besides the management account and its own, it watches all that are active
	Global string   // the region in which members have rules for the services that have none; "": nowhere
	// Above lists the organisational units that an account lies in, where there is no Walk; nil: no setting asks for them.
	Above func(ctx context.Context, account string) ([]string, error)
}

// Sweep brings the register of accounts up to date, and begins a sweep of those that are watched. That the organisation could not be listed is
// an error, and no reason to look at nothing: what is registered already is swept.
func (s *Sweeper) Sweep(ctx context.Context) (ledger.Sweep, error) {
	members, unlisted, err := s.register(ctx)
	if err != nil {
		return ledger.Sweep{}, err
	}
	now := s.Now().UTC().Truncate(time.Second)
	began := ledger.Sweep{ID: ledger.SweepID(now), Started: now}
	var legs []ledger.Leg
	for _, m := range members {
		if m.Watched {
			began.Accounts++
			legs = append(legs, s.legs(m)...)
		}
	}
	began.Legs = len(legs)
	if err := s.Ledger.BeginSweep(ctx, began, legs); err != nil {
		return began, errors.Join(unlisted, err)
	}
	unsent := s.send(ctx, began, legs)
	s.Log.Info("sweep began", "sweep", began.ID, "accounts", began.Accounts, "legs", began.Legs, "complete", unlisted == nil && unsent == nil)
	return began, errors.Join(unlisted, unsent)
}

// legs are the regions of an account, in the order in which they are walked. Where rules bring only what happens in services without a region,
// only those rules are looked at.
func (s *Sweeper) legs(m ledger.Member) []ledger.Leg {
	legs := make([]ledger.Leg, 0, len(m.Regions)+1)
	for i, region := range m.Regions {
		legs = append(legs, ledger.Leg{Account: m.Account, Region: region, Order: i})
	}
	if s.Walk != nil && s.Global != "" && !slices.Contains(m.Regions, s.Global) {
		legs = append(legs, ledger.Leg{Account: m.Account, Region: s.Global, Order: len(legs), Only: []string{heartbeat.Kind}})
	}
	return legs
}

// Accounts begin one after another: one in a second, or more where there are more than seconds for which SQS lets a message wait
// (Amazon SQS Developer Guide, "Amazon SQS message quotas").
const longest = 15 * 60 // seconds

// send has the auditor take the first step in each account, and do what no event asks for.
func (s *Sweeper) send(ctx context.Context, began ledger.Sweep, legs []ledger.Leg) error {
	first := slices.DeleteFunc(slices.Clone(legs), func(l ledger.Leg) bool { return l.Order > 0 })
	spread, steps := min(len(first), longest), map[int][]queue.Step{}
	for i, leg := range first {
		second := spread * i / len(first)
		steps[second] = append(steps[second], queue.Step{
			Sweep: began.ID, Account: leg.Account, Region: leg.Region, Number: 1, Due: s.Now().UTC().Add(time.Duration(second) * time.Second),
		})
	}
	var all []error
	for second := range spread {
		all = append(all, queue.SendJSON(ctx, s.Looks, time.Duration(second)*time.Second, steps[second]...))
	}
	return errors.Join(append(all, queue.SendJSON(ctx, s.Looks, 0, queue.Upkeep{Account: s.Account}))...)
}
