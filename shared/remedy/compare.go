package remedy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// mostDifferences is how many are told; a definition that was replaced as a whole has more than anybody reads.
const mostDifferences = 20

// Differences lists what differs between two states as JSON, one member on a line: "projectVisibility: PUBLIC_READ -> PRIVATE".
func Differences(before, after json.RawMessage) []string {
	from, to := map[string]string{}, map[string]string{}
	flatten("", decoded(before), from)
	flatten("", decoded(after), to)
	paths := maps.Clone(from)
	maps.Copy(paths, to)
	var all []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		was, had := from[path]
		is, has := to[path]
		if had == has && was == is {
			continue
		}
		name := path
		if name == "" {
			name = "it"
		}
		all = append(all, fmt.Sprintf("%s: %s -> %s", name, shown(was, had), shown(is, has)))
	}
	if more := len(all) - mostDifferences; more > 0 {
		all = append(all[:mostDifferences], fmt.Sprintf("and %d more", more))
	}
	return all
}

// decoded keeps numbers as they are written. What is no JSON is told as it is.
func decoded(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	var v any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return string(raw)
	}
	return v
}

// flatten lists the values below a path. That an object or a list is there and empty is a value too.
func flatten(path string, v any, into map[string]string) {
	below := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(below(name), member, into)
		}
		if len(v) == 0 && path != "" {
			into[path] = "{}"
		}
	case []any:
		for i, item := range v {
			flatten(below(strconv.Itoa(i)), item, into)
		}
		if len(v) == 0 {
			into[path] = "[]"
		}
	case nil:
	case string:
		into[path] = v
	default:
		into[path] = fmt.Sprint(v)
	}
}

func shown(value string, there bool) string {
	switch {
	case !there:
		return "nothing"
	case value == "":
		return `""`
	}
	return Clipped(value)
}

// Clipped is as much of a text as helps to recognise it.
func Clipped(text string) string {
	const most = 200
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d characters)", string(runes[:most]), len(runes))
}

// between says whether each member of a state is as it was, or as it is to be: a change that takes several calls was broken off.
func between(now, from, to any) bool {
	var members [3]map[string]any
	for i, state := range []any{now, from, to} {
		raw, err := encode(state)
		object, ok := decoded(raw).(map[string]any)
		if err != nil || !ok {
			return false
		}
		members[i] = object
	}
	names := map[string]bool{}
	for _, object := range members {
		for name := range object {
			names[name] = true
		}
	}
	for name := range names {
		is := members[0][name]
		if !reflect.DeepEqual(is, members[1][name]) && !reflect.DeepEqual(is, members[2][name]) {
			return false
		}
	}
	return true
}
