package event

import (
	"encoding/json"
	"strconv"
)

// Fields is a decoded JSON object of which every member may be missing, null, or of another type than documented.
// All its methods work on nil.
type Fields map[string]any

func (f Fields) at(path []string) any {
	var v any = map[string]any(f)
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// Has says whether the member is there and not null.
func (f Fields) Has(path ...string) bool { return f.at(path) != nil }

// String is the member as text: numbers and booleans as JSON writes them, anything else "".
func (f Fields) String(path ...string) string { return text(f.at(path)) }

// Strings is the member as a list of texts; a single text counts as a list of one.
func (f Fields) Strings(path ...string) []string {
	v := f.at(path)
	if s := text(v); s != "" {
		return []string{s}
	}
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s := text(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Object is the member as an object. A text that holds a JSON object is opened: CloudTrail writes both.
// It is nil for anything else, a text cut in the middle included.
func (f Fields) Object(path ...string) Fields {
	switch v := f.at(path).(type) {
	case map[string]any:
		return v
	case string:
		var object Fields
		if json.Unmarshal([]byte(v), &object) == nil {
			return object
		}
	}
	return nil
}

// Objects is the member as a list of objects; what is no object is left out.
func (f Fields) Objects(path ...string) []Fields {
	list, _ := f.at(path).([]any)
	out := make([]Fields, 0, len(list))
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// Bool is the member as a truth value, given as such or as text; ok is false when it is neither.
func (f Fields) Bool(path ...string) (value, ok bool) {
	value, err := strconv.ParseBool(f.String(path...))
	return value, err == nil
}

// JSON is the member as JSON text; nil when it is missing. A text member is returned as it stands.
func (f Fields) JSON(path ...string) []byte {
	switch v := f.at(path).(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return raw
	}
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return ""
}
