package secret

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Place is where the secret was found, in words: the variable or action, the line, or both.
func (f Found) Place() string {
	var parts []string
	if f.Where != "" {
		parts = append(parts, f.Where)
	}
	if f.Line > 0 {
		parts = append(parts, "line "+strconv.Itoa(f.Line))
	}
	return strings.Join(parts, ", ")
}

// Seen is what is known of the secret, in words: the rule that found it, its masked beginning and its fingerprint.
func (f Found) Seen() string {
	said := f.Rule + ", " + f.Masked
	if f.Fingerprint != "" {
		said += ", fingerprint " + f.Fingerprint
	}
	return said
}

// List says where what was found, at most so many, and how many there are besides.
func List(all []Found, most int) string {
	said := make([]string, 0, most+1)
	for _, f := range all[:min(most, len(all))] {
		said = append(said, fmt.Sprintf("%s (%s, %s)", f.Place(), f.Rule, f.Masked))
	}
	if more := len(all) - most; more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, "; ")
}

// Wheres are the places without their lines, each once, in order.
func Wheres(all []Found) []string {
	var out []string
	for _, f := range all {
		if !slices.Contains(out, f.Where) {
			out = append(out, f.Where)
		}
	}
	return out
}
