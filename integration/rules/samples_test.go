package rules_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/integration/rules"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/event"
)

// ignored reads the patterns of events/ignored.txt.
func ignored(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(rules.Root(t), "events", "ignored.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for line := range strings.Lines(string(raw)) {
		pattern, _, _ := strings.Cut(line, "#")
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// TestEverySampleIsClaimedOrIgnored finds events that nobody listens to by mistake, and selectors that nothing proves.
func TestEverySampleIsClaimedOrIgnored(t *testing.T) {
	t.Parallel()
	patterns := ignored(t)
	used := map[string]bool{}
	unclaimed := map[string]bool{} // "service call" that a selector names, until a sample proves it
	var selectors []event.Selector
	for _, c := range checks.All() {
		selectors = append(selectors, c.Wakes()...)
	}
	for _, s := range selectors {
		for _, name := range s.Detail["eventName"] {
			unclaimed[strings.Join(s.Detail["eventSource"], " ")+" "+name] = true
		}
	}
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		claimed := slices.ContainsFunc(selectors, func(s event.Selector) bool { return s.Matches(e) })
		for want := range unclaimed {
			service, call, _ := strings.Cut(want, " ")
			prefix, isPrefix := strings.CutSuffix(call, "*")
			if claimed && e.Service() == service && (e.Name() == call || isPrefix && strings.HasPrefix(e.Name(), prefix)) {
				delete(unclaimed, want)
			}
		}
		i := slices.IndexFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
		switch {
		case i >= 0 && claimed:
			t.Errorf("%s wakes a check, and events/ignored.txt lists it under %s", name, patterns[i])
		case i < 0 && !claimed:
			t.Errorf("%s wakes no check: let one listen to it, or list it in events/ignored.txt with the reason", name)
		case i >= 0:
			used[patterns[i]] = true
		}
	}
	for _, p := range patterns {
		if !used[p] {
			t.Errorf("events/ignored.txt: no sample fits %s", p)
		}
	}
	for want := range unclaimed {
		t.Errorf("a selector names %s, and no sample in events/ shows such an event", want)
	}
}
