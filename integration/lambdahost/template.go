// Package lambdahost deploys a synthesised template into the emulated AWS and runs its functions' real binaries there.
package lambdahost

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

type object = map[string]any

// template is a CloudFormation template, as far as it is read here.
type template struct {
	Resources  map[string]*resource
	Transform  any
	Parameters map[string]parameter
	Conditions map[string]any
	Mappings   map[string]map[string]map[string]any
}

type parameter struct {
	Default        any
	AllowedPattern string
}

type resource struct {
	Type       string
	Properties object
	Metadata   object
	DependsOn  any
	Condition  string
}

func parseTemplate(raw []byte) (*template, error) {
	t := &template{}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	if len(t.Resources) == 0 {
		return nil, fmt.Errorf("read template: it has no resources")
	}
	for id, r := range t.Resources {
		if r == nil || r.Type == "" {
			return nil, fmt.Errorf("read template: resource %s has no type", id)
		}
	}
	return t, nil
}

// of lists the logical ids of the resources of a type, in order.
func (t *template) of(kinds ...string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if slices.Contains(kinds, t.Resources[id].Type) {
			ids = append(ids, id)
		}
	}
	return ids
}

// seed gives the values that are known before anything is deployed: pseudo parameters, defaults, mappings and conditions.
func (t *template) seed(partition, account, region, stack string) (Names, error) {
	if stack == "" {
		stack = "pipewarden"
	}
	names := Names{}
	for name, value := range map[string]string{
		"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": partition, "AWS::StackName": stack,
		"AWS::URLSuffix": "amazonaws.com", "AWS::StackId": "arn:" + partition + ":cloudformation:" + region + ":" + account + ":stack/" + stack + "/1",
	} {
		names[name] = Attributes{"Ref": value}
	}
	for name, p := range t.Parameters {
		names[name] = Attributes{"Ref": plain(p.Default)}
	}
	for name, rows := range t.Mappings {
		names[name] = Attributes{}
		for row, cells := range rows {
			for cell, value := range cells {
				names[name][row+"/"+cell] = plain(value)
			}
		}
	}
	for name := range t.Conditions {
		holds, err := t.condition(name, names, nil)
		if err != nil {
			return nil, err
		}
		if names[name] == nil {
			names[name] = Attributes{}
		}
		names[name]["Condition"] = fmt.Sprint(holds)
	}
	return names, nil
}

// fill gives the parameters their values, and fails where CloudFormation would: on one that the template does not have, that is left without
// a value, or whose value is none of those allowed.
func (t *template) fill(values map[string]string) error {
	for name := range values {
		if _, ok := t.Parameters[name]; !ok {
			return fmt.Errorf("set parameter %s: the template has none of that name", name)
		}
	}
	for name, p := range t.Parameters {
		value, given := values[name]
		switch {
		case !given && p.Default == nil:
			return fmt.Errorf("set parameter %s: it has no value", name)
		case !given:
			continue
		}
		allowed, err := regexp.Compile("^(?:" + p.AllowedPattern + ")$")
		if err != nil {
			return fmt.Errorf("set parameter %s: %w", name, err)
		}
		if p.AllowedPattern != "" && !allowed.MatchString(value) {
			return fmt.Errorf("set parameter %s: %q does not match %s", name, value, p.AllowedPattern)
		}
		p.Default = value
		t.Parameters[name] = p
	}
	return nil
}

func (t *template) condition(name string, names Names, under []string) (bool, error) {
	if slices.Contains(under, name) || t.Conditions[name] == nil {
		return false, fmt.Errorf("read condition %s: missing, or defined by itself", name)
	}
	return t.holds(t.Conditions[name], names, append(under, name))
}

// holds evaluates a condition's function.
func (t *template) holds(v any, names Names, under []string) (bool, error) {
	function, argument, ok := intrinsic(v)
	list, _ := argument.([]any)
	switch {
	case !ok:
	case function == "Condition":
		return t.condition(plain(argument), names, under)
	case function == "Fn::Equals" && len(list) == 2:
		sides, err := Resolve(list, names)
		if err != nil {
			return false, err
		}
		both, _ := sides.([]any)
		return len(both) == 2 && plain(both[0]) == plain(both[1]), nil
	case function == "Fn::And" || function == "Fn::Or" || function == "Fn::Not":
		return t.combined(function, list, names, under)
	}
	return false, fmt.Errorf("read condition: %v is none that is understood", v)
}

func (t *template) combined(function string, list []any, names Names, under []string) (bool, error) {
	all, some := true, false
	for _, inner := range list {
		holds, err := t.holds(inner, names, under)
		if err != nil {
			return false, err
		}
		all, some = all && holds, some || holds
	}
	return map[string]bool{"Fn::And": all, "Fn::Or": some, "Fn::Not": !some}[function], nil
}

// references are the logical ids that the resource needs deployed before it.
func (t *template) references(r *resource) []string {
	found := map[string]bool{}
	t.collect(r.Properties, found)
	switch on := r.DependsOn.(type) {
	case string:
		found[on] = true
	case []any:
		for _, id := range on {
			found[plain(id)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func (t *template) collect(v any, found map[string]bool) {
	note := func(name string) {
		id, _, _ := strings.Cut(name, ".")
		if t.Resources[id] != nil {
			found[id] = true
		}
	}
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			t.collect(inner, found)
		}
	case object:
		for name, inner := range v {
			switch name {
			case "Ref":
				note(plain(inner))
			case "Fn::GetAtt":
				note(attribute(inner))
			case "Fn::Sub":
				for _, match := range placeholder.FindAllStringSubmatch(plain(first(inner)), -1) {
					note(match[1])
				}
			}
			t.collect(inner, found)
		}
	}
}
