package secret

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Spec lists the secrets in a buildspec's own text, by line: values in env.variables, and what stands in commands and comments
// (AWS CodeBuild User Guide, "Build specification reference for CodeBuild"). Text that is no YAML is looked at as text.
func Spec(text string) []Found {
	var out []Found
	seen := map[string]bool{}
	for _, f := range append(specVariables(text), Text(text)...) {
		if key := f.Fingerprint; !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Found) int { return a.Line - b.Line })
	return out
}

// specVariables looks at what env.variables sets.
func specVariables(text string) []Found {
	const longest = 1 << 20
	var document yaml.Node
	if len(text) > longest || yaml.Unmarshal([]byte(text), &document) != nil || len(document.Content) != 1 {
		return nil
	}
	var out []Found
	variables := member(member(document.Content[0], "env"), "variables")
	if variables == nil || variables.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(variables.Content); i += 2 {
		name, value := variables.Content[i], variables.Content[i+1]
		if value.Kind != yaml.ScalarNode {
			continue
		}
		for _, f := range Variable(name.Value, value.Value) {
			f.Line = value.Line
			out = append(out, f)
		}
	}
	return out
}

func member(of *yaml.Node, name string) *yaml.Node {
	if of == nil || of.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == name {
			return of.Content[i+1]
		}
	}
	return nil
}

// Action lists the secrets in the configuration of a pipeline's action (AWS CodePipeline User Guide, "Action structure reference").
// where of what is found begins with the text given and names the member.
func Action(configuration map[string]string, where string) []Found {
	var out []Found
	for _, name := range slices.Sorted(maps.Keys(configuration)) {
		for _, f := range setting(name, configuration[name]) {
			f.Where = where + ": " + f.Where
			out = append(out, f)
		}
	}
	return out
}

// Mask is what CodePipeline shows in place of a token (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action").
const Mask = "****"

// Hidden is what CloudTrail writes in place of what it does not show.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

func setting(name, value string) []Found {
	switch name {
	case "OAuthToken":
		if value == Mask || value == Hidden {
			return []Found{{Rule: OAuthToken, Masked: Mask, Where: name}}
		}
		if out := Variable(name, value); len(out) > 0 {
			return out
		}
		return nil
	case "EnvironmentVariables":
		return variables(name, value)
	}
	if values, ok := members(value); ok {
		var out []Found
		for _, key := range slices.Sorted(maps.Keys(values)) {
			for _, f := range Variable(key, values[key]) {
				f.Where = name + " " + key
				out = append(out, f)
			}
		}
		return out
	}
	return Variable(name, value)
}

// variables reads the JSON that an action of CodeBuild has in EnvironmentVariables: name, value and type of each.
func variables(name, value string) []Found {
	var list []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Type  string `json:"type"`
	}
	if err := json.Unmarshal([]byte(value), &list); err != nil {
		return Variable(name, value)
	}
	var out []Found
	for _, v := range list {
		if v.Type != "" && !strings.EqualFold(v.Type, "PLAINTEXT") {
			continue
		}
		for _, f := range Variable(v.Name, v.Value) {
			f.Where = name + " " + v.Name
			out = append(out, f)
		}
	}
	return out
}

// members are the members of a JSON object, as ParameterOverrides and UserParameters hold them: texts, and all else as it is written.
func members(value string) (map[string]string, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(value), &object) != nil || object == nil {
		return nil, false
	}
	out := make(map[string]string, len(object))
	for key, raw := range object {
		text := ""
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		out[key] = text
	}
	return out, true
}
