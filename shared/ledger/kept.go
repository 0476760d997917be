package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Kept is a message that could not be read, put aside so that it blocks nothing and somebody can look at it.
type Kept struct {
	ID     string    `json:"id"`
	Reason string    `json:"reason"`
	Body   []byte    `json:"body"` // its first 100 KB
	At     time.Time `json:"at"`   // when it was sent; zero: now
}

const keptBytes = 100 << 10

// Keep puts a message aside for 30 days. The same message on the same day is kept once.
func (l *Ledger) Keep(ctx context.Context, k Kept) error {
	if k.At.IsZero() {
		k.At = l.now()
	}
	k.Body = k.Body[:min(len(k.Body), keptBytes)]
	r := record[Kept]{
		pk: keptPartition, sk: k.At.UTC().Format(time.DateOnly) + "#" + bounded(k.ID),
		value: k, expires: l.now().Add(keptFor),
	}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("keep message %s: %w", k.ID, err)
	}
	return nil
}

// Kept gives the messages that were put aside, the oldest first.
func (l *Ledger) Kept(ctx context.Context) iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		for item, err := range l.store.Query(ctx, keptPartition, "") {
			var r record[Kept]
			if err == nil {
				r, err = decode[Kept](item)
			}
			if !yield(r.value, err) || err != nil {
				return
			}
		}
	}
}
