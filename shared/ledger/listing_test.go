package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// every collects the findings whose keys begin so.
func every(t *testing.T, l *ledger.Ledger, key string) []ledger.Entry {
	t.Helper()
	var all []ledger.Entry
	for e, err := range l.Findings(t.Context(), key) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestFindings(t *testing.T) {
	t.Parallel()
	d := newDesk()
	record := func(f finding.Finding) {
		t.Helper()
		if _, _, err := d.view(t, f.Resource).Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	wrong := fail("a", "e1", 1)
	act := as(byEvent(fail("b", "e2", 2)), func(f *finding.Finding) { f.Once = "e2" })
	fine := pass("e3", 3)
	fine.Check = "other-check"
	for _, f := range []finding.Finding{wrong, act, fine} {
		record(f)
		record(f) // the same again changes nothing
	}
	all := every(t, d.Ledger, "")
	if len(all) != 2 || !slices.IsSortedFunc(all, func(a, b ledger.Entry) int { return slices.Compare([]byte(a.Finding.Key()), []byte(b.Finding.Key())) }) {
		t.Fatalf("%+v", all)
	}
	if one := every(t, d.Ledger, act.ID()); len(one) != 1 || one[0].Finding.Once != "e2" || !one[0].Open {
		t.Errorf("by its ID: %+v", one)
	}
	record(as(pass("e4", 4), func(f *finding.Finding) { f.Check, f.Resource = wrong.Check, wrong.Resource }))
	if one := every(t, d.Ledger, wrong.Key()); len(one) != 1 || one[0].Open {
		t.Errorf("what is resolved stays listed: %+v", one)
	}
	d.pass(500 * 24 * time.Hour)
	if left := every(t, d.Ledger, ""); len(left) != 1 || left[0].Finding.Once != "" {
		t.Errorf("acts are forgotten in the end, judgements are not: %+v", left)
	}
	if none := every(t, d.Ledger, "zz"); len(none) > 0 {
		t.Errorf("%+v", none)
	}
}
