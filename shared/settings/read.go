package settings

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader fills the settings from the nodes of a file. It goes on after a fault, so that the file's author hears of everything at once,
// and it keeps where each path is written. It follows no aliases: a few lines of them can stand for more text than memory holds.
type reader struct {
	lines  map[string]int  // by path
	broken map[string]bool // paths that were found faulty: what lies below them is not told again
	above  map[string]bool // paths above those
	faults []fault
}

func (r *reader) fault(line int, text string, at []string) {
	path := strings.Join(at, ".")
	r.broken[path] = true
	for n := range at {
		r.above[strings.Join(at[:n], ".")] = true
	}
	r.faults = append(r.faults, fault{line: line, path: path, text: text})
}

// fill reads a node into a value; null leaves the value as it is.
func (r *reader) fill(node *yaml.Node, out reflect.Value, at []string) {
	switch {
	case node.Kind == yaml.AliasNode:
		r.fault(node.Line, "aliases are not read here: write out what *"+node.Value+" stands for", at)
		return
	case node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null":
		return
	}
	switch out.Kind() {
	case reflect.Pointer:
		r.given(node, out, at)
	case reflect.Map:
		r.entries(node, out, at)
	case reflect.Slice:
		r.items(node, out, at)
	case reflect.Struct:
		if _, scalar := out.Addr().Interface().(readable); !scalar {
			r.fields(node, out, at)
			return
		}
		r.scalar(node, out, at)
	default:
		r.scalar(node, out, at)
	}
}

// given fills a value that may be left out. An empty list is one that is given.
func (r *reader) given(node *yaml.Node, out reflect.Value, at []string) {
	value := reflect.New(out.Type().Elem())
	r.fill(node, value.Elem(), at)
	if to := value.Elem(); to.Kind() == reflect.Slice && to.IsNil() {
		to.Set(reflect.MakeSlice(to.Type(), 0, 0))
	}
	out.Set(value)
}

// members walks a mapping. Each gets the member's name, its value and its path, the first time that the name comes up.
func (r *reader) members(node *yaml.Node, at []string, each func(name, value *yaml.Node, at []string)) {
	if node.Kind != yaml.MappingNode {
		r.fault(node.Line, "members in the form name: value expected, "+found(node)+" found", at)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			r.fault(name.Line, "a name expected, "+found(name)+" found", at)
			continue
		}
		below := slices.Concat(at, []string{name.Value})
		if line, again := first[name.Value]; again {
			r.fault(name.Line, fmt.Sprintf("is there already, on line %d", line), below)
			continue
		}
		first[name.Value] = name.Line
		r.lines[strings.Join(below, ".")] = name.Line
		each(name, value, below)
	}
}

func (r *reader) fields(node *yaml.Node, out reflect.Value, at []string) {
	var names []string
	for i := range out.NumField() {
		names = append(names, out.Type().Field(i).Tag.Get("yaml"))
	}
	r.members(node, at, func(name, value *yaml.Node, at []string) {
		for i, known := range names {
			if known == name.Value {
				r.fill(value, out.Field(i), at)
				return
			}
		}
		text := "no such setting"
		if near := Nearest(name.Value, names); near != "" {
			text += "; did you mean " + near + "?"
		}
		r.fault(name.Line, text, at)
	})
}

func (r *reader) entries(node *yaml.Node, out reflect.Value, at []string) {
	r.members(node, at, func(name, value *yaml.Node, at []string) {
		if out.IsNil() {
			out.Set(reflect.MakeMap(out.Type()))
		}
		element := reflect.New(out.Type().Elem()).Elem()
		r.fill(value, element, at)
		out.SetMapIndex(reflect.ValueOf(name.Value), element)
	})
}

func (r *reader) items(node *yaml.Node, out reflect.Value, at []string) {
	if node.Kind != yaml.SequenceNode {
		r.fault(node.Line, "a list expected, "+found(node)+" found", at)
		return
	}
	out.SetZero() // what the file lists takes the place of the default
	for i, item := range node.Content {
		below := slices.Concat(at, []string{fmt.Sprint(i)})
		r.lines[strings.Join(below, ".")] = item.Line
		element := reflect.New(out.Type().Elem()).Elem()
		r.fill(item, element, below)
		out.Set(reflect.Append(out, element))
	}
}

// readable is a value that is written as one text. It is not yaml.Unmarshaler on purpose: a method of that name would have the linker keep the
// whole parser in functions that read no YAML.
type readable interface{ read(text string) error }

func (r *reader) scalar(node *yaml.Node, out reflect.Value, at []string) {
	if node.Kind != yaml.ScalarNode {
		r.fault(node.Line, "one value expected, "+found(node)+" found", at)
		return
	}
	switch to := out.Addr().Interface().(type) {
	case readable:
		if err := to.read(node.Value); err != nil {
			r.fault(node.Line, err.Error(), at)
		}
	case encoding.TextUnmarshaler:
		if err := to.UnmarshalText([]byte(clip(node.Value))); err != nil {
			r.fault(node.Line, err.Error(), at)
		}
	case *bool:
		if node.Decode(to) != nil {
			r.fault(node.Line, "true or false expected, "+found(node)+" found", at)
		}
	case *int:
		// 6.5 would be cut to 6.
		if node.ShortTag() != "!!int" || node.Decode(to) != nil {
			r.fault(node.Line, "a whole number expected, "+found(node)+" found", at)
		}
	default:
		// The text as it is written: an account of digits only, or the mode off, is a number or a truth value to YAML.
		out.SetString(node.Value)
	}
}

// found words what is written where something else was expected.
func found(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "name: value"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	return fmt.Sprintf("%q", clip(node.Value))
}

// clip keeps a message readable, whatever the file holds.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
