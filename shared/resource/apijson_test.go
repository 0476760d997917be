package resource

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// mode is an enumeration as the SDK has them: a text with a method.
type mode string

func (mode) Values() []mode { return nil }

// spoken is a text that writes itself.
type spoken string

func (s spoken) MarshalText() ([]byte, error) { return []byte("said: " + string(s)), nil }

type odd struct {
	Zoo, URL, URL2, ADoor, Älter string
	Mode                         mode
	Modes                        []mode
	Spoken                       spoken
	Any                          any
	Bytes                        []byte
	Pair                         [2]int
	Number                       float64
	Long                         int64
	Texts                        map[mode]string
	Lists                        map[string][]string
	When                         time.Time
	Inner                        *odd
	hidden                       string
}

// asMaps is what the JSON of a structure is to be, made of maps and written by json.Marshal.
func asMaps(w writer, v reflect.Value) any {
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Pointer, reflect.Interface:
		return asMaps(w, v.Elem())
	case reflect.Map:
		object := map[string]any{}
		for each := v.MapRange(); each.Next(); {
			object[each.Key().String()] = asMaps(w, each.Value())
		}
		return object
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			list = append(list, asMaps(w, v.Index(i)))
		}
		return list
	case reflect.Struct:
		if when, ok := v.Interface().(time.Time); ok {
			return when.UTC()
		}
		object := map[string]any{}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && !v.Field(i).IsZero() {
				object[w.name(field.Name)] = asMaps(w, v.Field(i))
			}
		}
		return object
	}
	return v.Interface()
}

// Definitions are compared by their text too: it is the one that json.Marshal writes, byte by byte.
func FuzzAPIJSON(f *testing.F) {
	for _, s := range []string{"", "plain", `"quoted\`, "<b>&amp;</b>", "line\nline", "\x00\x7f", "grün \u2028", "\xff\xfe", "~ ", "/"} {
		f.Add(s, int64(len(s)))
	}
	f.Fuzz(func(t *testing.T, s string, n int64) {
		at := time.Unix(n%(1<<32), n%1e9).In(time.FixedZone("", 3600))
		one := odd{
			Zoo: s, URL: s + "1", URL2: "2" + s, ADoor: "a", Älter: s, Mode: mode(s), Modes: []mode{"", mode(s)}, Spoken: spoken(s), Any: map[string]any{s: n, "a": nil, "z": at},
			Bytes: []byte(s), Pair: [2]int{1, int(n)}, Number: float64(n) / 3, Long: n, Texts: map[mode]string{mode(s): s, "b": ""},
			Lists: map[string][]string{s: {s}, "none": nil, "empty": {}}, When: at, hidden: s,
		}
		one.Inner = &odd{Inner: &odd{}, Any: &one.Zoo, Texts: map[mode]string{}, Lists: map[string][]string{}}
		for _, v := range []any{one, &one, []odd{one, {}}, map[string]odd{s: one}, s, n, true, nil, (*odd)(nil)} {
			for _, w := range []writer{true, false} {
				want, err := json.Marshal(asMaps(w, reflect.ValueOf(v)))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := w.json(v); err != nil || string(got) != string(want) {
					t.Fatalf("%v\ngot  %s\nwant %s", err, got, want)
				}
			}
		}
	})
}

func TestJSONThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, v := range []any{func() {}, odd{Any: func() {}}, map[string]any{"a": []any{func() {}}}, &odd{When: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		if got, err := APIJSON(v); err == nil || got != nil {
			t.Errorf("%T was written as %s", v, got)
		}
	}
}
