package announce

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// control is a terminal's control sequence. Only what has a fixed form is taken away whole: of any other,
// the introducer goes and the rest stays to be seen, so that no name can hide the words after it.
var control = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]")

// visible makes any text one line that can be shown anywhere: valid UTF-8, no control sequences or characters,
// none of those that are invisible or turn the direction of writing.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s
	}
	s = control.ReplaceAllString(strings.ToValidUTF8(s, "?"), "")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		case !unicode.IsPrint(r):
			return ' '
		}
		return r
	}, s)
}

// plain is visible text without space at the ends, and never two spaces in a row.
// What stands on one line cannot pass for a line of the message's own.
func plain(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// clean is plain text of at most so many characters, with a note when it was cut.
func clean(s string, most int) string { return cut(plain(s), most) }

// cut keeps the beginning and says how much is missing. The note counts against the limit, unless that is tiny.
func cut(s string, most int) string {
	length := utf8.RuneCountInString(s)
	if length <= most {
		return s
	}
	keep := max(most-len(" [00000 more characters left out]"), most/2)
	return strings.TrimSpace(string([]rune(s)[:keep])) + fmt.Sprintf(" [%d more characters left out]", length-keep)
}

// cleanCommand keeps a command whole, with the spaces it has, or leaves it out: a part of one must not be run.
func cleanCommand(s string, most int) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if line = strings.TrimRight(visible(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	whole := strings.Join(lines, "\n")
	if length := utf8.RuneCountInString(whole); length > most {
		return fmt.Sprintf("[left out: the command has %d characters]", length)
	}
	return whole
}

var spellings = strings.NewReplacer(
	"\u2026", "...", "\u2192", "->", "\u2190", "<-", "\u2013", "-", "\u2014", "-", "\u2212", "-",
	"\u2018", "'", "\u2019", "'", "\u201c", `"`, "\u201d", `"`, "\u00ab", `"`, "\u00bb", `"`, "\u00d7", "x",
	"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "æ", "ae", "Æ", "Ae", "œ", "oe", "ø", "o", "Ø", "O",
	"à", "a", "á", "a", "â", "a", "ã", "a", "å", "a", "Å", "A", "ç", "c", "Ç", "C", "è", "e", "é", "e", "ê", "e", "ë", "e", "É", "E",
	"ì", "i", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ù", "u", "ú", "u", "û", "u", "ý", "y",
)

// ascii spells plain text in printable ASCII; a question mark stands for what has no spelling.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, spellings.Replace(plain(s)))
}

// middle shortens ASCII text in the middle: both ends of a title or name tell more than its middle.
func middle(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const gap = " ... "
	if most <= len(gap) {
		return strings.Repeat(".", max(most, 0))
	}
	tail := (most - len(gap)) * 2 / 5
	start, end := s[:most-len(gap)-tail], s[len(s)-tail:]
	if i := strings.LastIndexByte(start, ' '); i > len(start)/2 {
		start = start[:i]
	}
	if i := strings.IndexByte(end, ' '); i >= 0 && i < len(end)/2 {
		end = end[i+1:]
	}
	return strings.TrimSpace(start) + gap + strings.TrimSpace(end)
}
