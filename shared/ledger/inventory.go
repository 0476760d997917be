package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// inventoryPartition lists what leans on anything, so that all of it can be found.
const inventoryPartition = "I"

// User is a resource and what it leans on.
type User struct {
	Resource finding.Resource `json:"resource"`
	Leans    []Edge           `json:"leans"`
}

// listUser puts a resource on the list before its edges are written: what is on the list and leans on nothing is passed over.
func (l *Ledger) listUser(ctx context.Context, user finding.Resource) error {
	r := record[finding.Resource]{pk: inventoryPartition, sk: bounded(user.Key()), value: user}
	if _, err := r.write(ctx, l.store); err != nil && !errors.Is(err, ErrConflict) { // a conflict: it is on the list already
		return err
	}
	return nil
}

// Inventory gives every resource that leans on others, with what it leans on, in the order of their keys. An error ends it.
func (l *Ledger) Inventory(ctx context.Context) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) {
		var some []finding.Resource
		for item, err := range l.store.Query(ctx, inventoryPartition, "") {
			var r record[finding.Resource]
			if err == nil {
				r, err = decode[finding.Resource](item)
			}
			if err != nil {
				yield(User{}, fmt.Errorf("list the inventory: %w", err))
				return
			}
			if some = append(some, r.value); len(some) == perMany {
				if !l.users(ctx, some, yield) {
					return
				}
				some = some[:0]
			}
		}
		l.users(ctx, some, yield)
	}
}

// users gives some of the resources, and says whether more are wanted.
func (l *Ledger) users(ctx context.Context, some []finding.Resource, yield func(User, error) bool) bool {
	if len(some) == 0 {
		return true
	}
	keys := make([]Key, 0, len(some))
	for _, r := range some {
		keys = append(keys, Key{resourcePartition(r), leansKey})
	}
	items, err := l.store.Many(ctx, keys)
	leans := map[string][]Edge{}
	for _, item := range items {
		r, fault := decode[leaning](item)
		err = errors.Join(err, fault)
		leans[item.PK] = r.value.Edges
	}
	if err != nil {
		yield(User{}, fmt.Errorf("read the inventory: %w", err))
		return false
	}
	for _, r := range some {
		if edges := leans[resourcePartition(r)]; len(edges) > 0 && !yield(User{r, slices.Clone(edges)}, nil) {
			return false
		}
	}
	return true
}
