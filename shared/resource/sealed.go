package resource

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"time"
	"unicode"
	"unicode/utf8"
)

const sealedText = "[sealed]"

// Sealed holds text that may contain secrets, such as the definition of a project with the values of its variables.
// However it is printed, logged or marshalled it says "[sealed]"; only Reveal gives the text. The zero Sealed holds none.
type Sealed struct {
	text *string // a pointer, because fmt shows an address for one where it cannot call Format
}

// Seal keeps an AWS SDK structure as APIJSON writes it.
func Seal(v any) (Sealed, error) {
	raw, err := APIJSON(v)
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{text: new(string(raw))}, nil
}

// SealText keeps a text that is at hand.
func SealText(text []byte) Sealed { return Sealed{text: new(string(text))} }

// Reveal is the text; nil when there is none. Whoever calls it answers for where the text goes.
func (s Sealed) Reveal() []byte {
	if s.text == nil {
		return nil
	}
	return []byte(*s.text)
}

// String says that there is something that is not shown.
func (s Sealed) String() string { return sealedText }

// Format writes the same for every verb, %#v and %x included.
func (s Sealed) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, sealedText) }

// LogValue is what slog writes.
func (s Sealed) LogValue() slog.Value { return slog.StringValue(sealedText) }

// MarshalText is what every text encoder writes, JSON's included.
func (s Sealed) MarshalText() ([]byte, error) { return []byte(sealedText), nil }

// UnmarshalText reads what MarshalText wrote. The text itself was not there, so it stays empty.
func (s *Sealed) UnmarshalText([]byte) error {
	*s = Sealed{}
	return nil
}

// APIJSON writes an AWS SDK structure as the service's JSON API has it, so that it fits a request or the AWS CLI:
// member names begin in lower case, and what is not set is left out. Times are written as RFC 3339.
// It fits the services whose API names are the SDK's with a small first letter, as CodeBuild's and CodePipeline's are.
func APIJSON(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(apiValue(reflect.ValueOf(v)))
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return raw, nil
}

func apiValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Pointer, reflect.Interface:
		return apiValue(v.Elem())
	case reflect.Struct:
		return apiStruct(v)
	case reflect.Map:
		object := make(map[string]any, v.Len())
		for each := v.MapRange(); each.Next(); {
			object[each.Key().String()] = apiValue(each.Value())
		}
		return object
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			list = append(list, apiValue(v.Index(i)))
		}
		return list
	default:
		return v.Interface()
	}
}

func apiStruct(v reflect.Value) any {
	if when, ok := v.Interface().(time.Time); ok {
		return when.UTC()
	}
	object := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.IsExported() && !v.Field(i).IsZero() {
			first, size := utf8.DecodeRuneInString(field.Name)
			object[string(unicode.ToLower(first))+field.Name[size:]] = apiValue(v.Field(i))
		}
	}
	return object
}
