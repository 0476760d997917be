package resource_test

import (
	"encoding/json"
	"testing"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		a, b string
		want bool
	}{
		{`{"a":[1,{"b":["x","y"]}],"c":null}`, `{"c": null, "a": [{"b":["y","x"]}, 1]}`, true},
		{`{"a":[]}`, `{}`, true},
		{`{"a":{}}`, `{}`, false},
		{`["1"]`, `[1]`, false},
		{`["a"]`, `"a"`, false},
		{`["a","a"]`, `["a"]`, false},
		{`{`, `{`, false},
		{``, ``, false},
		{`{} {}`, `{} {}`, false},
	} {
		if got := resource.Alike([]byte(one.a), []byte(one.b)); got != one.want {
			t.Errorf("%s and %s: %v", one.a, one.b, got)
		}
	}
}

func FuzzAlike(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":["x","y"]}],"c":[]}`), []byte(`[[],{}]`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if resource.Alike(a, a) != json.Valid(a) || resource.Alike(a, b) != resource.Alike(b, a) {
			t.Errorf("%q and %q", a, b)
		}
	})
}
