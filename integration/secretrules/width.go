package main

import "regexp/syntax"

// endless is the length of what has no longest match.
const endless = 1 << 20

// longest is how many characters a match of the expression has at most; 0 when there is no such number.
func longest(expression string) int {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	if n := width(parsed); n < endless {
		return n
	}
	return 0
}

func width(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		n = len(string(re.Rune))
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpStar, syntax.OpPlus:
		return endless
	case syntax.OpRepeat:
		if re.Max < 0 {
			return endless
		}
		n = re.Max * width(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, width(sub))
		}
	default: // groups, sequences, options, and what takes no room
		for _, sub := range re.Sub {
			n += width(sub)
		}
	}
	return min(n, endless)
}
