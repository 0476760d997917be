package ledger_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func action(id string) ledger.Action {
	f := fail("a", "e1", 1)
	return ledger.Action{ID: id, Remedy: "build-project-private", Check: f.Check, Finding: f, Resource: f.Resource, Status: ledger.Proposed}
}

func TestOrderID(t *testing.T) {
	t.Parallel()
	f := fail("a", "e1", 1)
	id := ledger.OrderID(f, 1)
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{8}$`).MatchString(id) {
		t.Errorf("%q is not eight characters of Crockford's alphabet", id)
	}
	if id != "3AHVPS34" {
		t.Errorf("%q: the form of a storage key changed", id)
	}
	if ledger.OrderID(fail("b", "e2", 2), 1) != id {
		t.Error("the same finding, told otherwise, has another ID")
	}
	other := as(f, func(f *finding.Finding) { f.Resource.ID = "other" })
	if ledger.OrderID(f, 2) == id || ledger.OrderID(other, 1) == id {
		t.Error("another revision or another resource has the same ID")
	}
}

func TestActionsLife(t *testing.T) {
	t.Parallel()
	d := newDesk()
	begun, created, err := d.Begin(t.Context(), action("0LO1ABCD"))
	if err != nil || !created || begun.Version != 1 || !begun.Created.Equal(noon) || !begun.Updated.Equal(noon) {
		t.Fatalf("Begin: %+v, %v, %v", begun, created, err)
	}
	d.pass(time.Minute)
	again, created, err := d.Begin(t.Context(), action("0LO1ABCD"))
	if diff := cmp.Diff(begun, again, cmpopts.IgnoreUnexported(begun)); err != nil || created || diff != "" {
		t.Fatalf("Begin again: %v, %v\n%s", created, err, diff)
	}
	begun.Status, begun.Plan = ledger.Applying, []byte(`{"before":"<PRIVATE> & more"}`)
	applying, err := d.Save(t.Context(), begun)
	if err != nil || applying.Version != 2 || !applying.Updated.Equal(noon.Add(time.Minute)) {
		t.Fatalf("Save: %+v, %v", applying, err)
	}
	if _, err := d.Save(t.Context(), begun); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("Save of what somebody else saved: %v", err)
	}
	if got := d.view(t, begun.Resource).Applied(); len(got) != 0 {
		t.Errorf("nothing was applied, and yet %v", got)
	}
	applying.Status, applying.Applied = ledger.Applied, d.now()
	applied, err := d.Save(t.Context(), applying)
	if err != nil {
		t.Fatal(err)
	}
	applied.Status, applied.Undone = ledger.Undone, d.now()
	undone, err := d.Save(t.Context(), applied)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"0LO1ABCD", "0lo1abcd", "0101abcd", " 0I01ABCD\n"} {
		got, err := d.Action(t.Context(), id)
		if diff := cmp.Diff(undone, got, cmpopts.IgnoreUnexported(undone)); err != nil || diff != "" {
			t.Errorf("Action %q: %v\n%s", id, err, diff)
		}
	}
	if diff := cmp.Diff([]time.Time{noon.Add(time.Minute)}, d.view(t, begun.Resource).Applied()); diff != "" {
		t.Errorf("Applied:\n%s", diff)
	}
}

func TestActionsThatAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, err := d.Action(t.Context(), "01K3F7Q2"); !errors.Is(err, ledger.ErrNoAction) || !strings.Contains(err.Error(), "01K3F7Q2") {
		t.Errorf("Action: %v", err)
	}
	if _, err := d.Save(t.Context(), action("01K3F7Q2")); !errors.Is(err, ledger.ErrNoAction) {
		t.Errorf("Save of what was not begun: %v", err)
	}
	if _, _, err := d.Begin(t.Context(), action("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	other := action("01K3F7Q2")
	other.Finding.Check = "another-check"
	if _, _, err := d.Begin(t.Context(), other); !errors.Is(err, ledger.ErrTaken) {
		t.Errorf("Begin under the ID of another: %v", err)
	}
	large := action("01K3F7Q3")
	large.Plan = []byte(`"` + strings.Repeat("x", ledger.MaxBody) + `"`)
	if _, _, err := d.Begin(t.Context(), large); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("Begin with a plan too large: %v", err)
	}
}

func TestAppliedIsTheTimeOfTheLastTry(t *testing.T) {
	t.Parallel()
	d := newDesk()
	a, _, err := d.Begin(t.Context(), action("A"))
	if err != nil {
		t.Fatal(err)
	}
	a.Applied = noon
	d.store.crash = d.store.writes + 2
	if _, err := d.Save(t.Context(), a); !errors.Is(err, errCrash) {
		t.Fatalf("Save: %v", err)
	}
	d.store.crash = 0
	a.Applied = noon.Add(time.Minute)
	if _, err := d.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Time{a.Applied}, d.view(t, a.Resource).Applied()); diff != "" {
		t.Error(diff)
	}
}

func TestAppliedIsSortedAndForgets(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for i, id := range []string{"C", "A", "B"} {
		a, _, err := d.Begin(t.Context(), action(id))
		if err != nil {
			t.Fatal(err)
		}
		a.Applied = noon.Add(time.Duration(i) * time.Hour)
		if _, err := d.Save(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Time{noon, noon.Add(time.Hour), noon.Add(2 * time.Hour)}
	if diff := cmp.Diff(want, d.view(t, project("payments-api")).Applied()); diff != "" {
		t.Error(diff)
	}
	d.pass(90 * 24 * time.Hour)
	if got := d.view(t, project("payments-api")).Applied(); len(got) != 2 {
		t.Errorf("after 90 days: %v", got)
	}
	if _, err := d.Action(t.Context(), "C"); err != nil {
		t.Errorf("the action is forgotten with the time: %v", err)
	}
	d.pass(311 * 24 * time.Hour)
	if _, err := d.Action(t.Context(), "C"); !errors.Is(err, ledger.ErrNoAction) {
		t.Errorf("after 401 days: %v", err)
	}
}

// TestAnUndoingIsNotForgotten: what somebody undid is not applied again unasked, however long ago that was.
func TestAnUndoingIsNotForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk()
	a, _, err := d.Begin(t.Context(), action("A"))
	if err != nil {
		t.Fatal(err)
	}
	a.Applied = noon
	if a, err = d.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	d.pass(time.Hour)
	a.Undone = noon.Add(time.Hour)
	if a, err = d.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	d.pass(500 * 24 * time.Hour)
	if !d.view(t, a.Resource).Undone(a.Remedy) {
		t.Error("after 500 days nobody remembers that it was undone")
	}
}

// A clock that runs ahead keeps nobody away for longer than any other.
func TestAHoldFromTheFutureEnds(t *testing.T) {
	t.Parallel()
	a := ledger.Action{Held: &ledger.Hold{By: "ann", At: noon.Add(24 * time.Hour)}}
	if a.Taken("bob", noon) {
		t.Error("held for a day")
	}
	a.Held.At = noon.Add(time.Minute)
	if !a.Taken("bob", noon) {
		t.Error("two clocks that differ a little let both at it")
	}
}
