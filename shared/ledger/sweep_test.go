package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

func legsOf(accounts, regions []string) []ledger.Leg {
	var legs []ledger.Leg
	for _, a := range accounts {
		for i, r := range regions {
			legs = append(legs, ledger.Leg{Account: a, Region: r, Order: i})
		}
	}
	return legs
}

func (d desk) legs(t *testing.T, account string) []ledger.Leg {
	t.Helper()
	var all []ledger.Leg
	for leg, err := range d.Legs(t.Context(), account) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, leg)
	}
	return all
}

func beginSweep(t *testing.T, d desk, legs []ledger.Leg) ledger.Sweep {
	t.Helper()
	s := ledger.Sweep{ID: ledger.SweepID(d.clock.now()), Started: d.clock.now(), Legs: len(legs)}
	if err := d.BeginSweep(t.Context(), s, legs); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBeginSweep(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, found, err := d.NewestSweep(t.Context()); found || err != nil {
		t.Errorf("before anything: %v, %v", found, err)
	}
	accounts := []string{"111122223333", "444455556666"}
	first := beginSweep(t, d, legsOf(accounts, []string{"eu-west-1", "us-east-1"}))
	if first.ID != "2026-11-20T12:00:00Z" {
		t.Errorf("it is called %s", first.ID)
	}
	if got, found, err := d.NewestSweep(t.Context()); err != nil || !found || got != first {
		t.Errorf("%+v, %v, %v", got, found, err)
	}
	if all := d.legs(t, ""); len(all) != 4 || all[0].Sweep != first.ID || all[0].Account != accounts[0] || all[1].Region != "us-east-1" || all[1].Order != 1 {
		t.Errorf("%+v", all)
	}
	if some := d.legs(t, accounts[1]); len(some) != 2 || some[0].Account != accounts[1] {
		t.Errorf("of one account: %+v", some)
	}
	if none := d.legs(t, "44445555666"); len(none) != 0 {
		t.Errorf("of an account whose id another one begins with: %+v", none)
	}
	// A sweep of the same second, or one that comes too late to begin, is told so and changes nothing.
	for _, id := range []string{first.ID, "2026-11-20T11:59:59Z"} {
		if err := d.BeginSweep(t.Context(), ledger.Sweep{ID: id}, legsOf(accounts, []string{"eu-west-1"})); !errors.Is(err, ledger.ErrSweepBegan) {
			t.Errorf("%s: %v", id, err)
		}
	}
	// The next one writes over what it leads to, and leaves the rest as it was.
	if _, err := d.Advance(t.Context(), d.legs(t, "")[0], 1, func(l *ledger.Leg) { l.Resources = 7 }); err != nil {
		t.Fatal(err)
	}
	d.pass(6 * time.Hour)
	second := beginSweep(t, d, legsOf(accounts[:1], []string{"eu-west-1", "us-east-1"}))
	sweeps := map[string]string{}
	for _, leg := range d.legs(t, "") {
		sweeps[leg.Account+" "+leg.Region] = leg.Sweep
		if leg.Sweep == second.ID && (leg.Steps != 0 || leg.Resources != 0) {
			t.Errorf("it begins with what the last one left: %+v", leg)
		}
	}
	want := map[string]string{
		"111122223333 eu-west-1": second.ID, "111122223333 us-east-1": second.ID,
		"444455556666 eu-west-1": first.ID, "444455556666 us-east-1": first.ID,
	}
	if diff := cmp.Diff(want, sweeps); diff != "" {
		t.Error(diff)
	}
	d.pass(91 * 24 * time.Hour)
	if all := d.legs(t, ""); len(all) != 0 {
		t.Errorf("after three months: %+v", all)
	}
}

func TestBeginSweepOfMany(t *testing.T) {
	t.Parallel()
	d := newDesk()
	var accounts []string
	for i := range 100 {
		accounts = append(accounts, fmt.Sprintf("%012d", i))
	}
	legs := legsOf(accounts, []string{"eu-west-1", "eu-central-1", "us-east-1"})
	beginSweep(t, d, legs)
	if all := d.legs(t, ""); len(all) != len(legs) {
		t.Errorf("%d legs", len(all))
	}
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := beginSweep(t, d, legsOf([]string{"111122223333"}, []string{"eu-west-1"}))
	of := ledger.Leg{Sweep: s.ID, Account: "111122223333", Region: "eu-west-1"}
	advance := func(of ledger.Leg, step int, want bool, change func(*ledger.Leg)) {
		t.Helper()
		if ok, err := d.Advance(t.Context(), of, step, change); ok != want || err != nil {
			t.Errorf("step %d: %v, %v", step, ok, err)
		}
	}
	adds := func(l *ledger.Leg) { l.Resources += 10; l.Kind = "key" }
	d.pass(time.Minute)
	advance(of, 1, true, adds)
	advance(of, 1, false, adds) // delivered twice
	advance(of, 3, true, adds)  // the second was done, and never written down
	advance(of, 2, false, adds)
	stranger := of
	stranger.Region = "eu-west-2"
	advance(stranger, 1, false, adds)
	late := of
	late.Sweep = "2026-11-20T06:00:00Z"
	advance(late, 9, false, adds)
	leg, found, err := d.Leg(t.Context(), of.Account, of.Region)
	if err != nil || !found || leg.Steps != 3 || leg.Resources != 20 || leg.Kind != "key" || !leg.Moved.Equal(noon.Add(time.Minute)) || !leg.Well() {
		t.Errorf("%+v, %v, %v", leg, found, err)
	}
	advance(of, 4, true, func(l *ledger.Leg) {
		l.Ended = d.clock.now()
		l.Unlisted = append(slices.Clip(l.Unlisted), ledger.Unlisted{Kind: "key", Why: "access denied"})
	})
	advance(of, 5, false, adds)
	if leg, _, _ := d.Leg(t.Context(), of.Account, of.Region); leg.Well() || leg.Ended.IsZero() || leg.Steps != 4 {
		t.Errorf("%+v", leg)
	}
	if _, found, err := d.Leg(t.Context(), of.Account, "eu-west-2"); found || err != nil {
		t.Errorf("a leg that is not there: %v, %v", found, err)
	}
}
