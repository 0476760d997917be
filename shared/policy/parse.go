package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a policy document: JSON, or the URL-encoded JSON that iam:GetRole and iam:GetRolePolicy return
// (IAM User Guide, "Grammar of the IAM JSON policy language"). Keys it does not know are kept. What it cannot read for
// certain is an error that says what and where; statements are counted from 1.
func Parse(raw []byte) (*Document, error) {
	d, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return d, nil
}

func parse(raw []byte) (*Document, error) {
	plain := bytes.TrimSpace(raw)
	if len(plain) == 0 {
		return nil, errors.New("nothing there")
	}
	if plain[0] == '%' {
		decoded, err := url.PathUnescape(string(plain))
		if err != nil {
			return nil, errors.New("neither JSON nor URL-encoded JSON")
		}
		plain = []byte(decoded)
	}
	if !utf8.Valid(plain) {
		return nil, errors.New("the text is not UTF-8")
	}
	if err := valid(plain); err != nil {
		return nil, err
	}
	top, err := members(plain)
	if err != nil {
		return nil, err
	}
	d := &Document{raw: bytes.Clone(plain), members: top}
	return d, d.read()
}

func (d *Document) read() error {
	found := false
	for _, m := range d.members {
		if err := spelled(m.name, "Version", "Id", "Statement"); err != nil {
			return err
		}
		var err error
		switch m.name {
		case "Version":
			d.Version, err = stringOf(m.value)
		case "Id":
			d.ID, err = stringOf(m.value)
		case "Statement":
			found = true
			if err = d.readStatements(m.value); err != nil {
				return err
			}
		}
		if err != nil {
			return fmt.Errorf("%s is %w", m.name, err)
		}
	}
	if !found {
		return errors.New("Statement is missing")
	}
	return nil
}

func (d *Document) readStatements(raw json.RawMessage) error {
	var list []json.RawMessage
	switch kindOf(raw) {
	case "an object":
		d.single, list = true, []json.RawMessage{raw}
	case "a list":
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
	default:
		return fmt.Errorf("Statement is %s: an object or a list of objects expected", kindOf(raw))
	}
	d.Statements = make([]Statement, 0, len(list))
	for i, one := range list {
		s, err := statementOf(one)
		if err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
		d.Statements = append(d.Statements, s)
	}
	return nil
}

func statementOf(raw json.RawMessage) (Statement, error) {
	s := Statement{raw: bytes.Clone(raw)}
	list, err := members(raw)
	if err != nil {
		return s, err
	}
	seen := make(map[string]bool, len(list))
	for _, m := range list {
		if err := spelled(m.name, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
			"Resource", "NotResource", "Condition"); err != nil {
			return s, err
		}
		seen[m.name] = true
		if err := s.set(m); err != nil {
			return s, fmt.Errorf("%s %w", m.name, err)
		}
	}
	for _, name := range []string{"Principal", "Action", "Resource"} {
		if seen[name] && seen["Not"+name] {
			return s, fmt.Errorf("%s and Not%s exclude each other", name, name)
		}
	}
	switch {
	case !seen["Effect"]:
		return s, errors.New("Effect is missing")
	case s.Effect != "Allow" && s.Effect != "Deny":
		return s, fmt.Errorf("Effect is %q: Allow or Deny expected", short(s.Effect))
	}
	return s, nil
}

func (s *Statement) set(m member) (err error) {
	switch m.name {
	case "Sid":
		s.Sid, err = stringOf(m.value)
	case "Effect":
		s.Effect, err = stringOf(m.value)
	case "Principal":
		s.Principal, err = principalsOf(m.value)
	case "NotPrincipal":
		s.NotPrincipal, err = principalsOf(m.value)
	case "Action":
		s.Action, err = stringsOf(m.value)
	case "NotAction":
		s.NotAction, err = stringsOf(m.value)
	case "Resource":
		s.Resource, err = stringsOf(m.value)
	case "NotResource":
		s.NotResource, err = stringsOf(m.value)
	case "Condition":
		s.Condition, err = conditionsOf(m.value)
		return err
	}
	if err != nil {
		return fmt.Errorf("is %w", err)
	}
	return nil
}

func principalsOf(raw json.RawMessage) (Principals, error) {
	p := Principals{Present: true}
	if kindOf(raw) == "a string" {
		who, err := stringOf(raw)
		if err == nil && who != "*" {
			err = fmt.Errorf("%q: \"*\" or an object expected", short(who))
		}
		p.Any = true
		return p, err
	}
	list, err := members(raw)
	if err != nil {
		return p, fmt.Errorf("%s: \"*\" or an object expected", kindOf(raw))
	}
	for _, m := range list {
		names, err := stringsOf(m.value)
		if err != nil {
			return p, fmt.Errorf("not readable at %s: %w", short(m.name), err)
		}
		switch m.name {
		case "AWS":
			p.AWS, p.Any = names, slices.Contains(names, "*")
		case "Service":
			p.Service = names
		case "Federated":
			p.Federated = names
		case "CanonicalUser":
			p.Canonical = names
		default:
			return p, fmt.Errorf("of the kind %q: AWS, Service, Federated or CanonicalUser expected", short(m.name))
		}
	}
	return p, nil
}

// conditionsOf refuses an operator or key that is there twice in other letters: AWS compares both without regard to case.
func conditionsOf(raw json.RawMessage) (Conditions, error) {
	operators, err := members(raw)
	if err != nil {
		return nil, fmt.Errorf("is %w", err)
	}
	out := make(Conditions, len(operators))
	if err := distinct(operators); err != nil {
		return nil, err
	}
	for _, op := range operators {
		keys, err := members(op.value)
		if err != nil {
			return nil, fmt.Errorf("%s is %w", short(op.name), err)
		}
		if err := distinct(keys); err != nil {
			return nil, fmt.Errorf("%s: %w", short(op.name), err)
		}
		out[op.name] = make(map[string]Strings, len(keys))
		for _, key := range keys {
			values, err := valuesOf(key.value)
			if err != nil {
				return nil, fmt.Errorf("%s %s is %w", short(op.name), short(key.name), err)
			}
			out[op.name][key.name] = values
		}
	}
	return out, nil
}

func distinct(list []member) error {
	seen := make(map[string]struct{}, len(list))
	for _, m := range list {
		folded := strings.ToLower(m.name)
		if _, twice := seen[folded]; twice {
			return fmt.Errorf("names %q twice", short(m.name))
		}
		seen[folded] = struct{}{}
	}
	return nil
}

// spelled refuses a known name in other letters: taken for an unknown key it would change the judgement unseen.
func spelled(name string, known ...string) error {
	for _, k := range known {
		if name != k && strings.EqualFold(name, k) {
			return fmt.Errorf("key %q: %s expected", name, k)
		}
	}
	return nil
}
