package event_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/event"
)

// told is everything the accessors say of one member.
type told struct {
	Has     bool
	String  string
	Strings []string
	Object  event.Fields
	Objects []event.Fields
	Bool    bool
	IsBool  bool
	JSON    string
}

func tell(f event.Fields, path ...string) told {
	value, ok := f.Bool(path...)
	return told{
		Has: f.Has(path...), String: f.String(path...), Strings: f.Strings(path...), Object: f.Object(path...),
		Objects: f.Objects(path...), Bool: value, IsBool: ok, JSON: string(f.JSON(path...)),
	}
}

func TestFieldsOnEveryType(t *testing.T) {
	t.Parallel()
	none, noObjects := []string{}, []event.Fields{}
	for in, want := range map[string]told{
		`null`:                     {Strings: none, Objects: noObjects},
		`"text"`:                   {Has: true, String: "text", Strings: []string{"text"}, Objects: noObjects, JSON: "text"},
		`""`:                       {Has: true, Strings: none, Objects: noObjects},
		`true`:                     {Has: true, String: "true", Strings: []string{"true"}, Objects: noObjects, Bool: true, IsBool: true, JSON: "true"},
		`false`:                    {Has: true, String: "false", Strings: []string{"false"}, Objects: noObjects, IsBool: true, JSON: "false"},
		`"true"`:                   {Has: true, String: "true", Strings: []string{"true"}, Objects: noObjects, Bool: true, IsBool: true, JSON: "true"},
		`"False"`:                  {Has: true, String: "False", Strings: []string{"False"}, Objects: noObjects, IsBool: true, JSON: "False"},
		`"yes"`:                    {Has: true, String: "yes", Strings: []string{"yes"}, Objects: noObjects, JSON: "yes"},
		`7`:                        {Has: true, String: "7", Strings: []string{"7"}, Objects: noObjects, JSON: "7"},
		`7.0`:                      {Has: true, String: "7", Strings: []string{"7"}, Objects: noObjects, JSON: "7"},
		`-0.25`:                    {Has: true, String: "-0.25", Strings: []string{"-0.25"}, Objects: noObjects, JSON: "-0.25"},
		`111122223333`:             {Has: true, String: "111122223333", Strings: []string{"111122223333"}, Objects: noObjects, JSON: "111122223333"},
		`1e21`:                     {Has: true, String: "1000000000000000000000", Strings: []string{"1000000000000000000000"}, Objects: noObjects, JSON: "1e+21"},
		`{}`:                       {Has: true, Strings: none, Object: event.Fields{}, Objects: noObjects, JSON: "{}"},
		`{"a":"b"}`:                {Has: true, Strings: none, Object: event.Fields{"a": "b"}, Objects: noObjects, JSON: `{"a":"b"}`},
		`"{\"a\":\"b\"}"`:          {Has: true, String: `{"a":"b"}`, Strings: []string{`{"a":"b"}`}, Object: event.Fields{"a": "b"}, Objects: noObjects, JSON: `{"a":"b"}`},
		`"{\"a\":\"b"`:             {Has: true, String: `{"a":"b`, Strings: []string{`{"a":"b`}, Objects: noObjects, JSON: `{"a":"b`},
		`"[{}]"`:                   {Has: true, String: `[{}]`, Strings: []string{`[{}]`}, Objects: noObjects, JSON: `[{}]`},
		`"null"`:                   {Has: true, String: `null`, Strings: []string{`null`}, Objects: noObjects, JSON: `null`},
		`[]`:                       {Has: true, Strings: none, Objects: noObjects, JSON: "[]"},
		`["a","b"]`:                {Has: true, Strings: []string{"a", "b"}, Objects: noObjects, JSON: `["a","b"]`},
		`["a",null,"",7,{},["b"]]`: {Has: true, Strings: []string{"a", "7"}, Objects: []event.Fields{{}}, JSON: `["a",null,"",7,{},["b"]]`},
		`[{"a":1},{"a":2},"x"]`:    {Has: true, Strings: []string{"x"}, Objects: []event.Fields{{"a": 1.0}, {"a": 2.0}}, JSON: `[{"a":1},{"a":2},"x"]`},
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			var f event.Fields
			if err := json.Unmarshal([]byte(`{"top":{"member":`+in+`}}`), &f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, tell(f, "top", "member")); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if diff := cmp.Diff(want, tell(f.Object("top"), "member")); diff != "" {
				t.Errorf("by way of the object: want -, got +\n%s", diff)
			}
		})
	}
}

func TestFieldsThatAreNotThere(t *testing.T) {
	t.Parallel()
	full := event.Fields{"text": "x", "null": nil, "list": []any{map[string]any{"a": "b"}}, "object": map[string]any{"a": "b"}, "opened": `{"a":"b"}`}
	nothing := told{Strings: []string{}, Objects: []event.Fields{}}
	for name, f := range map[string]event.Fields{"nil": nil, "empty": {}, "full": full} {
		for _, path := range [][]string{{"missing"}, {"missing", "below"}, {"text", "below"}, {"null"}, {"null", "below"}, {"list", "a"}, {"object", "missing"}, {"object", "a", "below"}, {"opened", "a"}, {"Text"}, {""}} {
			if diff := cmp.Diff(nothing, tell(f, path...)); diff != "" {
				t.Errorf("%s %q: want -, got +\n%s", name, path, diff)
			}
		}
	}
	if got := full.Object("opened").Object("missing").Object("deeper").String("a"); got != "" {
		t.Errorf("a chain through nil gives %q", got)
	}
}

// A number as the decoder with UseNumber leaves it.
func TestFieldsNumber(t *testing.T) {
	t.Parallel()
	f := event.Fields{"n": json.Number("12345678901234567890")}
	if got := f.String("n"); got != "12345678901234567890" {
		t.Errorf("got %q", got)
	}
	if got := (event.Fields{"f": func() {}}).JSON("f"); got != nil {
		t.Errorf("what is no JSON gives %q", got)
	}
}
