package secret

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// match is what a rule matched in a text, by places in it.
type match struct {
	rule       *rule
	start, end int
	from, to   int // the secret
}

// How much text around a keyword is looked at. A match that is longer than its rule's bound, or than these, is not found whole.
const (
	mostBefore = 256
	mostAfter  = 8 << 10 // a private key of 8,192 bits has 6.4 KB
	mostEdge   = 128     // how far the end of a word is looked for
	beyond     = 8       // more than a match, so that one which ends with the part is known to be cut
)

// span is a part of a text.
type span struct{ start, end int }

// matches lists what the rules find in a text, as gitleaks would.
func (s *ruleset) matches(text []byte) []match {
	var near [][]span // of each rule
	s.keywords.scan(text, func(word, start, end int) {
		i := s.of[word]
		if quick := s.rules[i].quick; quick != nil && !quick(text, start, end) {
			return
		}
		if near == nil {
			near = make([][]span, len(s.rules))
		}
		near[i] = join(near[i], s.rules[i].around(text, start, end))
	})
	var out []match
	for i, spans := range near {
		for _, one := range spans {
			for _, part := range s.rules[i].hopeful(text, one) {
				out = s.try(out, s.rules[i], text, part)
			}
		}
	}
	return out
}

// hopeful are the parts of a span in which the rule may match, by what every match of it needs.
func (r *rule) hopeful(text []byte, in span) []span {
	var out []span
	n := r.need()
	if !n.held(text[in.start:in.end]) {
		return nil
	}
	n.in(text[in.start:in.end], func(run span) bool {
		if r.longest == 0 || r.apart || n.size == 0 {
			out = []span{in}
			return false
		}
		// A match needs size bytes of the run, and so ends with its end or goes on behind it.
		part := wide(text, in.start+run.start+n.size-r.longest, in.start+run.end-n.size+r.longest)
		out = join(out, span{max(part.start, in.start), min(part.end, in.end)})
		return true
	})
	return out
}

// join adds a span to those before it. Keywords end one after another, so a span may begin, but never end, long before the last.
func join(spans []span, one span) []span {
	for len(spans) > 0 && spans[len(spans)-1].end >= one.start {
		last := spans[len(spans)-1]
		one = span{min(last.start, one.start), max(last.end, one.end)}
		spans = spans[:len(spans)-1]
	}
	return append(spans, one)
}

// around is where a match of the rule may lie that holds this keyword: from blank to blank, so that expressions see the edges of words.
func (r *rule) around(text []byte, start, end int) span {
	if r.apart {
		return span{0, len(text)}
	}
	before, after := r.before, mostAfter
	if r.longest > 0 {
		before, after = r.longest, r.longest
	}
	return wide(text, end-before, start+after)
}

// wide is the part of the text from one place to another, and on to the next blanks.
func wide(text []byte, from, to int) span {
	from, to = max(0, from), min(len(text), to+beyond)
	if i := bytes.LastIndexAny(text[max(0, from-mostEdge):from], blanks); i >= 0 {
		from = max(0, from-mostEdge) + i
	}
	if i := bytes.IndexAny(text[to:min(len(text), to+mostEdge)], blanks); i >= 0 {
		to += i + 1
	}
	return span{from, to}
}

const blanks = " \t\r\n"

// try adds what a rule finds in a part of the text.
func (s *ruleset) try(out []match, r *rule, text []byte, in span) []match {
	part := text[in.start:in.end]
	for _, at := range r.regex().FindAllIndex(part, -1) {
		whole := part[at[0]:at[1]]
		if at[1] == len(part) && in.end < len(text) && !isBlank(whole[len(whole)-1]) {
			continue // the text goes on: the end that was matched is none
		}
		trimmed := bytes.TrimLeft(whole, "\n")
		start := in.start + at[1] - len(trimmed)
		trimmed = bytes.TrimRight(trimmed, "\n")
		groups := r.regex().FindSubmatchIndex(trimmed)
		from, to := r.secret(groups, len(trimmed))
		m := match{rule: r, start: start, end: start + len(trimmed), from: start + from, to: start + to}
		if s.counts(r, text, m, groups, trimmed) {
			out = append(out, m)
		}
	}
	return out
}

func isBlank(c byte) bool { return bytes.IndexByte([]byte(blanks), c) >= 0 }

// secret is where in a match the secret lies, as gitleaks takes it.
func (r *rule) secret(groups []int, length int) (from, to int) {
	if r.group > 0 && len(groups) > 2*r.group+1 {
		if from, to = groups[2*r.group], groups[2*r.group+1]; from < 0 {
			return 0, 0
		}
		return from, to
	}
	if r.group == lastGroup {
		for i := len(groups) - 2; i >= 2; i -= 2 {
			if groups[i] >= 0 && groups[i+1] > groups[i] {
				return groups[i], groups[i+1]
			}
		}
	}
	for i := 2; i+1 < len(groups); i += 2 {
		if groups[i] >= 0 && groups[i+1] > groups[i] {
			return groups[i], groups[i+1]
		}
	}
	return 0, length
}

// counts says whether what matched is a secret.
func (s *ruleset) counts(r *rule, text []byte, m match, groups []int, whole []byte) bool {
	secret := string(text[m.from:m.to])
	if secret == "" || r.entropy != 0 && entropy(secret) <= r.entropy {
		return false
	}
	if r.own != nil && !r.own(texts(whole, groups)) {
		return false
	}
	matched, line := string(whole), lines(text, m)
	allowed := func(a allowlist) bool { return a.holds(secret, matched, line) }
	return (r.mine || !slices.ContainsFunc(s.allow, allowed)) && !slices.ContainsFunc(r.allow, allowed)
}

func texts(whole []byte, groups []int) []string {
	out := make([]string, len(groups)/2)
	for i := range out {
		if groups[2*i] >= 0 {
			out[i] = string(whole[groups[2*i]:groups[2*i+1]])
		}
	}
	return out
}

// lines are the lines on which the match lies, as far as they are short.
func lines(text []byte, m match) string {
	from, to := max(0, m.start-mostAfter), min(len(text), m.end+mostAfter)
	from += bytes.LastIndexByte(text[from:m.start], '\n') + 1
	if i := bytes.IndexByte(text[m.end:to], '\n'); i >= 0 {
		to = m.end + i
	}
	return string(text[from:to])
}

// settle leaves of matches that overlap the one that tells most, and puts them in order of their places.
func settle(text []byte, all []match) []match {
	if len(all) < 2 {
		return all
	}
	slices.SortStableFunc(all, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.rule.priority, a.rule.priority), cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.from, b.from), strings.Compare(a.rule.id, b.rule.id))
	})
	taken := make([]bool, len(text))
	kept := all[:0]
	for _, m := range all {
		if !slices.Contains(taken[m.from:m.to], true) {
			for i := m.from; i < m.to; i++ {
				taken[i] = true
			}
			kept = append(kept, m)
		}
	}
	slices.SortStableFunc(kept, func(a, b match) int { return cmp.Compare(a.from, b.from) })
	return kept
}
