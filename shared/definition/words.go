package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// list collects differences.
type list struct{ all []Difference }

func (l *list) add(d Difference) { l.all = append(l.all, d) }

// value tells of two texts that may be shown, when they differ: "service role: a -> b".
func (l *list) value(kind Kind, where, label, before, after string) {
	if before == after || masked(before) || masked(after) {
		return
	}
	l.add(Difference{Kind: kind, Where: where, Before: said(before), After: said(after), Sentence: label + ": " + orNone(before) + " -> " + orNone(after)})
}

// hidden tells of two values that are not shown.
func (l *list) hidden(kind Kind, where, label, before, after string) {
	if before == after || masked(before) || masked(after) {
		return
	}
	verb := "changed"
	switch {
	case before == "":
		verb = "was added"
	case after == "":
		verb = "was removed"
	}
	l.add(Difference{Kind: kind, Where: where, Sentence: label + " " + verb + " (its value is not shown)"})
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return said(text)
}

// masked says that a value stands for one that AWS does not tell, so that nothing can be concluded from it: CodePipeline's answers show ****
// (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action"), CloudTrail's records words to that effect.
func masked(text string) bool {
	return len(text) >= 3 && strings.Trim(text, "*") == "" || text == "HIDDEN_DUE_TO_SECURITY_REASONS" || text == "<sensitiveDataRemoved>"
}

// mark tells two long texts apart that are not shown. It has twelve bits: too few to find a secret by trying.
func mark(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:2])[:3]
}

const longest = 200 // characters of a name that are shown

// keyID matches an access key id wherever it stands: names are free text.
var keyID = regexp.MustCompile(`(A[KS]IA)[A-Z0-9]{16,}`)

// said is a name as a sentence shows it: as it is when it is a word, else in quotes, without what moves a cursor or hides text.
func said(name string) string {
	if name == "" {
		return ""
	}
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@:/-#*~"
	word := strings.Trim(name, plain) == ""
	if !word {
		name = strings.Map(func(r rune) rune {
			switch {
			case r == '"':
				return '\''
			case !unicode.IsPrint(r):
				return '?'
			}
			return r
		}, strings.ToValidUTF8(name, "?"))
	}
	name = keyID.ReplaceAllString(name, "$1…")
	if utf8.RuneCountInString(name) > longest {
		name = string([]rune(name)[:longest]) + "…"
	}
	if !word {
		name = `"` + name + `"`
	}
	return name
}

// withoutCredentials takes everything that may be a secret out of a source's location: what stands before @, and the query.
func withoutCredentials(location string) string {
	scheme, rest, hasScheme := strings.Cut(location, "://")
	if !hasScheme {
		scheme, rest = "", location
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if !hasScheme {
		return rest
	}
	return scheme + "://" + rest
}
