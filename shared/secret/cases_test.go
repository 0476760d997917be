package secret

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRules holds every rule to its cases.
func TestRules(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3)
		if strings.HasPrefix(line, "#") {
			continue
		}
		id, wants, expression := parts[0], parts[1] == "+", parts[2]
		if wants {
			fires[id] = true
		} else {
			silent[id] = true
		}
		random := seeded(line)
		for range 5 {
			text := sample(t, expression, random)
			log := "[Container] 2026/11/20 09:14:07 Entering phase BUILD\n+ " + text + "\nDone.\n"
			found := Text(log)
			is := slices.ContainsFunc(all().matches([]byte(log)), func(m match) bool { return m.rule.id == id }) && len(found) > 0 && found[0].Line == 2
			if wants && !is || !wants && len(found) > 0 {
				t.Errorf("%s: wanted: %v, found %+v in %q", id, wants, found, text)
				break
			}
		}
	}
	for _, r := range all().rules {
		if !fires[r.id] || !silent[r.id] {
			t.Errorf("%s: a case that fires (%v) and one that does not (%v) are needed", r.id, fires[r.id], silent[r.id])
		}
	}
}

// TestExpressionsCompile finds what would fail only once a keyword is met.
func TestExpressionsCompile(t *testing.T) {
	t.Parallel()
	for _, r := range all().rules {
		if n := r.need(); r.regex().NumSubexp() < r.group || n.size == 0 {
			t.Errorf("%s: group %d, needs %+v", r.id, r.group, n.size)
		}
		for _, a := range r.allow {
			a.holds("secret", "match", "line")
		}
	}
	for _, a := range all().allow {
		a.holds("secret", "match", "line")
	}
	for _, e := range append(slices.Clone(references), secretName, userinfo, located, port, identifier, telling, digest) {
		e()
	}
	if len(all().rules) < 200 || len(all().allow) == 0 {
		t.Errorf("%d rules", len(all().rules))
	}
}
