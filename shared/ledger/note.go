package ledger

import (
	"context"
	"encoding/json"
	"fmt"
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
	if !l.now().Before(n.Until) {
		return nil
	}
	at := record[Note]{pk: resourcePartition(n.About), sk: notePrefix + bounded(n.Topic+"#"+n.Key), expires: n.Until}
	known, err := fetch[Note](ctx, l.store, at.pk, at.sk)
	if err == nil {
		known.expires = n.Until
		_, err = revise(ctx, l.store, known, func(old *Note) (Note, bool) { return n, old == nil || n.At.After(old.At) })
	}
	if err != nil {
		return fmt.Errorf("note %s of %s: %w", n.Topic, n.About.Key(), err)
	}
	return nil
}

// Notes are what was noted of the view's resource, the oldest first.
func (v *View) Notes() []Note {
	return slices.SortedStableFunc(slices.Values(v.notes), func(a, b Note) int { return a.At.Compare(b.At) })
}
