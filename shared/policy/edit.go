package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Without is the document less one statement; all others keep their bytes and their order.
// It is nil when that was the only one: then there is no policy left to write.
func (d *Document) Without(index int) (*Document, error) {
	if err := d.has(index); err != nil {
		return nil, fmt.Errorf("remove statement: %w", err)
	}
	if len(d.Statements) == 1 {
		return nil, nil
	}
	return d.rebuilt(slices.Delete(d.texts(), index, index+1))
}

// With is the document and one more statement at its end, given as JSON. On nil it begins a new document.
// A Sid that is there already is an error, because AWS wants each once.
func (d *Document) With(raw []byte) (*Document, error) {
	if d == nil {
		d = &Document{members: []member{
			{name: "Version", value: json.RawMessage(`"2012-10-17"`)},
			{name: "Statement", value: json.RawMessage(`[]`)},
		}}
	}
	added := bytes.TrimSpace(raw)
	if err := valid(added); err != nil {
		return nil, fmt.Errorf("add statement: %w", err)
	}
	s, err := statementOf(added)
	if err != nil {
		return nil, fmt.Errorf("add statement: %w", err)
	}
	if s.Sid != "" && slices.ContainsFunc(d.Statements, func(o Statement) bool { return o.Sid == s.Sid }) {
		return nil, fmt.Errorf("add statement: Sid %q is there already", short(s.Sid))
	}
	return d.rebuilt(append(d.texts(), added))
}

// FreeSid is the Sid that a statement may be added under: the one that is wanted, with a number behind it where that is taken.
func (d *Document) FreeSid(want string) string {
	sid := want
	for n := 2; d != nil && slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Sid == sid }); n++ {
		sid = fmt.Sprintf("%s%d", want, n)
	}
	return sid
}

// Narrow is the document with a condition added to one Allow. The same condition already there changes nothing; other values
// for that key, or its exclusion, are a conflict and an error. A Deny is refused: a condition there would widen access.
func (d *Document) Narrow(index int, operator, key string, values ...string) (*Document, error) {
	out, err := d.narrow(index, operator, key, values)
	if err != nil {
		return nil, fmt.Errorf("narrow statement: %w", err)
	}
	return out, nil
}

func (d *Document) narrow(index int, operator, key string, values []string) (*Document, error) {
	if err := d.has(index); err != nil {
		return nil, err
	}
	s := &d.Statements[index]
	switch {
	case operator == "" || key == "" || len(values) == 0:
		return nil, errors.New("a condition needs an operator, a key and a value")
	case s.Effect != "Allow":
		return nil, fmt.Errorf("the one at index %d is a Deny, which a condition would weaken", index)
	}
	there, err := s.Condition.conflict(operator, key, values)
	if err != nil {
		return nil, fmt.Errorf("the one at index %d %w", index, err)
	}
	if there {
		return d, nil
	}
	value, err := text(values)
	if len(values) == 1 {
		value, err = text(values[0])
	}
	if err != nil {
		return nil, err
	}
	edited, err := insert(s.raw, []string{"Condition", operator, key}, value)
	if err != nil {
		return nil, err
	}
	texts := d.texts()
	texts[index] = edited
	return d.rebuilt(texts)
}

// conflict says whether the very condition is there, and refuses what it cannot stand beside.
func (c Conditions) conflict(operator, key string, values []string) (there bool, err error) {
	for op, keys := range c {
		for k, has := range keys {
			if !strings.EqualFold(k, key) {
				continue
			}
			folded := strings.ToLower(op)
			switch same := strings.EqualFold(op, operator); {
			case same && equalSets(has, values):
				there = true
			case same:
				return false, fmt.Errorf("has other values of %s under %s", short(k), short(op))
			case strings.Contains(folded, "not") || strings.Contains(folded, "null"):
				return false, fmt.Errorf("has %s under %s, which may leave nobody", short(k), short(op))
			}
		}
	}
	return there, nil
}

func equalSets(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// insert sets a value below the path, making what objects are missing and leaving all that is beside it as it stands.
// Element names are exact, operators and keys are not: what is there is used in its own spelling.
func insert(raw json.RawMessage, path []string, value json.RawMessage) (json.RawMessage, error) {
	if len(path) == 0 {
		return value, nil
	}
	list, err := members(raw)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(m member) bool { return strings.EqualFold(m.name, path[0]) })
	if at < 0 {
		at = len(list)
		list = append(list, member{name: path[0], value: json.RawMessage("{}")})
	}
	if list[at].value, err = insert(list[at].value, path[1:], value); err != nil {
		return nil, err
	}
	return object(list)
}

func (d *Document) has(index int) error {
	count := 0
	if d != nil {
		count = len(d.Statements)
	}
	if index < 0 || index >= count {
		return fmt.Errorf("none at index %d, the policy has %d", index, count)
	}
	return nil
}

func (d *Document) texts() []json.RawMessage {
	out := make([]json.RawMessage, 0, len(d.Statements)+1)
	for _, s := range d.Statements {
		out = append(out, s.raw)
	}
	return out
}

// rebuilt puts other statements into the same frame and reads the result, so that an edit can give nothing that Parse would refuse.
func (d *Document) rebuilt(statements []json.RawMessage) (*Document, error) {
	value := statements[0]
	if !d.single || len(statements) > 1 {
		value = slices.Concat(json.RawMessage("["), bytes.Join(asBytes(statements), []byte(",")), json.RawMessage("]"))
	}
	frame := slices.Clone(d.members)
	for i := range frame {
		if frame[i].name == "Statement" {
			frame[i].value = value
		}
	}
	raw, err := object(frame)
	if err != nil {
		return nil, err
	}
	return Parse(raw)
}

func asBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, 0, len(list))
	for _, item := range list {
		out = append(out, item)
	}
	return out
}
