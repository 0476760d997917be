// Package secret finds secrets in text, variables, buildspecs and addresses, and keeps of them only what is safe to show.
package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Found is one secret that was found. It holds nothing of the secret but what Value shows.
type Found struct {
	Rule        string `json:"rule"`           // ID of the rule: one of gitleaks', or one of this package's own
	Line        int    `json:"line,omitempty"` // of the text, the first is 1; 0 where there are no lines
	Masked      string `json:"masked"`
	Fingerprint string `json:"fingerprint,omitempty"` // "" of a secret that AWS masks
	Where       string `json:"where,omitempty"`       // the variable, source or action that holds it
}

// Value is a secret. However it is printed, logged or marshalled it shows its masked beginning; nothing gives the text.
type Value struct{ text *string }

// Of makes a Value of a secret's text.
func Of(text string) Value { return Value{&text} }

// ellipsis stands for what is not shown.
const ellipsis = "…"

// shown is how many characters of a secret of so many are shown: never more than 4, and of a short one no more than a quarter.
func shown(length int) int { return min(length/4, 4) }

// Masked is the secret's beginning, at most 4 characters, and an ellipsis.
func (v Value) Masked() string {
	if v.text == nil {
		return ""
	}
	var b strings.Builder
	left := shown(utf8.RuneCountInString(*v.text))
	for _, r := range *v.text {
		if left--; left < 0 {
			break
		}
		if !unicode.IsGraphic(r) || r == utf8.RuneError {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String() + ellipsis
}

// salt keeps fingerprints from being looked up in tables that others made.
const salt = "pipewarden secret v1\x00"

// Fingerprint tells secrets apart without showing them: 16 hexadecimal digits of a SHA-256. The same secret has the same everywhere.
func (v Value) Fingerprint() string {
	if v.text == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(salt + *v.text))
	return hex.EncodeToString(sum[:8])
}

// String is Masked.
func (v Value) String() string { return v.Masked() }

// Format writes Masked for every verb, %#v and %x included.
func (v Value) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, v.Masked()) }

// LogValue is what slog writes.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.Masked()) }

// MarshalJSON writes Masked.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.Masked()) }

// MarshalText is what every other text encoder writes.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.Masked()), nil }

// found is what is kept of a secret.
func found(rule, text string, line int, where string) Found {
	v := Of(text)
	return Found{Rule: rule, Line: line, Masked: v.Masked(), Fingerprint: v.Fingerprint(), Where: where}
}
