package secret

import (
	_ "embed"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed rules.txt
var rulesText string

// lastGroup is the group of a rule whose secret is what the last group holds.
const lastGroup = -1

// rule finds one kind of secret.
type rule struct {
	id       string
	group    int     // of the expression that is the secret; 0: the first that matched; lastGroup: the last
	entropy  float64 // which the secret must exceed, in bits per byte; 0: any
	longest  int     // match, in bytes; 0: any
	keys     []string
	allow    []allowlist
	regex    func() *regexp.Regexp                  // compiled when it is first needed: most never are
	need     func() need                            // of the expression
	before   int                                    // how far before the keyword's end a match of any length may begin
	apart    bool                                   // the keyword may be anywhere in the text
	own      func(groups []string) bool             // what else must hold
	quick    func(text []byte, start, end int) bool // whether a keyword there may be one; nil: it may
	mine     bool                                   // a rule of this package, which gitleaks' lists for all rules are not for
	priority int                                    // of two rules that find the same, the higher one tells
}

// allowlist is what is no secret, though a rule matches.
type allowlist struct {
	target string // what the expressions look at: secret, match or line
	exprs  []func() *regexp.Regexp
	words  []string // of which the secret contains one
}

// Priorities: gitleaks' rules know whose secret it is, the package's own at least what it is for.
const (
	byEntropy = iota
	byContext
	byOwn
	byVendor
)

// generic is the rule of gitleaks that goes by entropy. It counts only where a name says that its value is a secret.
const generic = "generic-api-key"

// apart are the rules whose keyword is not, or not always, a part of what they match.
var apart = []string{"airtable-personnal-access-token", "facebook-access-token", "slack-config-access-token"}

// ruleset is all rules, with what finds out which of them to try where.
type ruleset struct {
	rules    []*rule
	allow    []allowlist // for all rules
	keywords *keywords
	of       []uint16 // keyword -> rule
}

// all are gitleaks' rules and the package's own.
var all = sync.OnceValue(func() *ruleset { return newRuleset(rulesText, ownRules()) })

func newRuleset(text string, own []*rule) *ruleset {
	s := &ruleset{}
	s.parse(text)
	for _, r := range own {
		r.mine, r.before = true, mostBefore
		r.need = sync.OnceValue(func() need { return needOf(r.regex().String()) })
		s.rules = append(s.rules, r)
	}
	var list []string
	for i, r := range s.rules {
		for _, key := range r.keys {
			list = append(list, key)
			s.of = append(s.of, uint16(i))
		}
	}
	s.keywords = newKeywords(list)
	return s
}

// parse reads the lines that integration/secretrules writes.
func (s *ruleset) parse(text string) {
	var r *rule
	lists := &s.allow
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		switch last := len(*lists) - 1; word {
		case "rule":
			r = newRule(strings.Split(rest, "\t"))
			s.rules = append(s.rules, r)
			lists = &r.allow
		case "regex":
			r.regex = lazy(rest)
			r.need = sync.OnceValue(func() need { return needOf(rest) })
		case "key":
			r.keys = strings.Split(rest, "\t")
			r.adapt()
		case "allow":
			*lists = append(*lists, allowlist{target: rest})
		case "expr":
			(*lists)[last].exprs = append((*lists)[last].exprs, lazy(rest))
		case "words":
			(*lists)[last].words = strings.Split(rest, "\t")
		}
	}
}

func newRule(parts []string) *rule {
	r := &rule{id: parts[0], priority: byVendor, apart: slices.Contains(apart, parts[0])}
	r.group, _ = strconv.Atoi(parts[1]) // the file is a part of the program, and a test reads it
	r.entropy, _ = strconv.ParseFloat(parts[2], 64)
	r.longest, _ = strconv.Atoi(parts[3])
	return r
}

// adapt gives the two rules whose keywords are in every line others, of which each match holds one as well. In a text that names
// Sourcegraph each commit's 40 digits would be a token of it.
func (r *rule) adapt() {
	r.before = mostBefore
	switch r.id {
	case generic:
		r.keys, r.priority, r.own, r.longest = tellingKeys, byEntropy, genericInContext, longestGeneric
	case "sourcegraph-access-token":
		r.own = func(groups []string) bool { return strings.HasPrefix(strings.ToLower(groups[1]), "sgp_") }
	case "jwt":
		r.keys, r.before = []string{".ey"}, mostAfter
	}
}

func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// holds says whether a list allows what was found.
func (a allowlist) holds(secret, match, line string) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	if target != "" && slices.ContainsFunc(a.exprs, func(e func() *regexp.Regexp) bool { return e().MatchString(target) }) {
		return true
	}
	if len(a.words) == 0 {
		return false
	}
	low := strings.ToLower(secret)
	return slices.ContainsFunc(a.words, func(word string) bool { return strings.Contains(low, word) })
}

// entropy is Shannon's, in bits per byte.
func entropy(text string) float64 {
	if text == "" {
		return 0
	}
	counts := map[rune]int{}
	for _, c := range text {
		counts[c]++
	}
	sum := 0.0
	for _, n := range counts {
		p := float64(n) / float64(len(text))
		sum -= p * math.Log2(p)
	}
	return sum
}
