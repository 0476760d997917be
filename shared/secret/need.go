package secret

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// need is what every match of an expression holds: a run of so many bytes of a class. To look for it takes a fraction of the time that
// the expression takes, and most of what stands around a keyword has none.
type need struct {
	of    [256]bool
	size  int
	texts []string // which it holds as well, in small letters
}

func needOf(expression string) need {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return need{}
	}
	n := needed(re)
	n.texts = literals(nil, re)
	return n
}

// literals are the texts that every match holds, in any case.
func literals(out []string, re *syntax.Regexp) []string {
	const shortest = 3
	switch re.Op {
	case syntax.OpLiteral:
		if text := strings.ToLower(string(re.Rune)); len(re.Rune) >= shortest && ascii(text) {
			out = append(out, text)
		}
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		for _, sub := range re.Sub {
			out = literals(out, sub)
		}
	}
	return out
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// held says whether the text holds all literals. Letters of other alphabets that fold to ASCII ones do not count.
func (n *need) held(text []byte) bool {
	return !slices.ContainsFunc(n.texts, func(literal string) bool { return !holds(text, literal) })
}

func holds(text []byte, literal string) bool {
	for i := 0; i+len(literal) <= len(text); i++ {
		n := 0
		for n < len(literal) && lower(text[i+n]) == literal[n] {
			n++
		}
		if n == len(literal) {
			return true
		}
	}
	return false
}

func needed(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		n := need{size: len(re.Rune)}
		for _, r := range re.Rune {
			n.add(r, r)
			for other := unicode.SimpleFold(r); re.Flags&syntax.FoldCase != 0 && other != r; other = unicode.SimpleFold(other) {
				n.add(other, other)
			}
		}
		return n
	case syntax.OpCharClass:
		n := need{size: 1}
		for i := 0; i+1 < len(re.Rune); i += 2 {
			n.add(re.Rune[i], re.Rune[i+1])
		}
		return n
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		return repeated(needed(re.Sub[0]), re)
	case syntax.OpConcat:
		return longestOf(re.Sub)
	case syntax.OpAlternate:
		return anyOf(re.Sub)
	}
	return need{}
}

// repeated is a run of the class, if it is one character that is repeated.
func repeated(one need, re *syntax.Regexp) need {
	if re.Min == 0 {
		return need{}
	}
	if re.Sub[0].Op == syntax.OpCharClass {
		one.size = re.Min
	}
	return one
}

func longestOf(subs []*syntax.Regexp) need {
	best := need{}
	for _, sub := range subs {
		if n := needed(sub); n.size > best.size {
			best = n
		}
	}
	return best
}

// anyOf is what holds whichever of them matches.
func anyOf(subs []*syntax.Regexp) need {
	out := needed(subs[0])
	for _, sub := range subs[1:] {
		n := needed(sub)
		out.size = min(out.size, n.size)
		for c := range out.of {
			out.of[c] = out.of[c] || n.of[c]
		}
	}
	return out
}

func (n *need) add(from, to rune) {
	for r := from; r <= min(to, 0x7f); r++ {
		n.of[r] = true
	}
	for c := 0x80; c <= 0xff && to >= 0x80; c++ {
		n.of[c] = true
	}
}

// in gives the runs of a text, until each says no.
func (n *need) in(text []byte, each func(run span) bool) {
	for i := 0; i < len(text); i++ {
		start := i
		for i < len(text) && n.of[text[i]] {
			i++
		}
		if i-start >= n.size && !each(span{start, i}) {
			return
		}
	}
}
