package identity

import (
	"encoding/json"
	"strconv"
	"strings"
)

// object is a decoded JSON object of which nothing is certain. Its methods work on nil.
type object map[string]any

func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, name := range path {
		member, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = member[name]
	}
	return v
}

// text is the member as text: mfaAuthenticated is documented as text and seen as a truth value, accountId as a number.
func (o object) text(path ...string) string {
	switch v := o.at(path...).(type) {
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

// arn is the parts of an ARN that tell who somebody is.
type arn struct{ service, account, resource string }

// parseARN takes an ARN apart; what is none gives the zero value.
func parseARN(s string) arn {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return arn{}
	}
	return arn{service: parts[2], account: parts[4], resource: parts[5]}
}

// lastOf is the name at the end of the resource, without its path; "" when the resource is not of that kind.
func (a arn) lastOf(kind string) string {
	rest, ok := strings.CutPrefix(a.resource, kind)
	if !ok {
		return ""
	}
	return rest[strings.LastIndexByte(rest, '/')+1:]
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
