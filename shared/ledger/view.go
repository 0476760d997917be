package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// ErrNoEntry says that nothing was recorded under the finding's key.
var ErrNoEntry = errors.New("nothing is recorded of it")

// View is what is known of one resource, as one reading of the ledger found it and as the view's own writing changed it since.
// It is safe for concurrent use.
type View struct {
	Resource finding.Resource

	ledger  *Ledger
	uses    []Use
	touches []touch

	mu      sync.Mutex
	entries map[place]record[Entry]
	notes   map[string]record[Note] // by sort key
	leans   record[leaning]
	trusted record[trusted]
}

// place is where an entry lies.
type place struct{ pk, sk string }

func placeOf(f finding.Finding) place {
	if f.Once != "" {
		return place{actsPartition(f.Resource), bounded(f.Check + "#" + f.Once)}
	}
	return place{resourcePartition(f.Resource), entryPrefix + bounded(f.Check)}
}

// View reads what is known of a resource. It is one query, whatever will be asked of it.
func (l *Ledger) View(ctx context.Context, r finding.Resource) (*View, error) {
	pk := resourcePartition(r)
	v := &View{
		Resource: r, ledger: l, entries: map[place]record[Entry]{}, notes: map[string]record[Note]{},
		leans: record[leaning]{pk: pk, sk: leansKey}, trusted: record[trusted]{pk: pk, sk: trustedKey},
	}
	for item, err := range l.store.Query(ctx, pk, "") {
		if err == nil {
			err = v.load(item)
		}
		if err != nil {
			return nil, fmt.Errorf("view %s: %w", r.Key(), err)
		}
	}
	return v, nil
}

func (v *View) load(item Item) error {
	switch {
	case strings.HasPrefix(item.SK, entryPrefix):
		r, err := decode[Entry](item)
		v.entries[place{item.PK, item.SK}] = r
		return err
	case strings.HasPrefix(item.SK, usePrefix):
		r, err := decode[edge](item)
		for _, as := range r.value.As {
			v.uses = append(v.uses, Use{User: r.value.User, As: as})
		}
		return err
	case strings.HasPrefix(item.SK, timePrefix):
		r, err := decode[touch](item)
		if !r.value.Applied.IsZero() {
			v.touches = append(v.touches, r.value)
		}
		return err
	case strings.HasPrefix(item.SK, notePrefix):
		r, err := decode[Note](item)
		v.notes[item.SK] = r
		return err
	case item.SK == leansKey:
		r, err := decode[leaning](item)
		v.leans = r
		return err
	case item.SK == trustedKey:
		r, err := decode[trusted](item)
		v.trusted = r
		return err
	}
	return nil // another version of the program wrote it
}

// Entry is what is known under a finding's key, and whether anything is.
func (l *Ledger) Entry(ctx context.Context, f finding.Finding) (Entry, bool, error) {
	at := placeOf(f)
	r, err := fetch[Entry](ctx, l.store, at.pk, at.sk)
	if err != nil {
		return Entry{}, false, fmt.Errorf("read the finding %s: %w", f.ID(), err)
	}
	return r.value, r.version > 0, nil
}

// Entries are the judgements of the resource's state, by check. Acts are not among them.
func (v *View) Entries() []Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	pk := resourcePartition(v.Resource)
	var all []Entry
	for _, at := range slices.SortedFunc(maps.Keys(v.entries), func(a, b place) int { return strings.Compare(a.sk, b.sk) }) {
		if at.pk == pk {
			all = append(all, v.entries[at].value)
		}
	}
	return all
}

// Uses are the edges of the inventory that lead to the resource: who uses it, and as what.
func (v *View) Uses() []Use { return slices.Clone(v.uses) }

