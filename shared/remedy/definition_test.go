package remedy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/remedy"
)

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":"x"}`, `{"b":"x","a":1}`, true},
		{`{"a":{"b":"","c":false,"d":0,"e":[],"f":{},"g":null}}`, `{}`, true},
		{`{"a":[{"b":""},{"c":1}]}`, `{"a":[{},{"c":1}]}`, true},
		{`{"a":[{},{"c":1}]}`, `{"a":[{"c":1}]}`, false}, // an item that is empty still has a place
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":true}`, `{}`, false},
		{`{"a":"x"}`, `{"b":"x"}`, false},
		{``, ``, false},
		{`{`, `{`, false},
		{`{`, `"{"`, false},
		{`{}`, ``, false},
	} {
		if got := remedy.Alike(json.RawMessage(one.a), json.RawMessage(one.b)); got != one.want {
			t.Errorf("%s and %s: %v", one.a, one.b, got)
		}
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ kept, made, want string }{
		{`{"a":[{"b":1}],"c":{"d":"x"}}`, `{"c":{"d":"y"},"a":[{"b":2}],"e":1}`, ""},
		{`{"a":[{"b":1,"guard":{"x":1}}]}`, `{"a":[{"b":1}]}`, "a.0.guard"},
		{`{"a":{"b":{"c":1}}}`, `{"a":{"b":"text"}}`, "a.b.c"},
		{`{"a":{"b":{"c":false}}}`, `{}`, ""},
		{`{"a":[1,2]}`, `{"a":[1]}`, "a.1"},
		{`{"a":1}`, ``, "a"},
	} {
		if got := remedy.Lost(json.RawMessage(one.kept), json.RawMessage(one.made)); got != one.want {
			t.Errorf("%s made %s: %q, want %q", one.kept, one.made, got, one.want)
		}
	}
}

func TestFew(t *testing.T) {
	t.Parallel()
	var all []string
	for i := range 30 {
		all = append(all, fmt.Sprint(i))
	}
	if got := remedy.Few(all); len(got) != 21 || got[20] != "and 10 more" || got[19] != "19" || all[20] != "20" {
		t.Errorf("%q", got)
	}
	if got := remedy.Few(all[:20]); !slices.Equal(got, all[:20]) {
		t.Errorf("%q", got)
	}
}
