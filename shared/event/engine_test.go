package event_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This is a matcher of EventBridge patterns as small as the operators that are rendered: values, prefix, exists.
// It works as AWS's engine does, on leaves that know their place in every array, and so unlike Selector.Matches.

type leaf struct {
	path  string
	value any
	place map[string]int // array -> the item that holds this leaf
}

type condition struct {
	path      string
	operators []any
}

func flatten(t *testing.T, raw []byte) []leaf {
	t.Helper()
	var event any
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	var leaves []leaf
	var walk func(path, where string, v any, place map[string]int)
	walk = func(path, where string, v any, place map[string]int) {
		switch v := v.(type) {
		case map[string]any:
			for name, below := range v {
				walk(strings.TrimPrefix(path+"\x00"+name, "\x00"), where+"\x00"+name, below, place)
			}
		case []any:
			for i, item := range v {
				inside := maps.Clone(place)
				inside[where] = i
				walk(path, where+"["+strconv.Itoa(i)+"]", item, inside)
			}
		default:
			leaves = append(leaves, leaf{path, v, place})
		}
	}
	walk("", "", event, map[string]int{})
	return leaves
}

func conditions(t *testing.T, pattern map[string]any) []condition {
	t.Helper()
	raw, err := json.Marshal(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		t.Fatal(err)
	}
	var out []condition
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(strings.TrimPrefix(path+"\x00"+name, "\x00"), v[name])
			}
		case []any:
			if len(v) == 0 {
				t.Fatalf("%q: AWS rejects an empty list", path)
			}
			out = append(out, condition{path, v})
		default:
			t.Fatalf("%q: AWS rejects %v outside a list", path, v)
		}
	}
	walk("", decoded)
	return out
}

func matches(t *testing.T, pattern map[string]any, leaves []leaf) bool {
	t.Helper()
	return holds(conditions(t, pattern), leaves, nil)
}

// holds tries every leaf for the first condition and goes on with the rest where it stands in the same items as those chosen before.
func holds(rest []condition, leaves []leaf, place map[string]int) bool {
	if len(rest) == 0 {
		return true
	}
	at := func(l leaf) bool { return l.path == rest[0].path && together(place, l.place) }
	if slices.ContainsFunc(rest[0].operators, absence) && !slices.ContainsFunc(leaves, at) && holds(rest[1:], leaves, place) {
		return true
	}
	for _, l := range leaves {
		if !at(l) || !slices.ContainsFunc(rest[0].operators, func(op any) bool { return operatorHolds(op, l.value) }) {
			continue
		}
		joined := maps.Clone(l.place)
		maps.Copy(joined, place)
		if holds(rest[1:], leaves, joined) {
			return true
		}
	}
	return false
}

func together(a, b map[string]int) bool {
	for array, item := range a {
		if other, ok := b[array]; ok && other != item {
			return false
		}
	}
	return true
}

func absence(op any) bool {
	object, _ := op.(map[string]any)
	return object["exists"] == false
}

func operatorHolds(op, value any) bool {
	object, ok := op.(map[string]any)
	if !ok {
		return op == value
	}
	if prefix, ok := object["prefix"].(string); ok {
		s, isText := value.(string)
		return isText && strings.HasPrefix(s, prefix)
	}
	return object["exists"] == true
}

// The yardstick itself is held against verdicts of AWS's own engine (event-ruler).
func TestEngineAgainstVectors(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{
		`{"detail":{"n":["UpdateX"]}}`:                                  true,
		`{"detail":{"n":[{"prefix":"Upd"}]}}`:                           true,
		`{"detail":{"n":[{"exists":true}]}}`:                            true,
		`{"detail":{"zz":[{"exists":false}]}}`:                          true,
		`{"detail":{"n":[{"exists":false}]}}`:                           false,
		`{"detail":{"nested":[{"exists":true}]}}`:                       false,
		`{"detail":{"nested":{"zz":{"deep":[{"exists":false}]}}}}`:      true,
		`{"detail":{"arr":["b","c"]}}`:                                  true,
		`{"detail":{"arr":[{"prefix":"b"}]}}`:                           true,
		`{"resources":[{"prefix":"arn:b"}]}`:                            true,
		`{"detail":{"objs":{"a":["1"]}}}`:                               true,
		`{"detail":{"objs":{"a":["1"],"b":["4"]}}}`:                     false,
		`{"detail":{"nested":{"nul":[null]}}}`:                          true,
		`{"detail":{"b":[true]}}`:                                       true,
		`{"detail":{"cnt":[5]}}`:                                        true,
		`{"detail":{"cnt":[5.0]}}`:                                      true,
		`{"detail":{"cnt":["5"]}}`:                                      false,
		`{"detail":{"b":[1]}}`:                                          false,
		`{"detail":{"e":[""]}}`:                                         true,
		`{"detail":{"n":["Q",{"prefix":"Up"}]}}`:                        true,
		`{"detail":{"nested":[{"exists":false}]}}`:                      true,
		`{"detail":{"objs":[{"exists":true}]}}`:                         false,
		`{"detail":{"nested":{"nul":[{"exists":true}]}}}`:               true,
		`{"detail":{"N":["UpdateX"]}}`:                                  false,
		`{"detail":{"x":{"y":{"mfa":[{"exists":false},"false"]}}}}`:     true,
		`{"detail":{"n":["UpdateX"],"errorCode":[{"exists":false}]}}`:   true,
		`{"source":["s.x"],"detail-type":["T"],"detail":{"n":["Foo"]}}`: false,
	} {
		_, raw := onBus(t, vectors)
		var decoded map[string]any
		if err := json.Unmarshal([]byte(pattern), &decoded); err != nil {
			t.Fatal(err)
		}
		if got := matches(t, decoded, flatten(t, raw)); got != want {
			t.Errorf("%s: %t, AWS says %t", pattern, got, want)
		}
	}
	for detail, want := range map[string]bool{`{"eo":{}}`: false, `{"eo":[]}`: false, `{"eo":0}`: true} {
		_, raw := onBus(t, detail)
		pattern := map[string]any{"detail": map[string]any{"eo": []any{map[string]any{"exists": true}}}}
		if got := matches(t, pattern, flatten(t, raw)); got != want {
			t.Errorf("eo exists in %s: %t, AWS says %t", detail, got, want)
		}
	}
}
