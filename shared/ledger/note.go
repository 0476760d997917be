package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Note is something that was noted of an event, for judging later ones by. Body is the writer's own.
type Note struct {
	About finding.Resource `json:"about"` // in whose view it is found
	Topic string           `json:"topic"`
	Key   string           `json:"key,omitempty"` // what tells it from others of its topic
	Body  json.RawMessage  `json:"body"`
	At    time.Time        `json:"at"`
	Until time.Time        `json:"until"` // when it is of no use any more
}

// Note keeps a note, in place of one with the same topic and key that tells of something earlier.
// What is of no use any more is not kept: events may come late.
func (l *Ledger) Note(ctx context.Context, n Note) error {
	at := noteAt(n)
	known, err := fetch[Note](ctx, l.store, at.pk, at.sk)
	if err == nil {
		_, err = l.note(ctx, known, n)
	}
	if err != nil {
		return fmt.Errorf("note %s of %s: %w", n.Topic, n.About.Key(), err)
	}
	return nil
}

// Note keeps a note about the view's resource as Ledger.Note does, without reading what the view has read.
func (v *View) Note(ctx context.Context, n Note) error {
	n.About = v.Resource
	at := noteAt(n)
	v.mu.Lock()
	known, found := v.notes[at.sk]
	v.mu.Unlock()
	if !found {
		known = at
	}
	stored, err := v.ledger.note(ctx, known, n)
	if err != nil {
		return fmt.Errorf("note %s of %s: %w", n.Topic, n.About.Key(), err)
	}
	if stored.version > 0 {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.notes[at.sk] = stored
	}
	return nil
}

func noteAt(n Note) record[Note] {
	return record[Note]{pk: resourcePartition(n.About), sk: notePrefix + bounded(n.Topic+"#"+n.Key), expires: n.Until}
}

func (l *Ledger) note(ctx context.Context, known record[Note], n Note) (record[Note], error) {
	if !l.now().Before(n.Until) {
		return known, nil
	}
	known.expires = n.Until
	return revise(ctx, l.store, known, func(old *Note) (Note, bool) { return n, old == nil || n.At.After(old.At) })
}

// Notes are what was noted of the view's resource, the oldest first.
func (v *View) Notes() []Note {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Note, 0, len(v.notes))
	for _, key := range slices.Sorted(maps.Keys(v.notes)) {
		all = append(all, v.notes[key].value)
	}
	slices.SortStableFunc(all, func(a, b Note) int { return a.At.Compare(b.At) })
	return all
}
