package resource

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// APIJSON writes an AWS SDK structure as the service's JSON API has it, so that it fits a request or the AWS CLI:
// member names begin in lower case, and what is not set is left out. Times are written as RFC 3339.
// It fits the services whose API names are the SDK's with a small first letter, as CodeBuild's and CodePipeline's are.
func APIJSON(v any) (json.RawMessage, error) { return writer(true).json(v) }

// SDKJSON writes it with the names as the SDK has them, which are those of the other services' APIs: S3, IAM, KMS, CloudTrail, EventBridge.
func SDKJSON(v any) (json.RawMessage, error) { return writer(false).json(v) }

// writer writes JSON as json.Marshal does of maps, members in the order of their names; true: with small first letters.
type writer bool

func (w writer) name(field string) string {
	if !w {
		return field
	}
	first, size := utf8.DecodeRuneInString(field)
	return string(unicode.ToLower(first)) + field[size:]
}

func (w writer) json(v any) (json.RawMessage, error) {
	raw, err := w.value(nil, reflect.ValueOf(v))
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return raw, nil
}

func (w writer) value(to []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return append(to, "null"...), nil
	case reflect.Pointer, reflect.Interface:
		return w.value(to, v.Elem())
	case reflect.Struct:
		return w.object(to, v)
	case reflect.Map:
		return w.named(to, v)
	case reflect.Slice:
		return list(to, '[', ']', v.Len(), func(to []byte, i int) ([]byte, error) { return w.value(to, v.Index(i)) })
	case reflect.String:
		if v.Type().NumMethod() == 0 {
			return text(to, v.String())
		}
	}
	return marshal(to, v.Interface())
}

func (w writer) object(to []byte, v reflect.Value) ([]byte, error) {
	if when, ok := v.Interface().(time.Time); ok {
		return marshal(to, when.UTC())
	}
	set := make([]member, 0, v.NumField())
	for _, m := range w.members(v.Type()) {
		if !v.Field(m.field).IsZero() {
			set = append(set, m)
		}
	}
	return list(to, '{', '}', len(set), func(to []byte, i int) ([]byte, error) {
		to, err := text(to, set[i].name)
		if err != nil {
			return nil, err
		}
		return w.value(append(to, ':'), v.Field(set[i].field))
	})
}

func (w writer) named(to []byte, v reflect.Value) ([]byte, error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return list(to, '{', '}', len(keys), func(to []byte, i int) ([]byte, error) {
		to, err := text(to, keys[i].String())
		if err != nil {
			return nil, err
		}
		return w.value(append(to, ':'), v.MapIndex(keys[i]))
	})
}

// member is an exported field of a structure, by the name that is written.
type member struct {
	name  string
	field int
}

// layout is how the structures of a type are written.
type layout struct {
	of reflect.Type
	by writer
}

// layouts are the members, in the order of their names, that were worked out, by layout.
var layouts sync.Map

func (w writer) members(of reflect.Type) []member {
	if known, ok := layouts.Load(layout{of, w}); ok {
		return known.([]member)
	}
	var all []member
	for i := range of.NumField() {
		if f := of.Field(i); f.IsExported() {
			all = append(all, member{w.name(f.Name), i})
		}
	}
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.name, b.name) })
	layouts.Store(layout{of, w}, all)
	return all
}

func list(to []byte, begin, end byte, n int, one func([]byte, int) ([]byte, error)) ([]byte, error) {
	to = append(to, begin)
	for i := range n {
		if i > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = one(to, i); err != nil {
			return nil, err
		}
	}
	return append(to, end), nil
}

// text writes what nearly all texts are as it is, and leaves to json.Marshal what is escaped.
func text(to []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte("\"\\<>&", c) >= 0 {
			return marshal(to, s)
		}
	}
	return append(append(append(to, '"'), s...), '"'), nil
}

func marshal(to []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	return append(to, raw...), err
}
