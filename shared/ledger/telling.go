package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// Where it lies what people were told, are about to be told, and do not want to be told.
const (
	heldPartition   = "M"  // news that waits to be told
	threadPartition = "T#" // + finding key: where messages about the finding are
	oncePartition   = "O#" // + topic: what is done once
	mutePrefix      = "M#" // + mute key; below standingPartition
)

// Held is news that waits to be told. Body is the writer's own.
type Held struct {
	Key   string          `json:"key"` // what tells it from other news: the same is held once
	Why   string          `json:"why"` // what it waits for
	At    time.Time       `json:"at"`
	Until time.Time       `json:"until"` // when its wait is over
	Body  json.RawMessage `json:"body"`
}

// Hold keeps news, under a key that tells it from other news, until it can be told. What is held already stays as it is.
func (l *Ledger) Hold(ctx context.Context, key, why string, until time.Time, body []byte) error {
	r := record[Held]{pk: heldPartition, sk: bounded(key), value: Held{Key: key, Why: why, At: l.now(), Until: until, Body: body}}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: it is held already
		return fmt.Errorf("hold news %s: %w", key, err)
	}
	return nil
}

// Held gives the news that waits, in the order of its keys. An error ends it.
func (l *Ledger) Held(ctx context.Context) iter.Seq2[Held, error] {
	return func(yield func(Held, error) bool) {
		for item, err := range l.store.Query(ctx, heldPartition, "") {
			if err != nil {
				yield(Held{}, fmt.Errorf("read the news that waits: %w", err))
				return
			}
			r, err := decode[Held](item)
			if !yield(r.value, err) || err != nil {
				return
			}
		}
	}
}

// Release forgets news that was told.
func (l *Ledger) Release(ctx context.Context, key string) error {
	if err := l.store.Delete(ctx, heldPartition, bounded(key)); err != nil {
		return fmt.Errorf("forget news %s: %w", key, err)
	}
	return nil
}

// Thread is where a message was posted that others belong under.
type Thread struct {
	Channel string `json:"channel"`
	Stamp   string `json:"stamp"` // what the chat knows the message by
}

// threadsFor is how long messages about the same finding go under the first one.
const threadsFor = 90 * 24 * time.Hour

// SetThread remembers where the first message about a finding is.
func (l *Ledger) SetThread(ctx context.Context, finding string, t Thread) error {
	at := record[Thread]{pk: threadPartition + bounded(finding), sk: threadPartition, expires: l.now().Add(threadsFor)}
	if err := amend(ctx, l.store, at, func(old *Thread) (Thread, bool) { return t, old == nil || *old != t }); err != nil {
		return fmt.Errorf("remember the thread of %s: %w", finding, err)
	}
	return nil
}

// Thread finds the first message about a finding; false: there is none.
func (l *Ledger) Thread(ctx context.Context, finding string) (Thread, bool, error) {
	r, err := fetch[Thread](ctx, l.store, threadPartition+bounded(finding), threadPartition)
	if err != nil {
		return Thread{}, false, fmt.Errorf("read the thread of %s: %w", finding, err)
	}
	return r.value, r.version > 0, nil
}

// once is something that is done once: who is at it, or that it was done.
type once struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Done bool      `json:"done"`
}

// Claim says whether by may do something that is to be done once: nobody did, and nobody else is at it. Whoever may, calls Done afterwards;
// without that, others may after two minutes. It is remembered for as long as it says.
func (l *Ledger) Claim(ctx context.Context, topic, key, by string, remembered time.Duration) (mine bool, err error) {
	at := record[once]{pk: oncePartition + topic, sk: bounded(key), expires: l.now().Add(remembered)}
	err = amend(ctx, l.store, at, func(old *once) (once, bool) {
		now := l.now()
		mine = old == nil || !old.Done && (old.By == by || now.Sub(old.At) >= claimed)
		return once{By: by, At: now}, mine
	})
	if err != nil {
		return false, fmt.Errorf("begin %s %s: %w", topic, key, err)
	}
	return mine, nil
}

// Done notes that something was done that is to be done once.
func (l *Ledger) Done(ctx context.Context, topic, key string) error {
	err := amend(ctx, l.store, record[once]{pk: oncePartition + topic, sk: bounded(key)}, func(old *once) (once, bool) {
		if old == nil || old.Done {
			return once{}, false
		}
		next := *old
		next.Done = true
		return next, true
	})
	if err != nil {
		return fmt.Errorf("end %s %s: %w", topic, key, err)
	}
	return nil
}

// First says whether something happens for the first time within a while, and remembers that it did.
func (l *Ledger) First(ctx context.Context, topic, key string, remembered time.Duration) (bool, error) {
	r := record[once]{pk: oncePartition + topic, sk: bounded(key), value: once{At: l.now(), Done: true}, expires: l.now().Add(remembered)}
	_, err := r.write(ctx, l.store)
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("note %s %s: %w", topic, key, err)
	}
	return true, nil
}

// Mute is one that somebody asked for.
type Mute struct {
	settings.Mute
	By     string    `json:"by"` // ARN
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// Key is what a mute is known by: one for the same findings takes its place.
func (m Mute) Key() string {
	return settings.Exemption{Check: m.Check, Resource: m.Resource, Account: m.Account}.Key()
}

// SetMute writes a mute down, or ends the one with that key when its time is over.
func (l *Ledger) SetMute(ctx context.Context, m Mute) error {
	m.At = l.now()
	at := record[Mute]{pk: standingPartition, sk: mutePrefix + m.Key(), expires: m.Until}
	if !m.Until.After(l.now()) {
		return l.store.Delete(ctx, standingPartition, at.sk)
	}
	known, err := fetch[Mute](ctx, l.store, at.pk, at.sk)
	if err == nil {
		known.expires = m.Until
		_, err = revise(ctx, l.store, known, func(*Mute) (Mute, bool) { return m, true })
	}
	if err != nil {
		return fmt.Errorf("write down what is muted: %w", err)
	}
	return nil
}

// Muting lists the mutes as messages are kept back by them.
func (s Standing) Muting() []settings.Mute {
	all := make([]settings.Mute, 0, len(s.Mutes))
	for _, m := range s.Mutes {
		all = append(all, m.Mute)
	}
	return all
}
