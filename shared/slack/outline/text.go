package outline

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes any text one line that can be shown anywhere: no control characters, and none that are invisible or turn the direction
// of writing.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r), !unicode.IsPrint(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// Tidy is visible text with single spaces and of at most so many characters; it says when it was cut.
func Tidy(s string, most int) string {
	return Cut(strings.Join(strings.Fields(visible(s)), " "), most)
}

// Cut keeps the beginning of a text that has more characters than the most, and says that it did.
func Cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	const note = " [...]"
	return strings.TrimSpace(string([]rune(s)[:max(most-len(note), 0)])) + note
}

// code is a command, whole or not at all: a part of one must not be run.
func code(s string) []Line {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if line = strings.TrimRight(visible(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	whole := strings.Join(lines, "\n")
	switch n := utf8.RuneCountInString(whole); {
	case whole == "":
		return nil
	case n > mostCode:
		return []Line{{Text: fmt.Sprintf("[left out: the command has %d characters; the e-mail may have it]", n)}}
	}
	return []Line{{Text: whole, Code: true}}
}

// part adds a part, unless nothing stands below its heading.
func (o *Outline) part(heading string, lines ...Line) {
	lines = slices.DeleteFunc(lines, func(l Line) bool { return l.Text == "" })
	switch n := len(o.Parts); {
	case len(lines) == 0 || n > mostParts:
	case n == mostParts:
		o.Parts = append(o.Parts, Part{Lines: []Line{{Text: "The e-mail has more."}}})
	default:
		o.Parts = append(o.Parts, Part{Heading: Tidy(heading, mostName), Lines: lines})
	}
}

// Lines is a text of several lines of visible characters, of at most so many; it says when it was cut.
func Lines(s string, most int) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r\n", "\n")) {
		lines = append(lines, strings.TrimRight(visible(line), " "))
	}
	return Cut(strings.TrimSpace(strings.Join(lines, "\n")), most)
}
