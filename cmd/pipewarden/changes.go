package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// mostChanges is how many differences are shown; a definition that was replaced as a whole has more than anybody reads.
const mostChanges = 20

// changes lists what differs between two states, one member on a line: "projectVisibility: PUBLIC_READ -> PRIVATE".
func changes(before, after json.RawMessage) []string {
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
		all = append(all, fmt.Sprintf("%s: %s -> %s", path, orNothing(was, had), orNothing(is, has)))
	}
	if more := len(all) - mostChanges; more > 0 {
		all = append(all[:mostChanges], fmt.Sprintf("and %d more", more))
	}
	return all
}

func decoded(raw json.RawMessage) any {
	var v any
	if len(raw) > 0 && json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	return v
}

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
	case []any:
		for i, item := range v {
			flatten(below(strconv.Itoa(i)), item, into)
		}
	case nil:
	case string:
		into[path] = clipped(v)
	default:
		into[path] = fmt.Sprint(v)
	}
}

func orNothing(value string, there bool) string {
	switch {
	case !there:
		return "nothing"
	case value == "":
		return `""`
	}
	return value
}

// clipped is as much of a text as helps to recognise it.
func clipped(text string) string {
	const most = 200
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d characters)", string(runes[:most]), len(runes))
}
