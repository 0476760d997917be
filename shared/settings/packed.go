package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Pack writes settings as they lie beside the functions: read and checked once, where the stack is made. The functions need neither to know YAML
// nor which names exist, which is a good part of their size.
func Pack(s *Settings) ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("pack settings: %w", err)
	}
	return raw, nil
}

// Unpack reads what Pack wrote. Another version's, and what is cut off, is refused.
func Unpack(raw []byte) (*Settings, error) {
	s := &Settings{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("packed settings: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("packed settings: something follows them")
	}
	modes := []Mode{s.Mode}
	for _, rule := range s.Modes {
		modes = append(modes, rule.Mode)
	}
	for _, mode := range modes {
		if !slices.Contains(Modes, mode) {
			return nil, fmt.Errorf("packed settings: %q is no mode", mode)
		}
	}
	return s, nil
}
