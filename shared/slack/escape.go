package slack

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// lookalikes stand for what formats a text where it stands at the edge of a word. Nothing invisible is put in: what is copied from a
// message must not hold what nobody sees.
var lookalikes = map[rune]rune{'*': '\u2217', '_': '\u02cd', '~': '\u223c'}

// Escape makes a text that is shown as it is where markup is expected (Slack API, "Formatting message text"): it formats nothing, calls
// nobody, leads nowhere and shows no picture. Names keep their letters; only what would be markup is spelled otherwise.
func Escape(s string) string {
	runes := []rune(strings.NewReplacer("`", "'", "://", ": //").Replace(s))
	var out strings.Builder
	for i, r := range runes {
		out.WriteString(spelled(runes, i, r))
	}
	return emoji.ReplaceAllStringFunc(out.String(), func(name string) string {
		if number.MatchString(name) {
			return name
		}
		return "\ua789" + name[1:]
	})
}

// Pictures says that something in a text would be taken for the name of an emoji, as :aws: in an ARN.
func Pictures(s string) bool {
	return slices.ContainsFunc(emoji.FindAllString(s, -1), func(name string) bool { return !number.MatchString(name) })
}

var entities = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}

// spelled is the character r, which stands at i, as it is shown and not read.
func spelled(runes []rune, i int, r rune) string {
	like, formats := lookalikes[r]
	switch {
	case formats && !(inWord(runes, i-1) && inWord(runes, i+1)):
		return string(like)
	case r == '>' && i == 0:
		return "\u203a" // else a quotation
	case r == '@' && calls.MatchString(string(runes[i:min(i+10, len(runes))])):
		return "@ "
	case entities[r] != "":
		return entities[r]
	}
	return string(r)
}

// inWord says that a letter or digit stands there.
func inWord(runes []rune, i int) bool {
	return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
}

var (
	calls  = regexp.MustCompile(`^@(here|channel|everyone|[UW][0-9A-Z]+)`)
	emoji  = regexp.MustCompile(`:[A-Za-z0-9_'+-]+:`)
	number = regexp.MustCompile(`^:[0-9A-Fa-f]{1,4}:$`) // in a time, or in an address
)
