package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// deliver is one message worked off with all that may be written for it, as the functions do it.
func deliver(ctx context.Context, l *ledger.Ledger, now func() time.Time, findings []finding.Finding, uses []ledger.Edge) error {
	v, err := l.View(ctx, findings[0].Resource)
	if err != nil {
		return err
	}
	if err := v.Lean(ctx, uses); err != nil {
		return err
	}
	for _, f := range findings {
		e, _, err := v.Record(ctx, f)
		if err != nil {
			return err
		}
		if e.DueOrder() {
			if err := act(ctx, l, now, e); err != nil {
				return err
			}
			if err := v.Ordered(ctx, f, e.Revision); err != nil {
				return err
			}
		}
		if e.DueAnnouncement() {
			if err := v.Announced(ctx, f, e.Revision); err != nil {
				return err
			}
		}
	}
	if err := l.Trust(ctx, ledger.Definition{Resource: v.Resource, Body: []byte(`{"name":"web"}`), At: noon}); err != nil {
		return err
	}
	return l.Keep(ctx, ledger.Kept{ID: "m1", Body: []byte("{"), At: noon})
}

func act(ctx context.Context, l *ledger.Ledger, now func() time.Time, e ledger.Entry) error {
	a, _, err := l.Begin(ctx, ledger.Action{
		ID: ledger.OrderID(e.Finding, e.Revision), Finding: e.Finding, Resource: e.Finding.Resource, Status: ledger.Applying,
	})
	if err != nil || a.Status == ledger.Applied {
		return err
	}
	a.Status, a.Applied = ledger.Applied, now()
	_, err = l.Save(ctx, a)
	return err
}

// what is all that the store holds, without how often it was written.
func (d desk) what(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, k := range d.store.keys {
		item, found, err := d.store.Get(t.Context(), k[0], k[1])
		if err != nil {
			t.Fatal(err)
		}
		if found {
			all[k[0]+" "+k[1]] = string(item.Body)
		}
	}
	return all
}

func TestACrashAtAnyWriteIsMadeGood(t *testing.T) {
	t.Parallel()
	once := as(byEvent(fail("act", "e1", 1)), func(f *finding.Finding) { f.Check, f.Once = "pipeline-change-without-mfa", "e1" })
	messages := []struct {
		findings []finding.Finding
		uses     []ledger.Edge
	}{
		{[]finding.Finding{fail("a", "e1", 1), once}, edges(bucket, "store", key, "key")},
		{[]finding.Finding{pass("e2", 2)}, edges(key, "seal", role, "role")},
		{[]finding.Finding{fail("b", "e3", 3)}, nil},
	}
	run := func(crash int, passing bool) (desk, int) {
		d := newDesk()
		d.store.crash, d.store.passing = crash, passing
		crashes := 0
		for _, m := range messages {
			err := deliver(t.Context(), d.Ledger, d.now, m.findings, m.uses)
			if errors.Is(err, errCrash) {
				crashes++
				d.store.crash = 0
				err = deliver(t.Context(), d.Ledger, d.now, m.findings, m.uses)
			}
			if err != nil {
				t.Fatalf("crash at write %d: %v", crash, err)
			}
		}
		return d, crashes
	}
	whole, _ := run(0, false)
	want, writes := whole.what(t), whole.store.writes
	if writes < 30 {
		t.Fatalf("only %d writes", writes)
	}
	for n := 1; n <= writes; n++ {
		for _, passing := range []bool{false, true} {
			d, crashes := run(n, passing)
			if crashes != 1 {
				t.Errorf("write %d: %d crashes", n, crashes)
			}
			if diff := cmp.Diff(want, d.what(t)); diff != "" {
				t.Errorf("a crash at write %d of %d left\n%s", n, writes, diff)
			}
		}
	}
}

// What a resource leans on may be another thing when it is read again after the crash.
func TestACrashBetweenTwoReadings(t *testing.T) {
	t.Parallel()
	sets := [][]ledger.Edge{nil, edges(bucket, "store"), edges(bucket, "store", key, "key"), edges(role, "role"), edges(bucket, "source")}
	for _, before := range sets {
		for _, broken := range sets {
			for _, after := range sets {
				for n := 1; n < 8; n++ {
					d := newDesk()
					lean := func(uses []ledger.Edge) error { return d.Lean(t.Context(), pipe, uses) }
					if err := lean(before); err != nil {
						t.Fatal(err)
					}
					d.store.crash = d.store.writes + n
					broke := lean(broken)
					d.store.crash = 0
					if err := lean(after); err != nil || broke != nil && !errors.Is(broke, errCrash) {
						t.Fatal(broke, err)
					}
					if diff := cmp.Diff(wanted(after), d.usersOf(t, bucket, key, role)); diff != "" {
						t.Fatalf("%v, %v until write %d, %v:\n%s", before, broken, n, after, diff)
					}
				}
			}
		}
	}
}
