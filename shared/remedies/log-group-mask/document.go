package loggroupmask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// fresh is the policy of a group that had none: one statement that finds, with no place to report to, and one that masks. Both list the same
// (CloudWatch Logs API Reference, "PutDataProtectionPolicy").
func fresh() map[string]any {
	return map[string]any{
		"Name": "pipewarden-credentials", "Description": "Masks credentials that builds print", "Version": "2021-06-01",
		"Statement": []any{
			map[string]any{"Sid": "find", "DataIdentifier": []any{}, "Operation": map[string]any{"Audit": map[string]any{"FindingsDestination": map[string]any{}}}},
			map[string]any{"Sid": "mask", "DataIdentifier": []any{}, "Operation": map[string]any{"Deidentify": map[string]any{"MaskConfig": map[string]any{}}}},
		},
	}
}

// masking is the policy with what it lacks of the identifiers for credentials; all that it has stays.
func masking(text json.RawMessage, group, region string) (json.RawMessage, error) {
	document := fresh()
	if len(text) > 0 {
		document = nil
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&document); err != nil {
			return nil, &remedy.RefusedError{Why: "The data protection policy of " + group + " cannot be read."}
		}
	}
	finds, masks, why := statements(document)
	if why != "" {
		return nil, &remedy.RefusedError{Why: "The data protection policy of " + group + " " + why}
	}
	names, err := addCustom(document, group)
	if err != nil {
		return nil, err
	}
	names = append(loggroup.ManagedIdentifiers(region), names...)
	if !add(finds, names) || !add(masks, names) {
		return nil, &remedy.RefusedError{Why: "The data protection policy of " + group + " has a form that is not known here."}
	}
	out, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write data protection policy: %w", err)
	}
	if n := utf8.RuneCount(out); n > loggroup.LongestMasking {
		return nil, &remedy.RefusedError{Why: fmt.Sprintf("The data protection policy of %s would have %d characters, and CloudWatch Logs takes %d.", group, n, loggroup.LongestMasking)}
	}
	return out, nil
}

// statements are the one that finds and the one that masks, and why the policy is left alone. What reports its findings somewhere cannot be written
// without the rights to set up a delivery there (CloudWatch Logs User Guide, "IAM permissions required to create or work with a data protection policy").
func statements(document map[string]any) (finds, masks map[string]any, why string) {
	list, _ := document["Statement"].([]any)
	for _, item := range list {
		one, _ := item.(map[string]any)
		operation, _ := one["Operation"].(map[string]any)
		audit, isAudit := operation["Audit"].(map[string]any)
		_, isMask := operation["Deidentify"]
		destination, _ := audit["FindingsDestination"].(map[string]any)
		switch {
		case isAudit && len(destination) > 0:
			return nil, nil, "reports what it finds to another place, and whoever changes it needs the rights to set that up."
		case isAudit && finds == nil:
			finds = one
		case isMask && masks == nil:
			masks = one
		default:
			return nil, nil, "has a form that is not known here."
		}
	}
	if finds == nil || masks == nil {
		return nil, nil, "has a form that is not known here."
	}
	return finds, masks, ""
}

// add puts names at the end of a statement's list where they are not in it; false when it has no list.
func add(statement map[string]any, names []string) bool {
	list, ok := statement["DataIdentifier"].([]any)
	if !ok {
		return false
	}
	for _, name := range names {
		if !slices.Contains(list, any(name)) {
			list = append(list, name)
		}
	}
	statement["DataIdentifier"] = list
	return true
}

// addCustom defines the identifiers that are not AWS's own, and gives the names that they have: an expression that is there already counts under
// the name it has there.
func addCustom(document map[string]any, group string) (names []string, err error) {
	configuration, ok := document["Configuration"].(map[string]any)
	if !ok {
		configuration = map[string]any{}
	}
	list, _ := configuration["CustomDataIdentifier"].([]any)
	for _, one := range loggroup.CustomIdentifiers() {
		i := slices.IndexFunc(list, func(item any) bool {
			has, _ := item.(map[string]any)
			return has["Regex"] == one.Regex || has["Name"] == one.Name
		})
		if i < 0 {
			list, i = append(list, map[string]any{"Name": one.Name, "Regex": one.Regex}), len(list)
		}
		name, _ := list[i].(map[string]any)["Name"].(string)
		names = append(names, name)
	}
	if len(list) > loggroup.MostCustom {
		return nil, &remedy.RefusedError{Why: fmt.Sprintf("The data protection policy of %s would have %d identifiers of its own, and CloudWatch Logs takes %d.", group, len(list), loggroup.MostCustom)}
	}
	configuration["CustomDataIdentifier"] = list
	document["Configuration"] = configuration
	return names, nil
}

// masked are the names of what a policy masks.
func masked(text json.RawMessage) []string {
	var document struct {
		Statement []struct {
			DataIdentifier []string
			Operation      struct{ Deidentify json.RawMessage }
		}
	}
	if json.Unmarshal(text, &document) != nil {
		return nil
	}
	var names []string
	for _, s := range document.Statement {
		for _, name := range s.DataIdentifier {
			if len(s.Operation.Deidentify) > 0 {
				names = append(names, name[strings.LastIndexByte(name, '/')+1:])
			}
		}
	}
	return names
}

// plain is the policy in the one form that all ways of writing it have; nothing for none.
func plain(text json.RawMessage) []byte {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return text
	}
	out, err := json.Marshal(sorted(v))
	if err != nil {
		return text
	}
	return out
}

// sorted puts lists of texts in order.
func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = sorted(member)
		}
	case []any:
		for i := range v {
			v[i] = sorted(v[i])
		}
		if !slices.ContainsFunc(v, func(item any) bool { _, isText := item.(string); return !isText }) {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return v
}
