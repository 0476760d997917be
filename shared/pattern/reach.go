package pattern

import (
	"regexp/syntax"
	"strings"
)

// endless is the count of an expression with a wildcard.
const endless = -1

// count is how many values the expression describes, endless for a wildcard, and no more than just above spelled.
// Letters that stand for both cases count once.
func count(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpNoMatch:
		return 0
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return endless
	case syntax.OpCharClass:
		n := 0
		for i := 0; i+1 < len(re.Rune); i += 2 {
			n = plus(n, int(re.Rune[i+1]-re.Rune[i])+1)
		}
		return n
	case syntax.OpCapture:
		return count(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return repeated(re)
	case syntax.OpConcat:
		n := 1
		for _, sub := range re.Sub {
			n = times(n, count(sub))
		}
		return n
	case syntax.OpAlternate:
		n := 0
		for _, sub := range re.Sub {
			n = plus(n, count(sub))
		}
		return n
	}
	return 1
}

func repeated(re *syntax.Regexp) int {
	least, most := bounds(re)
	if isEmpty(re.Sub[0]) {
		return 1
	}
	if most == endless {
		return endless
	}
	one, power, n := count(re.Sub[0]), 1, 0
	for i := 0; i <= most; i++ {
		if i >= least {
			n = plus(n, power)
		}
		power = times(power, one)
	}
	return n
}

// bounds is how often a repetition takes what it repeats: at least and at most, endless for any number.
func bounds(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, endless
	case syntax.OpPlus:
		return 1, endless
	case syntax.OpQuest:
		return 0, 1
	}
	return re.Min, re.Max
}

// isEmpty says whether the expression never takes a sign: repeating it changes nothing.
func isEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	}
	for _, sub := range re.Sub {
		if !isEmpty(sub) {
			return false
		}
	}
	return true
}

func plus(a, b int) int {
	if a == endless || b == endless {
		return endless
	}
	return min(a+b, spelled+1)
}

func times(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == endless || b == endless:
		return endless
	}
	return min(a*b, spelled+1)
}

// path is one way through an expression, as far as its text is fixed.
type path struct {
	text  string
	open  bool // something that is not fixed follows
	ended bool // it passed the end of the value
}

// breaksOff says whether the way ends within a value: neither at its end nor after a slash, which no reference ends with.
func (p path) breaksOff() bool { return !p.ended && (p.open || !strings.HasSuffix(p.text, "/")) }

// strays says whether the way lets through what no fixed text holds to one namespace, such as refs/heads/.
func (p path) strays() bool {
	parts := strings.SplitN(p.text, "/", 3)
	return (p.open || !p.ended) && (len(parts) < 3 || parts[0] != "refs" || parts[1] == "")
}

// mostPaths bounds the work on an expression with many alternatives; what is beyond counts as not fixed.
const mostPaths = 64

// walk continues each path with the expression.
func walk(re *syntax.Regexp, from []path) []path {
	switch re.Op {
	case syntax.OpLiteral:
		return each(from, func(p *path) { p.text += string(re.Rune) })
	case syntax.OpEndText:
		return each(from, func(p *path) { p.ended = true })
	case syntax.OpBeginText, syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return from
	case syntax.OpCapture:
		return walk(re.Sub[0], from)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			from = walk(sub, from)
		}
		return from
	case syntax.OpQuest:
		return bounded(append(walk(re.Sub[0], copied(from)), from...), from)
	case syntax.OpAlternate:
		var all []path
		for _, sub := range re.Sub {
			all = append(all, walk(sub, copied(from))...)
		}
		return bounded(all, from)
	}
	return each(from, func(p *path) { p.open = true })
}

// each continues the paths whose text is still fixed; on the others only the end of the value can follow.
func each(from []path, do func(*path)) []path {
	for i := range from {
		before := from[i]
		do(&from[i])
		if before.open {
			from[i].text = before.text
		}
	}
	return from
}

func bounded(all, from []path) []path {
	if len(all) <= mostPaths {
		return all
	}
	return each(copied(from), func(p *path) { p.open = true })
}

func copied(from []path) []path { return append([]path(nil), from...) }