// Applied are the times, in order, at which remedies changed the resource, also when that was undone since.
func (v *View) Applied() []time.Time {
	times := make([]time.Time, 0, len(v.touches))
	for _, t := range v.touches {
		times = append(times, t.Applied)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// Undone says whether the last thing that came of a remedy here was that somebody undid it.
func (v *View) Undone(remedy string) bool {
	var last touch
	for _, t := range v.touches {
		if t.Remedy == remedy && t.Applied.After(last.Applied) {
			last = t
		}
	}
	return !last.Undone.IsZero()
}

// Record takes a judgement into the ledger and says what that changed. Nothing is written of what changes nothing.
func (v *View) Record(ctx context.Context, f finding.Finding) (Entry, Transition, error) {
	if f.Resource != v.Resource {
		return Entry{}, None, fmt.Errorf("record %s of %s: the view is of %s", f.Check, f.Resource.Key(), v.Resource.Key())
	}
	if f.Once != "" && passes(f) {
		return Entry{Finding: f}, None, nil // what was done stays done
	}
	now := v.ledger.now()
	if err := v.list(ctx, f, now); err != nil {
		return Entry{}, None, fmt.Errorf("record %s: %w", f.Check, err)
	}
	var judged Entry
	var transition Transition
	err := v.revise(ctx, f, now, func(old *Entry) (Entry, bool) {
		judged, transition = Next(old, f, now)
		wanted := transition != None && (old == nil || transition != Same || old.worthWriting(judged, f))
		return judged, wanted
	})
	if err != nil {
		return Entry{}, None, fmt.Errorf("record %s: %w", f.Check, err)
	}
	return judged, transition, nil
}

// Ordered notes that a remedy was ordered for a revision of the finding.
func (v *View) Ordered(ctx context.Context, f finding.Finding, revision int) error {
	return v.note(ctx, f, "ordered", revision, func(e *Entry) *int { return &e.Ordered })
}

// Announced notes that people were told of a revision of the finding.
func (v *View) Announced(ctx context.Context, f finding.Finding, revision int) error {
	return v.note(ctx, f, "announced", revision, func(e *Entry) *int { return &e.Announced })
}

// Claim says whether by, the message that is worked off, is the one to tell people of a revision. Two functions that judge the same
// resource at the same time would both tell; a message that is delivered again may go on with what it claimed before.
func (v *View) Claim(ctx context.Context, f finding.Finding, revision int, by string) (mine bool, err error) {
	missing := false
	if err = v.recall(ctx, f); err == nil {
		now := v.ledger.now()
		err = v.revise(ctx, f, now, func(old *Entry) (Entry, bool) {
			if missing = old == nil; missing {
				return Entry{}, false
			}
			next := *old
			if mine = old.free(revision, by, now); mine {
				next.Telling = &Claim{Revision: revision, By: by, At: now}
			}
			return next, mine
		})
	}
	if missing && err == nil {
		err = ErrNoEntry
	}
	if err != nil {
		return false, fmt.Errorf("claim the telling of %s: %w", f.Check, err)
	}
	return mine, nil
}

func (v *View) note(ctx context.Context, f finding.Finding, what string, revision int, field func(*Entry) *int) error {
	missing := false
	err := v.recall(ctx, f)
	if err != nil {
		return fmt.Errorf("note %s as %s: %w", f.Check, what, err)
	}
	err = v.revise(ctx, f, v.ledger.now(), func(old *Entry) (Entry, bool) {
		if missing = old == nil; missing {
			return Entry{}, false
		}
		next := *old
		number := field(&next)
		if *number >= revision {
			return *old, false
		}
		*number = revision
		return next, true
	})
	if missing && err == nil {
		err = ErrNoEntry
	}
	if err != nil {
		return fmt.Errorf("note %s as %s: %w", f.Check, what, err)
	}
	return nil
}

// recall reads the entry of an act that this view did not record.
func (v *View) recall(ctx context.Context, f finding.Finding) error {
	at := placeOf(f)
	v.mu.Lock()
	_, known := v.entries[at]
	v.mu.Unlock()
	if known || f.Once == "" {
		return nil
	}
	r, err := fetch[Entry](ctx, v.ledger.store, at.pk, at.sk)
	if err != nil || r.version == 0 {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.entries[at] = r
	return nil
}

// list puts a finding on the list of all of them, unless it is known or nothing is wrong.
func (v *View) list(ctx context.Context, f finding.Finding, now time.Time) error {
	v.mu.Lock()
	_, known := v.entries[placeOf(f)]
	v.mu.Unlock()
	if known || passes(f) {
		return nil
	}
	return v.ledger.listFinding(ctx, f, lasting(f, now))
}

// lasting is when what is recorded of a finding may go: what was done is forgotten in the end, what is wrong is not.
func lasting(f finding.Finding, now time.Time) (expires time.Time) {
	if f.Once != "" {
		expires = now.Add(actsFor)
	}
	return expires
}

// revise changes the entry of a finding, and remembers it as it is stored then.
func (v *View) revise(ctx context.Context, f finding.Finding, now time.Time, change func(*Entry) (Entry, bool)) error {
	at := placeOf(f)
	v.mu.Lock()
	known, ok := v.entries[at]
	v.mu.Unlock()
	if !ok {
		known = record[Entry]{pk: at.pk, sk: at.sk, expires: lasting(f, now)}
	}
	stored, err := revise(ctx, v.ledger.store, known, change)
	if err != nil || stored.version == 0 {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if stored.version >= v.entries[at].version {
		v.entries[at] = stored
	}
	return nil
}
