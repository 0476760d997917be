// Package pattern judges which values a regular expression lets through, by its syntax tree and not by its text.
package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// spelled is how many values an expression may accept and still count as a list of values that somebody wrote down.
const spelled = 1000

// Anchored says whether the expression accepts whole values only, and only such as are spelled out in it, as a list of
// account ids must: a search that may begin or end within a value, and a wildcard, accept what nobody meant.
// When it is not safe, why says so in words that follow the expression: "1234567 may begin in the middle of a value".
// An expression that Go does not parse, or that the Java dialect reads otherwise, is an error: unknown, never safe.
func Anchored(expr string) (safe bool, why string, err error) {
	re, err := parse(expr)
	if err != nil {
		return false, "", err
	}
	if why := ends(re); why != "" {
		return false, why, nil
	}
	switch n := count(re); {
	case n < 0:
		return false, "has a wildcard, so that it lets values through that are not written down", nil
	case n > spelled:
		return false, fmt.Sprintf("lets more than %d values through", spelled), nil
	}
	return true, "", nil
}

// AnchoredRef is Anchored for names of Git references. There a wildcard may follow fixed text that reaches into one
// namespace, as in ^refs/heads/release/.*$, because whoever writes it means a whole family of branches. An end left open
// after a slash says the same, since no reference ends with one: ^refs/heads/release/ (Git, "git-check-ref-format").
func AnchoredRef(expr string) (safe bool, why string, err error) {
	re, err := parse(expr)
	if err != nil {
		return false, "", err
	}
	if !must(re, syntax.OpBeginText, true) {
		return false, unbegun, nil
	}
	all, ended := walk(re, []path{{}}), must(re, syntax.OpEndText, true)
	if !ended && slices.ContainsFunc(all, path.breaksOff) {
		return false, unended, nil
	}
	if n := count(re); ended && n >= 0 && n <= spelled {
		return true, "", nil
	}
	if slices.ContainsFunc(all, path.strays) {
		return false, "has a wildcard that is not held to branches or tags by fixed text before it, such as refs/heads/", nil
	}
	return true, "", nil
}

// Finds says whether the expression is found anywhere in the value, which is how CodeBuild applies it.
func Finds(expr, value string) (bool, error) {
	if _, err := parse(expr); err != nil {
		return false, err
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return false, err
	}
	return re.MatchString(value), nil
}

// Begins says whether whatever the expression accepts begins with that text. Of a text that is not written out it is not known, and false.
func Begins(expr, text string) bool {
	re, err := parse(expr)
	return err == nil && must(re, syntax.OpBeginText, false) &&
		!slices.ContainsFunc(walk(re, []path{{}}), func(p path) bool { return !strings.HasPrefix(p.text, text) })
}

// Whole is the expression so that it accepts whole values only.
func Whole(expr string) string {
	inner := strings.TrimPrefix(expr, "^")
	if !strings.HasSuffix(inner, `\$`) {
		inner = strings.TrimSuffix(inner, "$")
	}
	if strings.ContainsAny(inner, `|^$\(`) {
		return "^(?:" + expr + ")$"
	}
	return "^" + inner + "$"
}

const (
	unbegun = "may begin in the middle of a value"
	unended = "may end in the middle of a value"
)

func ends(re *syntax.Regexp) string {
	begun, ended := must(re, syntax.OpBeginText, true), must(re, syntax.OpEndText, true)
	switch {
	case !begun && !ended:
		return "may begin and end in the middle of a value"
	case !begun:
		return unbegun
	case !ended:
		return unended
	}
	return ""
}

// must says whether every way through the expression passes the assertion op, or runs into a wildcard at the expression's own
// edge. A match that passes \A anywhere begins at the value's beginning, because it cannot begin later than that; so with \z.
func must(re *syntax.Regexp, op syntax.Op, edge bool) bool {
	switch re.Op {
	case op, syntax.OpNoMatch:
		return true
	case syntax.OpCapture:
		return must(re.Sub[0], op, edge)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		least, most := bounds(re)
		if isAny(re.Sub[0]) {
			return edge && most == endless
		}
		return least > 0 && must(re.Sub[0], op, false)
	case syntax.OpConcat:
		at := 0
		if op == syntax.OpEndText {
			at = len(re.Sub) - 1
		}
		return holds(re.Sub, func(i int) bool { return must(re.Sub[i], op, edge && i == at) })
	case syntax.OpAlternate:
		return !holds(re.Sub, func(i int) bool { return !must(re.Sub[i], op, edge) })
	}
	return false
}

func holds(subs []*syntax.Regexp, of func(int) bool) bool {
	for i := range subs {
		if of(i) {
			return true
		}
	}
	return false
}

func isAny(re *syntax.Regexp) bool {
	return re.Op == syntax.OpAnyChar || re.Op == syntax.OpAnyCharNotNL
}

func parse(expr string) (*syntax.Regexp, error) {
	if err := foreign(expr); err != nil {
		return nil, err
	}
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("parse pattern: %w", err)
	}
	return re, nil
}

// foreign finds what Go parses and Java reads otherwise: a class within a class, and the intersection of classes
// (Java API, java.util.regex.Pattern, "Comparison to Perl 5").
func foreign(expr string) error {
	inClass := false
	for i := 0; i < len(expr); i++ {
		rest := expr[i+1:]
		switch c := expr[i]; {
		case c == '\\':
			i++
		case inClass:
			if c == '[' || c == '&' && strings.HasPrefix(rest, "&") {
				return errors.New("parse pattern: dialects differ on a class within a class")
			}
			inClass = c != ']'
		case c == '[':
			if strings.HasPrefix(strings.TrimPrefix(rest, "^"), "]") {
				return errors.New("parse pattern: dialects differ on a class that begins with ]")
			}
			inClass = true
		}
	}
	return nil
}
