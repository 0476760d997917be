package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// schema is as much of JSON Schema 2020-12 (json-schema.org) as the schemas here use. One that uses more does not load.
type schema struct {
	Schema      string             `json:"$schema"`
	ID          string             `json:"$id"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Defs        map[string]*schema `json:"$defs"`

	Ref        string             `json:"$ref"` // #/$defs/NAME
	Type       string             `json:"type"`
	Enum       []any              `json:"enum"`
	Const      any                `json:"const"`
	Pattern    *pattern           `json:"pattern"`
	MinLength  int                `json:"minLength"`
	Minimum    *float64           `json:"minimum"`
	Items      *schema            `json:"items"`
	MinItems   int                `json:"minItems"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Closed     *bool              `json:"additionalProperties"` // false: no other members
	AllOf      []*schema          `json:"allOf"`
	If         *schema            `json:"if"`
	Then       *schema            `json:"then"`
	Else       *schema            `json:"else"`

	root *schema
}

// pattern is a regular expression that is compiled when the schema is read.
type pattern struct{ *regexp.Regexp }

// UnmarshalText compiles it.
func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile(string(text))
	return err
}

// The two schemas are read when they are first needed: whoever only writes needs neither.
var (
	fittingRecords  = sync.OnceValue(func() *schema { return must(recordSchema) })
	fittingManifest = sync.OnceValue(func() *schema { return must(manifestSchema) })
)

// must reads a schema of this package's own, which its tests read too.
func must(text []byte) *schema {
	s, err := loadSchema(text)
	if err != nil {
		panic(err)
	}
	return s
}

func loadSchema(text []byte) (*schema, error) {
	s := &schema{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return s, s.settle(s)
}

// settle tells every part where the definitions are, and follows every reference once.
func (s *schema) settle(root *schema) error {
	if s == nil {
		return nil
	}
	s.root = root
	if s.Ref != "" && s.target() == nil {
		return fmt.Errorf("read schema: there is no %s", s.Ref)
	}
	parts := slices.Concat([]*schema{s.Items, s.If, s.Then, s.Else}, s.AllOf, slices.Collect(maps.Values(s.Defs)), slices.Collect(maps.Values(s.Properties)))
	all := make([]error, 0, len(parts))
	for _, part := range parts {
		all = append(all, part.settle(root))
	}
	return errors.Join(all...)
}

func (s *schema) target() *schema { return s.root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")] }

// fits says where a value, as encoding/json reads it, does not fit; nil where it does.
func (s *schema) fits(value any) error { return s.at("", value) }

func (s *schema) at(path string, value any) error {
	if s.Ref != "" {
		if err := s.target().at(path, value); err != nil {
			return err
		}
	}
	if err := s.one(path, value); err != nil {
		return err
	}
	for _, part := range s.AllOf {
		if err := part.at(path, value); err != nil {
			return err
		}
	}
	return s.choose(path, value)
}

// choose holds a value to the one part or the other.
func (s *schema) choose(path string, value any) error {
	part := s.Else
	if s.If != nil && s.If.at(path, value) == nil {
		part = s.Then
	}
	if part == nil {
		return nil
	}
	return part.at(path, value)
}

// one holds a value to what is said of it here.
func (s *schema) one(path string, value any) error {
	if !s.is(value) {
		return fault(path, "it is no "+s.Type)
	}
	same := func(one any) bool { return reflect.DeepEqual(one, value) }
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, same) || s.Const != nil && !same(s.Const) {
		return fault(path, "it is none of the values that there are")
	}
	switch value := value.(type) {
	case string:
		return s.text(path, value)
	case float64:
		return s.number(path, value)
	case []any:
		return s.list(path, value)
	case map[string]any:
		return s.members(path, value)
	}
	return nil
}

func fault(path, what string) error {
	if path == "" {
		path = "the whole"
	}
	return fmt.Errorf("%s: %s", strings.TrimPrefix(path, "."), what)
}

func (s *schema) is(value any) bool {
	number, ok := value.(float64)
	return s.Type == "" || s.Type == kindOf(value) || s.Type == "integer" && ok && number == math.Trunc(number)
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

func (s *schema) text(path, value string) error {
	switch {
	case s.Pattern != nil && !s.Pattern.MatchString(value):
		return fault(path, "it is not written as it is to be")
	case utf8.RuneCountInString(value) < s.MinLength:
		return fault(path, "it is too short")
	}
	return nil
}

func (s *schema) number(path string, value float64) error {
	if s.Minimum != nil && value < *s.Minimum {
		return fault(path, "it is too small")
	}
	return nil
}

func (s *schema) list(path string, value []any) error {
	if len(value) < s.MinItems {
		return fault(path, "it has too few items")
	}
	if s.Items == nil {
		return nil
	}
	for i, one := range value {
		if err := s.Items.at(fmt.Sprintf("%s[%d]", path, i), one); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) members(path string, value map[string]any) error {
	for _, name := range s.Required {
		if _, there := value[name]; !there {
			return fault(path, "it has no "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		member, known := s.Properties[name]
		switch {
		case known:
			if err := member.at(path+"."+name, value[name]); err != nil {
				return err
			}
		case s.Closed != nil && !*s.Closed:
			return fault(path, "it has a member that there is not") // and not which: the name may be anything
		}
	}
	return nil
}
