// Package ledger remembers what was found, done, leaned on and last trusted, over a store with conditional writes.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// How long things are remembered. Judgements of state have no end: they are as many as there are checks.
const (
	actsFor  = 400 * 24 * time.Hour // acts, and actions: a year of audit and what it takes to look back on it
	timesFor = 90 * 24 * time.Hour  // when actions changed a resource, as every judgement of it reads
	keptFor  = 30 * 24 * time.Hour  // messages that could not be read
)

// Ledger is the memory of all functions. Any number of them may write to one store at the same time.
type Ledger struct {
	store Store
	now   func() time.Time
}

// Open is the ledger in a store. The clock gives the times that are written down.
func Open(store Store, now func() time.Time) *Ledger {
	return &Ledger{store: store, now: func() time.Time { return now().UTC() }}
}

// Where things lie. These are storage keys and never change their form.
const (
	entryPrefix   = "F#" // + check: a judgement of the partition's resource
	usePrefix     = "U#" // + user: an edge of the inventory
	timePrefix    = "A#" // + action: when it changed the partition's resource
	notePrefix    = "N#" // + topic + # + key: something noted of the partition's resource
	leansKey      = "E"  // what the partition's resource leans on
	trustedKey    = "D"  // which definition of the partition's resource was trusted last
	actionKey     = "A"
	keptPartition = "P"
)

func resourcePartition(r finding.Resource) string   { return "R#" + bounded(r.Key()) }
func actsPartition(r finding.Resource) string       { return "X#" + bounded(r.Key()) }
func definitionPartition(r finding.Resource) string { return "D#" + bounded(r.Key()) }
func actionPartition(id string) string              { return "A#" + bounded(typed(id)) }

// typed reads an ID as people type it: in any case, and with the letters that Crockford's base32 leaves out for looking like digits.
func typed(id string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(id)))
}

// longest is well below the 1,024 bytes of a sort key (DynamoDB Developer Guide, "Quotas").
const longest = 700

// bounded keeps a key within what the table takes: names come from events, and a refused call may have named anything.
func bounded(key string) string {
	if len(key) <= longest && utf8.ValidString(key) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return strings.ToValidUTF8(key[:min(len(key), longest-40)], "?") + "~" + hex.EncodeToString(sum[:16])
}
