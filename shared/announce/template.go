package announce

import (
	"encoding/json"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// template says how to change what a stack manages: each property in words, and all of them as a patch of the resource in the template.
func (p *page) template(e Entry) {
	if e.Stack == "" || len(e.Template) == 0 {
		return
	}
	lines := make([]string, 0, len(e.Template)+1)
	for _, property := range e.Template {
		value := encoded(property.Value)
		if property.Value == nil {
			value = "is to go"
		}
		lines = append(lines, indent+property.Type+", "+strings.ReplaceAll(property.Path, "/", ".")+": "+value)
	}
	p.section("In the template of the stack "+e.Stack, append(lines, run+Patch(e.Template))...)
}

// Patch writes properties as a JSON patch (RFC 6902) of a resource in a CloudFormation template: "add" sets a member, whether it was there or not.
func Patch(properties []finding.Property) string {
	type step struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value,omitempty"`
	}
	steps := make([]step, 0, len(properties))
	for _, property := range properties {
		one := step{Op: "add", Path: "/Properties/" + property.Path, Value: property.Value}
		if property.Value == nil {
			one.Op = "remove"
		}
		steps = append(steps, one)
	}
	return encoded(steps)
}

func encoded(v any) string {
	text, err := encode(v)
	if err != nil {
		return ""
	}
	return text
}

// properties leaves out what is too long to be shown, and what cannot be.
func (l limits) properties(list []finding.Property) []finding.Property {
	var kept []finding.Property
	for _, property := range list[:min(len(list), l.list)] {
		text := clean(encoded(property.Value), l.text)
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			continue
		}
		kept = append(kept, finding.Property{Type: clean(property.Type, l.name), Path: clean(property.Path, l.name), Value: value})
	}
	return kept
}
