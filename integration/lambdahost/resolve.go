package lambdahost

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Attributes of a deployed resource: "Ref" is what Ref gives, any other key is for Fn::GetAtt.
// Under "*" lies what any other attribute gives, for resources that are not deployed.
type Attributes map[string]string

// Names are the attributes of resources and parameters by logical id.
type Names map[string]Attributes

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// noValue stands for a member that Ref AWS::NoValue takes away.
type noValue struct{}

// Resolve replaces the intrinsic functions in a part of a template: Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split, Fn::If and Fn::FindInMap
// (AWS CloudFormation User Guide, "Intrinsic function reference"). It fails on a name without a value and on any other function.
func Resolve(v any, names Names) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, inner := range v {
			value, err := Resolve(inner, names)
			if err != nil {
				return nil, err
			}
			if value != (noValue{}) {
				out = append(out, value)
			}
		}
		return out, nil
	case object:
		if function, argument, ok := intrinsic(v); ok {
			return names.call(function, argument)
		}
		out := make(object, len(v))
		for name, inner := range v {
			value, err := Resolve(inner, names)
			if err != nil {
				return nil, err
			}
			if value != (noValue{}) {
				out[name] = value
			}
		}
		return out, nil
	}
	return v, nil
}

// intrinsic says whether v is a call of an intrinsic function.
func intrinsic(v any) (function string, argument any, ok bool) {
	call, _ := v.(object)
	if len(call) != 1 {
		return "", nil, false
	}
	for name, inner := range call {
		return name, inner, name == "Ref" || name == "Condition" && isText(inner) || strings.HasPrefix(name, "Fn::")
	}
	return "", nil, false
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func (n Names) call(function string, argument any) (any, error) {
	switch function {
	case "Ref":
		if plain(argument) == "AWS::NoValue" {
			return noValue{}, nil
		}
		return n.attribute(plain(argument), "Ref")
	case "Fn::GetAtt":
		id, name, _ := strings.Cut(attribute(argument), ".")
		return n.attribute(id, name)
	case "Fn::Sub":
		return n.substitute(argument)
	case "Fn::If":
		return n.choose(argument)
	}
	resolved, err := Resolve(argument, n)
	if err != nil {
		return nil, err
	}
	list, _ := resolved.([]any)
	if function == "Fn::FindInMap" && len(list) >= 3 {
		return n.attribute(plain(list[0]), plain(list[1])+"/"+plain(list[2]))
	}
	if len(list) != 2 {
		return nil, fmt.Errorf("resolve %s: %d arguments, or not understood", function, len(list))
	}
	return compute(function, list[0], list[1])
}

// compute evaluates a function of two arguments.
func compute(function string, left, right any) (any, error) {
	from, isList := right.([]any)
	switch {
	case function == "Fn::Join" && isList:
		return join(plain(left), from), nil
	case function == "Fn::Select":
		at, err := strconv.Atoi(plain(left))
		if err != nil || at < 0 || at >= len(from) {
			return nil, fmt.Errorf("resolve Fn::Select: no element %v of %d", left, len(from))
		}
		return from[at], nil
	case function == "Fn::Split":
		var out []any
		for _, part := range strings.Split(plain(right), plain(left)) {
			out = append(out, part)
		}
		return out, nil
	}
	return nil, fmt.Errorf("resolve %s of %v: not understood", function, right)
}

func join(separator string, parts []any) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = plain(part)
	}
	return strings.Join(texts, separator)
}

func (n Names) attribute(id, name string) (any, error) {
	if value, ok := n[id][name]; ok {
		return value, nil
	}
	if made, ok := n[id]["*"]; ok {
		return made + "." + name, nil
	}
	return nil, fmt.Errorf("resolve %s of %s: no value", name, id)
}

func (n Names) substitute(argument any) (any, error) {
	text, own := plain(first(argument)), object{}
	if list, ok := argument.([]any); ok && len(list) == 2 {
		own, _ = list[1].(object)
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		var value any
		var err error
		if inner, ok := own[name]; ok {
			value, err = Resolve(inner, n)
		} else if id, rest, dotted := strings.Cut(name, "."); dotted {
			value, err = n.attribute(id, rest)
		} else {
			value, err = n.attribute(name, "Ref")
		}
		if err != nil {
			failed = err
		}
		return plain(value)
	})
	return strings.ReplaceAll(out, "${!", "${"), failed
}

func (n Names) choose(argument any) (any, error) {
	list, _ := argument.([]any)
	if len(list) != 3 {
		return nil, fmt.Errorf("resolve Fn::If: %d arguments", len(list))
	}
	holds, err := n.attribute(plain(list[0]), "Condition")
	if err != nil {
		return nil, err
	}
	if holds == "true" {
		return Resolve(list[1], n)
	}
	return Resolve(list[2], n)
}

// attribute writes Fn::GetAtt's argument as id.name.
func attribute(v any) string {
	if list, ok := v.([]any); ok && len(list) == 2 {
		return plain(list[0]) + "." + plain(list[1])
	}
	return plain(v)
}

func first(v any) any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		return list[0]
	}
	return v
}

// plain is a value as text: what is no text as JSON.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}
