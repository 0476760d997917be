package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// sweeps has many work at one leg of a sweep at the same time, as messages that are delivered twice do: each step counts once.
func sweeps(t *testing.T, s ledger.Store, name string) {
	book := ledger.Open(s, time.Now)
	began := ledger.Sweep{ID: time.Now().UTC().Format(time.RFC3339Nano) + name, Started: time.Now().UTC(), Accounts: 1, Legs: 40}
	var legs []ledger.Leg
	for i := range began.Legs {
		legs = append(legs, ledger.Leg{Account: name, Region: fmt.Sprintf("xx-west-%d", i), Order: i})
	}
	if err := book.BeginSweep(t.Context(), began, legs); err != nil {
		t.Fatal(err)
	}
	of := ledger.Leg{Sweep: began.ID, Account: name, Region: "xx-west-7"}
	counted := advanced(t, book, of)
	n := 0
	for leg, err := range book.Legs(t.Context(), name) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; leg.Region == of.Region && (leg.Steps != 4 || leg.Resources != 10*counted) {
			t.Errorf("%d steps counted: %+v", counted, leg)
		}
	}
	newest, _, err := book.NewestSweep(t.Context())
	if n != began.Legs || newest.ID != began.ID || err != nil {
		t.Errorf("%d legs, want %d; the newest is %+v, %v", n, began.Legs, newest, err)
	}
}

// advanced has many do the same four steps, and gives how many of those were written down.
func advanced(t *testing.T, book *ledger.Ledger, of ledger.Leg) (counted int) {
	t.Helper()
	taken := make([]int, 16)
	crowd(func(i int) {
		for step := 1; step <= 4; step++ {
			ok, err := book.Advance(t.Context(), of, step, func(l *ledger.Leg) { l.Resources += 10 })
			if err != nil {
				t.Error(err)
			}
			if ok {
				taken[i]++
			}
		}
	})
	for _, n := range taken {
		counted += n
	}
	if counted < 1 || counted > 4 {
		t.Errorf("%d steps were written down", counted)
	}
	return counted
}
