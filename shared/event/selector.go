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
	Detail     map[string][]string // dotted path below detail -> accepted values; "Name*" is a prefix; an empty list: no such leaf anywhere
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
	detail := map[string]any(e.Detail)
	for path, accepted := range s.Detail {
		if len(accepted) == 0 && someLeaf(detail, path, func(any) bool { return true }) {
			return false
		}
		if len(accepted) > 0 && !someLeaf(detail, path, func(v any) bool { return accepts(accepted, v) }) {
			return false
		}
	}
	return s.holdsTogether(detail)
}

// someLeaf says whether a leaf at the path is wanted. As EventBridge does, it looks through arrays on the way
// and at nothing but leaves: null is one, an object is none.
func someLeaf(v any, path string, wanted func(any) bool) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return someLeaf(item, path, wanted) })
	case map[string]any:
		name, rest, _ := strings.Cut(path, ".")
		below, there := v[name]
		return there && path != "" && someLeaf(below, rest, wanted)
	}
	return path == "" && wanted(v)
}

func accepts(accepted []string, v any) bool {
	s, ok := v.(string)
	return ok && slices.ContainsFunc(accepted, func(a string) bool {
		prefix, ok := strings.CutSuffix(a, "*")
		return ok && strings.HasPrefix(s, prefix) || a == s
	})
}

// holdsTogether says whether paths that lead through one array hold for the same item of it.
// Each holds alone already, so this is asked of the few events that are about to match.
func (s Selector) holdsTogether(detail map[string]any) bool {
	deep := map[string][]string{}
	for path, accepted := range s.Detail {
		if len(accepted) > 0 && strings.Contains(path, ".") {
			deep[path] = accepted
		}
	}
	return len(deep) < 2 || fits(detail, nest(deep, func(accepted []string) any { return accepted }))
}

func fits(v, wanted any) bool {
	if items, ok := v.([]any); ok {
		return slices.ContainsFunc(items, func(item any) bool { return fits(item, wanted) })
	}
	if accepted, ok := wanted.([]string); ok {
		return accepts(accepted, v)
	}
	object, _ := v.(map[string]any)
	below, _ := wanted.(map[string]any)
	for name := range below {
		if !fits(object[name], below[name]) {
			return false
		}
	}
	return true
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
	if len(s.Detail) > 0 {
		pattern["detail"] = nest(s.Detail, operators)
	}
	return pattern
}

// nest turns dotted paths into nested objects.
func nest(detail map[string][]string, render func([]string) any) map[string]any {
	tree := map[string]any{}
	for path, accepted := range detail {
		names := strings.Split(path, ".")
		at := tree
		for _, name := range names[:len(names)-1] {
			below, ok := at[name].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[name] = below
			}
			at = below
		}
		at[names[len(names)-1]] = render(accepted)
	}
	return tree
}

func operators(accepted []string) any {
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
