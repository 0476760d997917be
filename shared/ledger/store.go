package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// ErrConflict says that somebody else wrote in between: read again and decide again.
var ErrConflict = errors.New("somebody else wrote in between")

// ErrTooLarge says that an item does not fit: MaxBody is the limit of its body.
var ErrTooLarge = errors.New("too large for the ledger")

// MaxBody is the largest body in bytes. A DynamoDB item holds 400 KB with its keys (DynamoDB Developer Guide, "Quotas").
const MaxBody = 350 << 10

// Key is where an item lies.
type Key struct{ PK, SK string }

// Item is one record of the table.
type Item struct {
	PK, SK  string
	Version int64 // how often it was written; in Put: the version that was read, 0 for none
	Body    []byte
	Expires time.Time // in whole seconds; zero: never
}

func (i Item) expired(now time.Time) bool { return !i.Expires.IsZero() && !now.Before(i.Expires) }

// admit refuses what no store can hold.
func (i Item) admit() error {
	switch {
	case i.PK == "" || i.SK == "":
		return fmt.Errorf("write ledger item %q %q: empty key", i.PK, i.SK)
	case len(i.PK) > 2048 || len(i.SK) > 1024:
		return fmt.Errorf("write ledger item: a partition key of %d and a sort key of %d bytes: %w", len(i.PK), len(i.SK), ErrTooLarge)
	case len(i.Body) > MaxBody:
		return fmt.Errorf("write ledger item %s %s: %d bytes where %d are the most: %w", i.PK, i.SK, len(i.Body), MaxBody, ErrTooLarge)
	}
	return nil
}

// Store is a table of items, each under a partition key and a sort key. What has expired is not there.
// Every reading is strongly consistent. The methods are safe for concurrent use.
type Store interface {
	// Get reads one item, and says whether there is one.
	Get(ctx context.Context, pk, sk string) (Item, bool, error)
	// Many reads any number of items, and gives those that there are, in no order that says anything.
	Many(ctx context.Context, keys []Key) ([]Item, error)
	// Put writes the item as version Item.Version+1. It fails with ErrConflict when the stored version is another one than
	// Item.Version, and with ErrTooLarge.
	Put(ctx context.Context, item Item) error
	// Delete takes an item away; that there is none is no error.
	Delete(ctx context.Context, pk, sk string) error
	// Query gives the items of a partition whose sort keys begin with the prefix, in the order of the sort keys' bytes.
	Query(ctx context.Context, pk, skPrefix string) iter.Seq2[Item, error]
	// Last gives the item that Query would give last, without reading the others.
	Last(ctx context.Context, pk, skPrefix string) (Item, bool, error)
}

func conflict(item Item) error {
	return fmt.Errorf("write ledger item %s %s over version %d: %w", item.PK, item.SK, item.Version, ErrConflict)
}
