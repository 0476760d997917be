package policy

import (
	"encoding/json"
	"fmt"
	"strings"
)

func stringOf(raw json.RawMessage) (string, error) {
	if what := kindOf(raw); what != "a string" {
		return "", fmt.Errorf("%s: a string expected", what)
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func stringsOf(raw json.RawMessage) (Strings, error) { return listOf(raw, stringOf) }

// valuesOf reads the values of a condition: other than everywhere else these may be numbers and booleans.
func valuesOf(raw json.RawMessage) (Strings, error) { return listOf(raw, scalarOf) }

func listOf(raw json.RawMessage, one func(json.RawMessage) (string, error)) (Strings, error) {
	if kindOf(raw) != "a list" {
		s, err := one(raw)
		if err != nil {
			return nil, fmt.Errorf("%w, or a list of them", err)
		}
		return Strings{s}, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	out := make(Strings, 0, len(list))
	for i, item := range list {
		s, err := one(item)
		if err != nil {
			return nil, fmt.Errorf("a list of which member %d is %w", i+1, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func scalarOf(raw json.RawMessage) (string, error) {
	switch what := kindOf(raw); what {
	case "a string":
		return stringOf(raw)
	case "a number", "a boolean":
		return strings.TrimSpace(string(raw)), nil
	default:
		return "", fmt.Errorf("%s: a string, number or boolean expected", what)
	}
}

// hasWildcard and hasVariable are the two ways in which a value is not fixed.
func hasWildcard(s string) bool { return strings.ContainsAny(s, "*?") }

func hasVariable(s string) bool { return strings.Contains(s, "${") }

// account is the account that a principal or ARN names: 12 digits, alone or as the fifth field. A wildcard elsewhere
// in the ARN does not matter for that.
func account(s string) string {
	if parts := strings.SplitN(s, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		s = parts[4]
	}
	if len(s) != 12 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// Fits compares a text with a pattern in which * stands for any run of characters and ? for one
// (IAM User Guide, "IAM JSON policy elements: Resource", wildcards). Its time is the product of both lengths at most.
func Fits(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
