package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Actions are listed by the month in which they began, so that no partition grows without end.
const monthForm = "2006-01"

func listingPartition(at time.Time) string { return "L#" + at.UTC().Format(monthForm) }

// listed is one line of the list: where to find the action.
type listed struct {
	ID string `json:"id"`
}

// list puts an action on the list, before it is stored: what is on the list and was not stored is passed over.
func (l *Ledger) list(ctx context.Context, a Action) error {
	r := record[listed]{
		pk: listingPartition(a.Created), sk: a.Created.UTC().Format(stamp) + "#" + bounded(typed(a.ID)), value: listed{a.ID}, expires: a.Created.Add(actsFor),
	}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: it is on the list already
		return err
	}
	return nil
}

// Actions gives the actions that began since then, the newest first. An error ends it.
func (l *Ledger) Actions(ctx context.Context, since time.Time) iter.Seq2[Action, error] {
	return func(yield func(Action, error) bool) {
		seen := map[string]bool{}
		for month := firstOf(l.now()); !month.Before(firstOf(since)); month = month.AddDate(0, -1, 0) {
			ids, err := l.begunIn(ctx, month, since)
			if err != nil {
				yield(Action{}, err)
				return
			}
			for _, id := range slices.Backward(ids) {
				if seen[id] {
					continue
				}
				seen[id] = true
				a, err := l.Action(ctx, id)
				if errors.Is(err, ErrNoAction) {
					continue
				}
				if !yield(a, err) || err != nil {
					return
				}
			}
		}
	}
}

// begunIn lists the actions of one month, the oldest first.
func (l *Ledger) begunIn(ctx context.Context, month, since time.Time) ([]string, error) {
	var ids []string
	for item, err := range l.store.Query(ctx, listingPartition(month), "") {
		if err != nil {
			return nil, fmt.Errorf("list actions: %w", err)
		}
		if began, id, ok := strings.Cut(item.SK, "#"); ok && began >= since.UTC().Format(stamp) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// findingsPartition lists the findings that there ever were, by their keys.
const findingsPartition = "F"

// listedFinding is where a finding is recorded.
type listedFinding struct {
	Check    string           `json:"check"`
	Resource finding.Resource `json:"resource"`
	Once     string           `json:"once,omitempty"`
}

// listFinding puts a finding on the list, before it is recorded: what is on the list and was not recorded is passed over.
func (l *Ledger) listFinding(ctx context.Context, f finding.Finding, expires time.Time) error {
	r := record[listedFinding]{pk: findingsPartition, sk: f.Key(), value: listedFinding{f.Check, f.Resource, f.Once}, expires: expires}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: it is on the list already
		return err
	}
	return nil
}

// Findings gives what is recorded of each finding whose key begins so; "" for all, also those that are resolved. The order is that of the keys,
// which says nothing. An error ends it. It takes a call for each hundred of them.
func (l *Ledger) Findings(ctx context.Context, key string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var some []Key
		flush := func() bool {
			entries, err := many[Entry](ctx, l.store, some)
			some = some[:0]
			if err != nil {
				yield(Entry{}, fmt.Errorf("list findings: %w", err))
				return false
			}
			for _, one := range entries {
				if !yield(one, nil) {
					return false
				}
			}
			return true
		}
		for item, err := range l.store.Query(ctx, findingsPartition, key) {
			var one record[listedFinding]
			if err == nil {
				one, err = decode[listedFinding](item)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("list findings: %w", err))
				return
			}
			at := placeOf(finding.Finding{Check: one.value.Check, Resource: one.value.Resource, Once: one.value.Once})
			if some = append(some, Key{at.pk, at.sk}); len(some) == perMany && !flush() {
				return
			}
		}
		flush()
	}
}

// many reads records in the order of their keys; those that there are not are left out.
func many[T any](ctx context.Context, store Store, keys []Key) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	items, err := store.Many(ctx, keys)
	if err != nil {
		return nil, err
	}
	by := make(map[Key]T, len(items))
	for _, item := range items {
		r, err := decode[T](item)
		if err != nil {
			return nil, err
		}
		by[Key{item.PK, item.SK}] = r.value
	}
	all := make([]T, 0, len(items))
	for _, k := range keys {
		if value, found := by[k]; found {
			all = append(all, value)
		}
	}
	return all, nil
}

func firstOf(at time.Time) time.Time {
	at = at.UTC()
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
}
