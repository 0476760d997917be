package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed survivors.txt
var list []byte

const arrow = " => "

// excuses reads the list of survivors: a mutant's name, the arrow, and why no test can notice it.
func excuses(text []byte) (map[string]string, error) {
	why := map[string]string{}
	var faults []error
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, found := strings.Cut(line, arrow)
		if !found || reason == "" || why[name] != "" {
			faults = append(faults, fmt.Errorf("survivors.txt:%d: a name of its own, \"%s\" and a reason expected", n, strings.TrimSpace(arrow)))
			continue
		}
		why[name] = reason
	}
	return why, errors.Join(append(faults, lines.Err())...)
}

// excuse marks the survivors that the list names, and gives those of its lines that no survivor needs.
func excuse(results []result, why map[string]string, checks []string) (stale []string) {
	left := maps.Clone(why)
	for i, r := range results {
		if reason := why[r.name()]; reason != "" && r.Fate == survived {
			results[i].Fate, results[i].Why = excused, reason
			delete(left, r.name())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		check, _, _ := strings.Cut(name, "/")
		if slices.Contains(checks, check) {
			stale = append(stale, name)
		}
	}
	return stale
}
