package settings

import "strings"

// longest is how long a name may be for another to be looked for that is like it: no name of ours is half as long.
const longest = 100

// Nearest is the known name that a mistyped one most likely means: the one that takes the fewest edits, when those are few, or that it is
// the beginning of; "" when none is near.
func Nearest(name string, known []string) string {
	if len(name) > longest {
		return ""
	}
	best, least := "", 1+len(name)/4
	for _, k := range known {
		d := edits(name, k)
		if strings.HasPrefix(k, name) && len(name) > 3 {
			d = 1
		}
		if d <= least {
			best, least = k, d-1
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
