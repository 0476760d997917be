package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"
)

// Where sweeps lie: one partition, so that one query reads how far the newest is. Of each account and region there is one item, which the
// next sweep writes over.
const (
	sweepPartition = "W"
	newestKey      = "N"
	legPrefix      = "L#" // + account + # + region
)

// sweptFor is how long a leg is remembered that no sweep writes over any more: one of an account that is not watched any more.
const sweptFor = 90 * 24 * time.Hour

// Sweep is one look at everything: at all accounts that are watched, in all of their regions.
type Sweep struct {
	ID       string    `json:"id"` // when it began, as SweepID writes it: a later one has the greater ID
	Started  time.Time `json:"started"`
	Accounts int       `json:"accounts"`
	Legs     int       `json:"legs"`
}

// SweepID names the sweep that begins at a time.
func SweepID(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Leg is one account and region, as far as the newest sweep that led there got with it.
type Leg struct {
	Sweep     string     `json:"sweep"` // of which it is
	Account   string     `json:"account"`
	Region    string     `json:"region"`
	Order     int        `json:"order"`               // among the legs of the account, which are walked one after another; 0: the first
	Only      []string   `json:"only,omitempty"`      // the kinds that are listed; none: all
	Steps     int        `json:"steps,omitempty"`     // that were done
	Kind      string     `json:"kind,omitempty"`      // which the next step begins with
	Resources int        `json:"resources,omitempty"` // that the auditor was asked to look at
	Unlisted  []Unlisted `json:"unlisted,omitempty"`
	Why       string     `json:"why,omitempty"`  // why the account, or the region, could not be looked into at all; "": it could
	Moved     time.Time  `json:"moved,omitzero"` // when the last step was done; zero: none yet
	Ended     time.Time  `json:"ended,omitzero"` // zero: not yet
}

// Unlisted is a kind whose resources could not be listed.
type Unlisted struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// Well says whether everything could be listed, as far as the leg got.
func (l Leg) Well() bool { return l.Why == "" && len(l.Unlisted) == 0 }

func (l Leg) key() string { return legKey(l.Account, l.Region) }

func legKey(account, region string) string { return legPrefix + bounded(account+"#"+region) }

// ErrSweepBegan says that a sweep with the same ID began, or a later one.
var ErrSweepBegan = errors.New("another sweep began")

// BeginSweep writes down that a sweep begins, and which legs it has: the ones that it finds there are an earlier sweep's. What is called the
// newest comes first, so that of two sweeps which begin in the same second one is told so, by ErrSweepBegan, before it wrote anything.
func (l *Ledger) BeginSweep(ctx context.Context, s Sweep, legs []Leg) error {
	began := false
	err := amend(ctx, l.store, record[Sweep]{pk: sweepPartition, sk: newestKey}, func(old *Sweep) (Sweep, bool) {
		began = old == nil || old.ID < s.ID
		return s, began
	})
	if err == nil && !began {
		err = ErrSweepBegan
	}
	if err != nil {
		return fmt.Errorf("begin sweep %s: %w", s.ID, err)
	}
	known := map[string]record[Leg]{}
	for item, err := range l.store.Query(ctx, sweepPartition, legPrefix) {
		if err != nil {
			return fmt.Errorf("read the legs of the last sweep: %w", err)
		}
		known[item.SK] = record[Leg]{pk: sweepPartition, sk: item.SK, version: item.Version}
	}
	if err := l.layOut(ctx, s, legs, known); err != nil {
		return fmt.Errorf("write down the legs of sweep %s: %w", s.ID, err)
	}
	return nil
}

// abreast is how many legs are written at a time: an organisation has thousands.
const abreast = 16

func (l *Ledger) layOut(ctx context.Context, s Sweep, legs []Leg, known map[string]record[Leg]) error {
	var group sync.WaitGroup
	gate, faults := make(chan struct{}, abreast), make([]error, len(legs))
	expires := l.now().Add(sweptFor)
	for i, leg := range legs {
		leg.Sweep = s.ID
		r := known[leg.key()]
		r.pk, r.sk, r.expires = sweepPartition, leg.key(), expires
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			_, faults[i] = revise(ctx, l.store, r, func(*Leg) (Leg, bool) { return leg, true })
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// NewestSweep is the sweep that began last; found is false when none did.
func (l *Ledger) NewestSweep(ctx context.Context) (s Sweep, found bool, err error) {
	r, err := fetch[Sweep](ctx, l.store, sweepPartition, newestKey)
	if err != nil {
		return Sweep{}, false, fmt.Errorf("read the newest sweep: %w", err)
	}
	return r.value, r.version > 0, nil
}

// Leg reads one account and region.
func (l *Ledger) Leg(ctx context.Context, account, region string) (leg Leg, found bool, err error) {
	r, err := fetch[Leg](ctx, l.store, sweepPartition, legKey(account, region))
	if err != nil {
		return Leg{}, false, fmt.Errorf("read the sweep of %s, %s: %w", account, region, err)
	}
	return r.value, r.version > 0, nil
}

// Legs gives the legs of an account, or of all with "", by account and region; also those that the newest sweep did not lead to.
// An error ends it.
func (l *Ledger) Legs(ctx context.Context, account string) iter.Seq2[Leg, error] {
	prefix := legPrefix
	if account != "" {
		prefix = strings.TrimSuffix(legKey(account, ""), "#") + "#"
	}
	return func(yield func(Leg, error) bool) {
		for item, err := range l.store.Query(ctx, sweepPartition, prefix) {
			var r record[Leg]
			if err == nil {
				r, err = decode[Leg](item)
			}
			if err != nil {
				yield(Leg{}, fmt.Errorf("read how far the sweep is: %w", err))
				return
			}
			if !yield(r.value, nil) {
				return
			}
		}
	}
}

// Advance writes down that a step of a leg was done, and what it changed. It says no, and writes nothing, where that step or a later one was
// written down already, where the leg ended, and where another sweep leads there by now.
func (l *Ledger) Advance(ctx context.Context, of Leg, step int, change func(*Leg)) (ok bool, err error) {
	now := l.now()
	at := record[Leg]{pk: sweepPartition, sk: of.key(), expires: now.Add(sweptFor)}
	err = amend(ctx, l.store, at, func(old *Leg) (Leg, bool) {
		if ok = old != nil && old.Sweep == of.Sweep && old.Steps < step && old.Ended.IsZero(); !ok {
			return Leg{}, false
		}
		next := *old
		change(&next)
		next.Steps, next.Moved = step, now
		return next, true
	})
	if err != nil {
		return false, fmt.Errorf("write down the sweep of %s, %s: %w", of.Account, of.Region, err)
	}
	return ok, nil
}
