package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestCount(t *testing.T) {
	t.Parallel()
	var c ledger.Count
	for _, f := range []finding.Finding{
		{Outcome: finding.Pass},
		{Outcome: finding.Pass},
		{Outcome: finding.Fail},
		{Outcome: finding.Fail, Exemption: &finding.Exemption{}},
		{Outcome: finding.Unknown},
		{Outcome: finding.NotApplicable},
	} {
		c.Add(f)
	}
	if want := (ledger.Count{Pass: 2, Fail: 1, Exempted: 1, Unknown: 1, Skipped: 1}); c != want {
		t.Errorf("%+v", c)
	}
}

func TestTallies(t *testing.T) {
	t.Parallel()
	d := newDesk()
	add := func(by, day, region string, checks map[string]ledger.Count) {
		t.Helper()
		if err := d.AddTally(t.Context(), by, ledger.Tally{Day: day, Account: "444455556666", Region: region, Checks: checks}); err != nil {
			t.Fatal(err)
		}
	}
	add("a", "2026-10-31", "eu-west-1", map[string]ledger.Count{"bucket-public": {Pass: 1}})
	add("a", "2026-11-01", "eu-west-1", map[string]ledger.Count{"bucket-public": {Pass: 3, Fail: 1}, "trail-stopped": {Unknown: 1}})
	add("a", "2026-11-01", "eu-west-1", map[string]ledger.Count{"bucket-public": {Pass: 4}, "key-rotation-off": {Skipped: 2}})
	add("b", "2026-11-01", "eu-west-1", map[string]ledger.Count{"bucket-public": {Exempted: 1}})
	add("a", "2026-11-01", "", map[string]ledger.Count{"role-shared": {Pass: 1}})
	add("a", "2026-11-30", "eu-west-1", map[string]ledger.Count{"bucket-public": {Pass: 9}})
	add("a", "2026-12-01", "eu-west-1", map[string]ledger.Count{"bucket-public": {Pass: 9}})
	add("a", "2026-12-02", "eu-west-1", nil)
	read := func(from, to time.Time) []string {
		t.Helper()
		var all []string
		for one, err := range d.Tallies(t.Context(), from, to) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(one.Day, " ", one.Region, " ", one.Checks))
		}
		return all
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 15, 0, 0, 0, time.UTC) }
	if got := read(day(10, 31), day(12, 2)); len(got) != 6 {
		t.Errorf("all of them: %q", got)
	}
	want := []string{
		"2026-11-01  map[role-shared:{1 0 0 0 0}]",
		"2026-11-01 eu-west-1 map[bucket-public:{7 1 0 0 0} key-rotation-off:{0 0 0 0 2} trail-stopped:{0 0 0 1 0}]",
		"2026-11-01 eu-west-1 map[bucket-public:{0 0 1 0 0}]",
	}
	if got := read(day(11, 1), day(11, 29)); !slices.Equal(got, want) {
		t.Errorf("November: %q", got)
	}
	if got := read(day(11, 2), day(11, 1)); len(got) != 0 {
		t.Errorf("a period that ends before it begins: %q", got)
	}
	if err := d.AddTally(t.Context(), "a", ledger.Tally{Day: "today"}); err == nil {
		t.Error("a day that is none")
	}
}
