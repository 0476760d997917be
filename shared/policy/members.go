package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// member is one name and value of a JSON object, in the order in which they were written.
type member struct {
	name  string
	value json.RawMessage
}

// members splits an object. The text was proven valid before.
func members(raw json.RawMessage) ([]member, error) {
	if what := kindOf(raw); what != "an object" {
		return nil, fmt.Errorf("%s where an object was expected", what)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var out []member
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		m := member{name: name}
		if err := dec.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// object writes members back; the values keep their bytes.
func object(list []member) (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := text(m.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// text writes a value as JSON without the escapes that are meant for HTML: policies count their characters.
func text(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// valid refuses text that is not JSON, and objects that name a key twice: which of the two AWS takes is not written anywhere.
func valid(raw []byte) error {
	var probe json.RawMessage
	if err := json.Unmarshal(raw, &probe); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("byte %d: %w", syntax.Offset, err)
		}
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var open []level
	for {
		at := dec.InputOffset()
		token, err := dec.Token()
		if err != nil {
			return err
		}
		if open, err = step(open, token); err != nil {
			return fmt.Errorf("byte %d: %w", at, err)
		}
		if len(open) == 0 {
			return nil
		}
	}
}

// level is an object or a list that was opened and not yet closed.
type level struct {
	names map[string]struct{} // nil for a list
	value bool                // the next token is a value, not a name
}

func step(open []level, token json.Token) ([]level, error) {
	switch token {
	case json.Delim('{'):
		return append(open, level{names: map[string]struct{}{}}), nil
	case json.Delim('['):
		return append(open, level{}), nil
	case json.Delim('}'), json.Delim(']'):
		open = open[:len(open)-1]
	}
	if len(open) == 0 {
		return nil, nil
	}
	top := &open[len(open)-1]
	if top.names == nil {
		return open, nil
	}
	name, isText := token.(string)
	if top.value || !isText {
		top.value = false
		return open, nil
	}
	if _, twice := top.names[name]; twice {
		return nil, fmt.Errorf("key %q is there twice", short(name))
	}
	top.names[name] = struct{}{}
	top.value = true
	return open, nil
}

// kindOf names what a JSON text is, for people.
func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

// short keeps what is quoted from a document small: an error names the place, it does not repeat the document.
func short(s string) string {
	const most = 48
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
