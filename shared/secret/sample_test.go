package secret

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode"
)

// sample makes a text that fits an expression, so that no text in the repository looks like a secret itself.
func sample(t testing.TB, expression string, random *rand.Rand) string {
	t.Helper()
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var b strings.Builder
	write(&b, parsed, random)
	return b.String()
}

func write(b *strings.Builder, re *syntax.Regexp, random *rand.Rand) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				r = unicode.ToLower(r)
			}
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		b.WriteRune(oneOf(re.Rune, random))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("abcdefgh "[random.IntN(9)])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := times(re)
		for range least + random.IntN(most-least+1) {
			write(b, re.Sub[0], random)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpEndText, syntax.OpEndLine:
		b.WriteByte('\n')
	default:
		for _, sub := range re.Sub {
			write(b, sub, random)
		}
	}
}

func times(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, 3
	case syntax.OpPlus:
		return 1, 20
	case syntax.OpQuest:
		return 0, 1
	}
	if re.Max < 0 {
		return re.Min, re.Min + 40
	}
	return re.Min, re.Max
}

// oneOf is a character of a class, of those that can be read if there are any.
func oneOf(ranges []rune, random *rand.Rand) rune {
	var those []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := max(ranges[i], '!'); r <= min(ranges[i+1], '~'); r++ {
			those = append(those, r)
		}
	}
	if len(those) == 0 {
		return ranges[0]
	}
	return those[random.IntN(len(those))]
}

func seeded(text string) *rand.Rand {
	var n uint64
	for _, c := range text {
		n = n*131 + uint64(c)
	}
	return rand.New(rand.NewPCG(n, 7))
}
