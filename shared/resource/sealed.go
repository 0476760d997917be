package resource

import (
	"fmt"
	"io"
	"log/slog"
)

const sealedText = "[sealed]"

// Sealed holds text that may contain secrets, such as the definition of a project with the values of its variables.
// However it is printed, logged or marshalled it says "[sealed]"; only Reveal gives the text. The zero Sealed holds none.
type Sealed struct {
	text *string // a pointer, because fmt shows an address for one where it cannot call Format
}

// Seal keeps an AWS SDK structure as APIJSON writes it.
func Seal(v any) (Sealed, error) {
	raw, err := APIJSON(v)
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{text: new(string(raw))}, nil
}

// SealText keeps a text that is at hand.
func SealText(text []byte) Sealed { return Sealed{text: new(string(text))} }

// Reveal is the text; nil when there is none. Whoever calls it answers for where the text goes.
func (s Sealed) Reveal() []byte {
	if s.text == nil {
		return nil
	}
	return []byte(*s.text)
}

// String says that there is something that is not shown.
func (s Sealed) String() string { return sealedText }

// Format writes the same for every verb, %#v and %x included.
func (s Sealed) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, sealedText) }

// LogValue is what slog writes.
func (s Sealed) LogValue() slog.Value { return slog.StringValue(sealedText) }

// MarshalText is what every text encoder writes, JSON's included.
func (s Sealed) MarshalText() ([]byte, error) { return []byte(sealedText), nil }

// UnmarshalText reads what MarshalText wrote. The text itself was not there, so it stays empty.
func (s *Sealed) UnmarshalText([]byte) error {
	*s = Sealed{}
	return nil
}
