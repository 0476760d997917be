package remedy

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// Alike says whether two definitions say the same. What is empty, off or zero counts for nothing, because AWS's answers leave out what requests
// may say so. What is no JSON is like nothing.
func Alike(a, b json.RawMessage) bool {
	return json.Valid(a) && json.Valid(b) && reflect.DeepEqual(full(decoded(a)), full(decoded(b)))
}

// Lost is the path of a member that a definition has and what was made of it lacks: "stages.0.guard"; "" for none. What is empty, off or zero
// counts for nothing.
func Lost(kept, made json.RawMessage) string {
	return lost("", full(decoded(kept)), full(decoded(made)))
}

func lost(at string, of, in any) string {
	switch of := of.(type) {
	case map[string]any:
		other, _ := in.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			if other[name] == nil {
				return at + name
			}
			if path := lost(at+name+".", of[name], other[name]); path != "" {
				return path
			}
		}
	case []any:
		other, _ := in.([]any)
		for i := range of {
			if i >= len(other) {
				return at + strconv.Itoa(i)
			}
			if path := lost(at+strconv.Itoa(i)+".", of[i], other[i]); path != "" {
				return path
			}
		}
	}
	return ""
}

// full is a value without what is empty, off or zero; nil where nothing is left.
func full(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, below := range v {
			if below = full(below); below != nil {
				out[name] = below
			}
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case []any:
		out := make([]any, 0, len(v))
		for _, below := range v {
			out = append(out, full(below))
		}
		if len(out) > 0 {
			return out
		}
		return nil
	}
	if v == "" || v == false || v == json.Number("0") {
		return nil
	}
	return v
}

// Few are as many sentences as somebody reads, and how many more there are.
func Few(sentences []string) []string {
	if more := len(sentences) - mostDifferences; more > 0 {
		return append(slices.Clone(sentences[:mostDifferences]), fmt.Sprintf("and %d more", more))
	}
	return sentences
}
