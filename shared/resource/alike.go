package resource

import (
	"encoding/json"
	"reflect"
	"slices"
)

// Alike says whether two JSON texts say the same, where lists are sets: neither the order of members nor that of items matters, and an empty
// list is as good as none. What is no JSON is like nothing.
func Alike(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(unordered(x), unordered(y))
}

// unordered gives lists as the sorted texts of their items.
func unordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if list, ok := member.([]any); ok && len(list) == 0 {
				delete(v, name)
				continue
			}
			v[name] = unordered(member)
		}
	case []any:
		texts := make([]string, 0, len(v))
		for _, item := range v {
			text, err := json.Marshal(unordered(item)) // what came from JSON can be written as such
			if err != nil {
				return v
			}
			texts = append(texts, string(text))
		}
		slices.Sort(texts)
		return texts
	}
	return v
}
