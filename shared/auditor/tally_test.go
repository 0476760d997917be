package auditor_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// tallies are what was counted, each as "region check: count".
func tallies(t *testing.T, a *auditor.Auditor) []string {
	t.Helper()
	var all []string
	for one, err := range a.Ledger.Tallies(t.Context(), now(), now()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range slices.Sorted(maps.Keys(one.Checks)) {
			all = append(all, fmt.Sprintf("%s %s: %+v", one.Region, check, one.Checks[check]))
		}
	}
	return all
}

func TestASweepsJudgementsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"], w.open["free"] = true, true
	set := settings.Default()
	set.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "free", Owner: "ann", Reason: "party", Until: settings.Date{Time: now().Add(48 * time.Hour)}}}
	a := w.auditor(set)
	named := func(id string) finding.Resource {
		r := frontDoor
		r.ID = id
		return r
	}
	if again := handle(t, a, look(t, named("front"), named("back")), look(t, named("side"), named("free"))); len(again) > 0 {
		t.Fatal(again)
	}
	var doors []string
	for _, line := range tallies(t, a) {
		if line[:len("eu-west-1 door-open")] == "eu-west-1 door-open" {
			doors = append(doors, line)
		}
	}
	want := []string{"eu-west-1 door-open: {Pass:2 Fail:1 Exempted:1 Unknown:0 Skipped:0}"}
	if !slices.Equal(doors, want) {
		t.Errorf("counted %q", tallies(t, a))
	}
	// What an event led to is told by its findings, and counted in no sweep.
	before := tallies(t, a)
	if again := handle(t, a, message("e-1", "OpenDoor", "front")); len(again) > 0 || !slices.Equal(tallies(t, a), before) {
		t.Errorf("after an event: again %v, counted %q", again, tallies(t, a))
	}
}

// A judgement that cannot be counted is made all the same.
func TestATallyThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for step := range 40 {
		w := newWorld()
		w.crashAt = step + 1
		a := w.auditor(settings.Default())
		again := handle(t, a, look(t, frontDoor))
		if len(again) == 0 && len(tallies(t, a)) == 0 {
			if w.step != w.crashAt {
				t.Errorf("step %d of %d broke, and the tally is missing", w.crashAt, w.step)
			}
			return
		}
	}
	t.Error("no step was the writing of the tally")
}
