package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Definition is a resource as somebody trusted it: what a pipeline is compared with, and restored to.
type Definition struct {
	Resource finding.Resource `json:"resource"`
	Body     json.RawMessage  `json:"body"`
	By       string           `json:"by"`              // who changed it so, or vouched for it
	How      string           `json:"how"`             // why it is trusted: "proven MFA", "first seen", "approved"
	Event    string           `json:"event,omitempty"` // the event's ID
	At       time.Time        `json:"at"`
}

// Part names a part of a resource, which has definitions of its own; "" is the resource itself.
func Part(r finding.Resource, name string) finding.Resource {
	if name != "" {
		r.Kind += ":" + name
	}
	return r
}

// FirstSeen is how a definition is known that nobody is known to have left behind: it is there to compare with, and not trusted.
const FirstSeen = "first seen"

// stamp is RFC 3339 with all nine digits, so that the order of the text is the order of time.
const stamp = "2006-01-02T15:04:05.000000000Z"

// Trust keeps a definition as the newest version of those of its time. The same body as the last one is not kept again, whatever the
// order of its members, and one that was first seen only where nothing else is known. It fails with ErrTooLarge on a body that an item cannot hold.
func (l *Ledger) Trust(ctx context.Context, d Definition) error {
	fault := func(err error) error { return fmt.Errorf("trust definition of %s: %w", d.Resource.Key(), err) }
	digest, err := canonical(d.Body)
	if err != nil {
		return fault(err)
	}
	if d.At.IsZero() {
		d.At = l.now()
	}
	last, found, err := l.LastTrusted(ctx, d.Resource)
	if err != nil {
		return fault(err)
	}
	if found && d.addsNothingTo(last, digest) {
		return nil
	}
	at := d.At.UTC()
	if d.How == FirstSeen {
		// Before all others: the event of a change is older than a look that was faster, and what somebody vouches for comes after what nobody does.
		at = time.Time{}
	}
	r := record[Definition]{pk: definitionPartition(d.Resource), sk: at.Format(stamp) + "#" + digest, value: d}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: the very same version is there
		return fault(err)
	}
	return nil
}

// addsNothingTo says that what is known already is as good: anything, for what was first seen, and else the same that somebody vouches for.
func (d Definition) addsNothingTo(last Definition, digest string) bool {
	if d.How == FirstSeen {
		return true
	}
	same, err := canonical(last.Body)
	return err == nil && same == digest && last.How != FirstSeen
}

// trusted is what lies in the resource's partition of its last definition, so that whoever reads the partition has it. One that is too long
// for every reading of the resource lies with the others alone.
type trusted struct {
	Digest string      `json:"digest"`
	Seen   bool        `json:"seen,omitempty"` // it was only first seen
	At     time.Time   `json:"at"`
	Last   *Definition `json:"last,omitempty"`
}

// longestHeld is the longest body, in bytes, that each reading of a resource brings along.
const longestHeld = 48 << 10

// LastTrusted is the newest definition of the view's resource, and whether there is one. It mostly takes no call.
func (v *View) LastTrusted(ctx context.Context) (Definition, bool, error) {
	v.mu.Lock()
	known := v.trusted
	v.mu.Unlock()
	switch {
	case known.version == 0:
		return Definition{}, false, nil
	case known.value.Last != nil:
		return *known.value.Last, true, nil
	}
	return v.ledger.LastTrusted(ctx, v.Resource)
}

// Trust keeps a definition of the view's resource as Ledger.Trust does. It makes no call when it is the one that was trusted last, and
// none for one that was first seen where another is known.
func (v *View) Trust(ctx context.Context, d Definition) error {
	sum := sha256.Sum256(d.Body)
	digest := hex.EncodeToString(sum[:])
	v.mu.Lock()
	known := v.trusted
	v.mu.Unlock()
	if seen := d.How == FirstSeen; seen && known.version > 0 || known.value.Digest == digest && !known.value.Seen {
		return nil
	}
	d.Resource = v.Resource
	if d.At.IsZero() {
		d.At = v.ledger.now()
	}
	if err := v.ledger.Trust(ctx, d); err != nil {
		return err
	}
	next := trusted{Digest: digest, Seen: d.How == FirstSeen, At: d.At}
	if len(d.Body) <= longestHeld {
		next.Last = &d
	}
	known, err := revise(ctx, v.ledger.store, known, func(old *trusted) (trusted, bool) {
		// Somebody else may have trusted another in between: what was first seen never takes its place, nor what is older.
		return next, old == nil || !next.Seen && (old.Seen || !old.At.After(d.At))
	})
	if err != nil {
		return fmt.Errorf("note the trusted definition of %s: %w", v.Resource.Key(), err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trusted = known
	return nil
}

// Definitions lists every version that is kept, the oldest first.
func (l *Ledger) Definitions(ctx context.Context, r finding.Resource) ([]Definition, error) {
	var all []Definition
	for item, err := range l.store.Query(ctx, definitionPartition(r), "") {
		if err != nil {
			return nil, fmt.Errorf("list definitions of %s: %w", r.Key(), err)
		}
		d, err := decode[Definition](item)
		if err != nil {
			return nil, err
		}
		all = append(all, d.value)
	}
	return all, nil
}

// LastTrusted is the newest definition that was trusted, and whether there is one.
func (l *Ledger) LastTrusted(ctx context.Context, r finding.Resource) (Definition, bool, error) {
	item, found, err := l.store.Last(ctx, definitionPartition(r), "")
	if err != nil || !found {
		return Definition{}, false, err
	}
	last, err := decode[Definition](item)
	return last.value, err == nil, err
}

// canonical is a digest of what the JSON says, not of how it is written.
func canonical(body json.RawMessage) (string, error) {
	if !json.Valid(body) {
		return "", errors.New("body is not JSON")
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return "", fmt.Errorf("decode body: %w", err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
