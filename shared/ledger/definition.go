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

// FirstSeen is how a definition is known that nobody is known to have left behind: it is there to compare with, and not trusted.
const FirstSeen = "first seen"

// stamp is RFC 3339 with all nine digits, so that the order of the text is the order of time.
const stamp = "2006-01-02T15:04:05.000000000Z"

// Trust keeps a definition as the newest version of those of its time. The same body as the last one is not kept again, whatever the
// order of its members. It fails with ErrTooLarge on a body that an item cannot hold.
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
	if found && (last.How != FirstSeen || d.How == FirstSeen) {
		if same, err := canonical(last.Body); err == nil && same == digest {
			return nil
		}
	}
	r := record[Definition]{
		pk: definitionPartition(d.Resource), sk: d.At.UTC().Format(stamp) + "#" + digest, value: d,
	}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: the very same version is there
		return fault(err)
	}
	return nil
}

// trusted is what lies in the resource's partition of its last trusted definition: enough to tell that nothing changed.
type trusted struct {
	Digest string `json:"digest"`
	Seen   bool   `json:"seen,omitempty"` // it was only first seen
}

// KnowsDefinition says whether a definition of the view's resource is kept, trusted or first seen.
func (v *View) KnowsDefinition() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.trusted.version > 0
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
	if err := v.ledger.Trust(ctx, d); err != nil {
		return err
	}
	known.value = trusted{Digest: digest, Seen: d.How == FirstSeen}
	known, err := known.write(ctx, v.ledger.store)
	if errors.Is(err, ErrConflict) {
		return nil // somebody else trusts one at this moment; the next view compares again
	}
	if err != nil {
		return fmt.Errorf("note the trusted definition of %s: %w", v.Resource.Key(), err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trusted = known
	return nil
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
