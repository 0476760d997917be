package ledger

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// memory is a table that lasts as long as the process.
type memory struct {
	now func() time.Time

	mu    sync.Mutex
	items map[string]map[string]Item // by partition key and sort key
}

// NewMemory is a store that forgets when the process ends: for replay, for scans and for tests.
func NewMemory(now func() time.Time) Store {
	return &memory{now: now, items: map[string]map[string]Item{}}
}

func (m *memory) Get(ctx context.Context, pk, sk string) (Item, bool, error) {
	if err := ctx.Err(); err != nil {
		return Item{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	item, ok := m.items[pk][sk]
	if !ok || item.expired(m.now()) {
		return Item{}, false, nil
	}
	return detached(item), true, nil
}

func (m *memory) Many(ctx context.Context, keys []Key) ([]Item, error) {
	all := make([]Item, 0, len(keys))
	for _, key := range keys {
		item, found, err := m.Get(ctx, key.PK, key.SK)
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, item)
		}
	}
	return all, nil
}

func (m *memory) Put(ctx context.Context, item Item) error {
	if err := item.admit(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.items[item.PK][item.SK]
	if ok && old.expired(m.now()) {
		old = Item{}
	}
	if old.Version != item.Version {
		return conflict(item)
	}
	if m.items[item.PK] == nil {
		m.items[item.PK] = map[string]Item{}
	}
	item.Version++
	if !item.Expires.IsZero() {
		item.Expires = time.Unix(item.Expires.Unix(), 0).UTC()
	}
	m.items[item.PK][item.SK] = detached(item)
	return nil
}

func (m *memory) Delete(ctx context.Context, pk, sk string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items[pk], sk)
	return nil
}

func (m *memory) Query(ctx context.Context, pk, skPrefix string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(Item{}, err)
			return
		}
		for _, item := range m.matching(pk, skPrefix) {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (m *memory) Last(ctx context.Context, pk, skPrefix string) (Item, bool, error) {
	if err := ctx.Err(); err != nil {
		return Item{}, false, err
	}
	all := m.matching(pk, skPrefix)
	if len(all) == 0 {
		return Item{}, false, nil
	}
	return all[len(all)-1], true, nil
}

func (m *memory) matching(pk, skPrefix string) []Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	partition, now := m.items[pk], m.now()
	if len(partition) == 0 {
		return nil
	}
	var all []Item
	for _, sk := range slices.Sorted(maps.Keys(partition)) {
		if item := partition[sk]; strings.HasPrefix(sk, skPrefix) && !item.expired(now) {
			all = append(all, detached(item))
		}
	}
	return all
}

// detached shares no memory with what the caller holds.
func detached(item Item) Item {
	item.Body = bytes.Clone(item.Body)
	return item
}
