package event

import (
	"slices"
	"strings"
)

// Selector says which events to wake for. It is plain data with two uses: dispatch in the process (Matches)
// and the EventBridge rule that is deployed (Pattern), so the two cannot drift apart.
//
// Only operators on which every EventBridge engine agrees are used: exact values, prefix and exists.
type Selector struct {
	Source     string              // envelope source; "" for any
	DetailType string              // envelope detail-type
	Detail     map[string][]string // dotted path below detail -> accepted values; "Name*" is a prefix; an empty list: the member must be absent
}

// Calls selects the successful CloudTrail API calls of those names on one service (codebuild.amazonaws.com).
// A name that ends in * is a prefix, as for Lambda's dated names.
func Calls(service string, names ...string) Selector {
	return Selector{DetailType: APICall, Detail: map[string][]string{
		"eventSource": {service}, "eventName": names, "errorCode": nil,
	}}
}

// Matches says whether the event is one of those.
func (s Selector) Matches(e *Event) bool {
	if s.DetailType != "" && s.DetailType != e.DetailType || s.Source != "" && s.Source != e.Source {
		return false
	}
	for path, accepted := range s.Detail {
		value := e.Detail.at(strings.Split(path, "."))
		if len(accepted) == 0 {
			if isLeaf(value) {
				return false
			}
			continue
		}
		if !accepts(accepted, value) {
			return false
		}
	}
	return true
}

// isLeaf says whether EventBridge would call the member existing: it looks at leaves only.
func isLeaf(v any) bool {
	switch v := v.(type) {
	case nil, map[string]any:
		return false
	case []any:
		return slices.ContainsFunc(v, isLeaf)
	}
	return true
}

func accepts(accepted []string, v any) bool {
	switch v := v.(type) {
	case string:
		return slices.ContainsFunc(accepted, func(a string) bool {
			prefix, ok := strings.CutSuffix(a, "*")
			return ok && strings.HasPrefix(v, prefix) || a == v
		})
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return accepts(accepted, item) })
	}
	return false
}

// Pattern renders the selector as an EventBridge event pattern
// (Amazon EventBridge User Guide, "Comparison operators for use in event patterns").
func (s Selector) Pattern() map[string]any {
	pattern := map[string]any{}
	if s.Source != "" {
		pattern["source"] = []any{s.Source}
	}
	if s.DetailType != "" {
		pattern["detail-type"] = []any{s.DetailType}
	}
	for path, accepted := range s.Detail {
		at := pattern
		for _, name := range append([]string{"detail"}, parents(path)...) {
			below, ok := at[name].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[name] = below
			}
			at = below
		}
		at[leaf(path)] = operators(accepted)
	}
	return pattern
}

func operators(accepted []string) []any {
	if len(accepted) == 0 {
		return []any{map[string]any{"exists": false}}
	}
	out := make([]any, 0, len(accepted))
	for _, a := range accepted {
		if prefix, ok := strings.CutSuffix(a, "*"); ok {
			out = append(out, map[string]any{"prefix": prefix})
			continue
		}
		out = append(out, a)
	}
	return out
}

func parents(path string) []string {
	names := strings.Split(path, ".")
	return names[:len(names)-1]
}

func leaf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
