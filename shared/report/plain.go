package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain makes any text one line that a terminal may show: names come from events, and whoever names a resource may write
// what moves the cursor, hides text or turns its direction.
func Plain(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// short cuts in the middle: both ends of a name tell more than its middle.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	tail := most / 3
	return string(runes[:most-tail-1]) + "…" + string(runes[len(runes)-tail:])
}
