package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// tries is how often a decision is taken again because somebody else wrote in between.
const tries = 5

// record is one item as its type, with the version under which it was read; version 0: there is none.
type record[T any] struct {
	pk, sk  string
	version int64
	value   T
	expires time.Time
}

func decode[T any](item Item) (record[T], error) {
	r := record[T]{pk: item.PK, sk: item.SK, version: item.Version, expires: item.Expires}
	if err := json.Unmarshal(item.Body, &r.value); err != nil {
		return r, fmt.Errorf("decode ledger item %s %s: %w", item.PK, item.SK, err)
	}
	return r, nil
}

// encode writes JSON without the escapes that only HTML needs: policies are full of < and &.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode ledger item: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// fetch reads one record; the one that is not there has version 0.
func fetch[T any](ctx context.Context, store Store, pk, sk string) (record[T], error) {
	item, found, err := store.Get(ctx, pk, sk)
	if err != nil || !found {
		return record[T]{pk: pk, sk: sk}, err
	}
	return decode[T](item)
}

// write stores the record over the version that it carries.
func (r record[T]) write(ctx context.Context, store Store) (record[T], error) {
	body, err := encode(r.value)
	if err != nil {
		return r, err
	}
	if err := store.Put(ctx, Item{PK: r.pk, SK: r.sk, Version: r.version, Body: body, Expires: r.expires}); err != nil {
		return r, err
	}
	r.version++
	return r, nil
}

// revise applies a change to a record, reading it again when somebody else wrote in between. The change sees nil when there is none.
// It gives the record as it is stored now, whether or not the change wanted it written.
func revise[T any](ctx context.Context, store Store, r record[T], change func(old *T) (T, bool)) (record[T], error) {
	for range tries {
		var old *T
		if r.version > 0 {
			old = &r.value
		}
		value, wanted := change(old)
		if !wanted {
			return r, nil
		}
		next := r
		next.value = value
		written, err := next.write(ctx, store)
		if !errors.Is(err, ErrConflict) {
			return written, err
		}
		current, err := fetch[T](ctx, store, r.pk, r.sk)
		if err != nil {
			return r, err
		}
		if current.version == 0 {
			current.expires = r.expires
		}
		r = current
	}
	return r, fmt.Errorf("write ledger item %s %s, %d times: %w", r.pk, r.sk, tries, ErrConflict)
}

// amend applies a change to a record that was not read yet.
func amend[T any](ctx context.Context, store Store, r record[T], change func(old *T) (T, bool)) error {
	known, err := fetch[T](ctx, store, r.pk, r.sk)
	if err != nil {
		return err
	}
	if known.version == 0 {
		known.expires = r.expires
	}
	_, err = revise(ctx, store, known, change)
	return err
}
