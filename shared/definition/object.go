package definition

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// object is a decoded JSON object of which every member may be missing or of another type than documented.
type object map[string]any

func (o object) has(member string) bool { return o[member] != nil }

// text is a member as text: numbers and booleans as JSON writes them, what is neither "". What AWS leaves out when it is false or zero is "".
func (o object) text(member string) string {
	switch v := o[member].(type) {
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
	case float64:
		if v != 0 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}

// flag is a switch: given as such or as text.
func (o object) flag(member string) bool { return o.text(member) == "true" }

func (o object) object(member string) object {
	inner, _ := o[member].(map[string]any)
	return inner
}

func (o object) objects(member string) []object {
	list, _ := o[member].([]any)
	out := make([]object, 0, len(list))
	for _, item := range list {
		if inner, ok := item.(map[string]any); ok {
			out = append(out, inner)
		}
	}
	return out
}

func (o object) texts(member string) []string {
	list, _ := o[member].([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// canonical is a value as one text, without what is empty: AWS's answers leave out what requests may say as false, "" or [].
func canonical(v any) string {
	slim := slimmed(v)
	if slim == nil {
		return ""
	}
	raw, err := json.Marshal(slim)
	if err != nil {
		return fmt.Sprint(slim)
	}
	return string(raw)
}

func slimmed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return slimObject(v)
	case []any:
		out := make([]any, 0, len(v))
		for _, below := range v {
			out = append(out, slimmed(below))
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case string:
		return slimText(v)
	case bool:
		return slimText(strconv.FormatBool(v))
	case float64:
		if v != 0 {
			return strconv.FormatFloat(v, 'f', -1, 64) // requests may say numbers as text
		}
	}
	return nil
}

func slimObject(v map[string]any) any {
	out := map[string]any{}
	for name, below := range v {
		if slim := slimmed(below); slim != nil {
			out[name] = slim
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// slimText takes a switch that is off for one that is not there.
func slimText(text string) any {
	switch text {
	case "", "false":
		return nil
	case "true":
		return true
	}
	return text
}

// both lists the names of two sets of members, each once, in order.
func both[V any](a, b map[string]V) []string {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return slices.Sorted(maps.Keys(all))
}
