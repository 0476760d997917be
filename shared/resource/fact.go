package resource

import (
	"cmp"
	"encoding/json"
	"errors"
)

// ErrNotTold is the reason of a fact that an event did not tell.
var ErrNotTold = errors.New("the event does not tell it")

// Fact is one thing about a resource that may not have been learned: a part of the reading was refused,
// or the event did not tell it. What was not learned is unknown, never false.
//
// As JSON a fact is its value, or {"unknown": "why"}.
type Fact[T any] struct {
	value T
	err   error
	known bool
}

// Known is a fact that was learned.
func Known[T any](value T) Fact[T] { return Fact[T]{value: value, known: true} }

// Unlearned is a fact that was not, with the reason. The zero Fact says ErrNotTold.
func Unlearned[T any](err error) Fact[T] { return Fact[T]{err: err} }

// Get is the value, and whether it was learned.
func (f Fact[T]) Get() (T, bool) { return f.value, f.known }

// content is the value, for whoever looks for facts within facts.
func (f Fact[T]) content() any { return f.value }

// Is says whether the fact was learned and the value is so.
func (f Fact[T]) Is(holds func(T) bool) bool { return f.known && holds(f.value) }

// Err is why the fact was not learned; nil when it was.
func (f Fact[T]) Err() error { return reason(f.known, f.err) }

func reason(known bool, err error) error {
	if known {
		return nil
	}
	return cmp.Or(err, ErrNotTold)
}

type unlearned struct {
	Unknown string `json:"unknown"`
}

// MarshalJSON writes the value, or why it is unknown.
func (f Fact[T]) MarshalJSON() ([]byte, error) {
	if f.known {
		return json.Marshal(f.value)
	}
	return json.Marshal(unlearned{f.Err().Error()})
}

// UnmarshalJSON reads what MarshalJSON wrote. What cannot be read leaves the fact as it is.
func (f *Fact[T]) UnmarshalJSON(raw []byte) error {
	if ok, why := unknown(raw); ok {
		*f = Unlearned[T](why)
		return nil
	}
	var value T
	err := json.Unmarshal(raw, &value)
	if err == nil {
		*f = Known(value)
	}
	return err
}

// unknown reads {"unknown": "why"} and nothing else: a value may have a member of that name among others.
func unknown(raw []byte) (ok bool, why error) {
	var members map[string]json.RawMessage
	var text *string
	if json.Unmarshal(raw, &members) != nil || len(members) != 1 || json.Unmarshal(members["unknown"], &text) != nil || text == nil {
		return false, nil
	}
	if *text == ErrNotTold.Error() {
		return true, ErrNotTold
	}
	return true, errors.New(*text)
}
