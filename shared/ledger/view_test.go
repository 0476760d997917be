package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var errCrash = errors.New("the process ended")

// watched counts what is asked of a store, and from a given write on fails as if the process had ended.
type watched struct {
	ledger.Store
	mu      sync.Mutex
	calls   []string
	writes  int
	crash   int             // the write that does not happen any more; 0: none
	passing bool            // only that one does not
	before  func(write int) // runs before each write
	onGet   func()
	keys    [][2]string
}

func (w *watched) note(call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call)
}

func (w *watched) write(call string) error {
	w.note(call)
	w.writes++
	if w.before != nil {
		w.before(w.writes)
	}
	if w.crash > 0 && (w.writes == w.crash || w.writes > w.crash && !w.passing) {
		return errCrash
	}
	return nil
}

func (w *watched) Get(ctx context.Context, pk, sk string) (ledger.Item, bool, error) {
	w.note("Get")
	if w.onGet != nil {
		w.onGet()
	}
	return w.Store.Get(ctx, pk, sk)
}

func (w *watched) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	w.note("Query")
	return w.Store.Query(ctx, pk, prefix)
}

func (w *watched) Last(ctx context.Context, pk, prefix string) (ledger.Item, bool, error) {
	w.note("Last")
	return w.Store.Last(ctx, pk, prefix)
}

func (w *watched) Put(ctx context.Context, item ledger.Item) error {
	if err := w.write("Put"); err != nil {
		return err
	}
	w.keys = append(w.keys, [2]string{item.PK, item.SK})
	return w.Store.Put(ctx, item)
}

func (w *watched) Delete(ctx context.Context, pk, sk string) error {
	if err := w.write("Delete"); err != nil {
		return err
	}
	return w.Store.Delete(ctx, pk, sk)
}

func (w *watched) took() string {
	calls := strings.Join(w.calls, " ")
	w.calls = nil
	return calls
}

// desk is a ledger in memory with its clock and its watch.
type desk struct {
	*ledger.Ledger
	*clock
	store *watched
}

func newDesk() desk {
	c := &clock{at: noon}
	w := &watched{Store: ledger.NewMemory(c.now)}
	return desk{ledger.Open(w, c.now), c, w}
}

func (d desk) view(t *testing.T, r finding.Resource) *ledger.View {
	t.Helper()
	v, err := d.View(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func record(t *testing.T, v *ledger.View, f finding.Finding, want ledger.Transition) ledger.Entry {
	t.Helper()
	e, got, err := v.Record(t.Context(), f)
	if err != nil || got != want {
		t.Fatalf("Record %s %s: %s, %v, want %s", f.Check, f.Outcome, got, err, want)
	}
	return e
}

func TestRecordCallsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	d := newDesk()
	took := func(what, want string) {
		t.Helper()
		if got := d.store.took(); got != want {
			t.Errorf("%s took %q, want %q", what, got, want)
		}
	}
	v := d.view(t, project("payments-api"))
	took("View", "Query")
	record(t, v, pass("e1", 1), ledger.None)
	took("a pass of what was never wrong", "")
	e := record(t, v, fail("a", "e1", 1), ledger.New)
	took("a new failure, and its line on the list", "Put Put")
	record(t, v, fail("a", "e2", 2), ledger.Same)
	took("the same failure", "")
	if err := errors.Join(v.Ordered(t.Context(), e.Finding, 1), v.Announced(t.Context(), e.Finding, 1)); err != nil {
		t.Fatal(err)
	}
	took("two notes", "Put Put")
	if err := errors.Join(v.Ordered(t.Context(), e.Finding, 1), v.Announced(t.Context(), e.Finding, 0)); err != nil {
		t.Fatal(err)
	}
	took("two notes that are known", "")
	v = d.view(t, project("payments-api"))
	took("View", "Query")
	record(t, v, pass("e3", 3), ledger.Resolved)
	took("a pass of what was wrong", "Put")
	record(t, v, pass("e4", 4), ledger.Same)
	took("a pass of what was put right", "")
	d.pass(48 * time.Hour)
	record(t, v, pass("e5", 5), ledger.Same)
	took("the same two days later", "")
	act := as(byEvent(fail("a", "e1", 1)), func(f *finding.Finding) { f.Once = "e1" })
	record(t, v, act, ledger.New)
	took("an act", "Put Put")
	record(t, d.view(t, act.Resource), act, ledger.Same)
	took("an act told twice", "Query Put Put Get")
	record(t, v, as(act, func(f *finding.Finding) { f.Once = "e2" }), ledger.New)
	took("another act", "Put Put")
	record(t, v, as(act, func(f *finding.Finding) { f.Outcome = finding.Pass }), ledger.None)
	took("an act that is in order", "")
}

func TestRecordRefreshesOnceADay(t *testing.T) {
	t.Parallel()
	d := newDesk()
	f := fail("a", "e1", 1)
	record(t, d.view(t, f.Resource), f, ledger.New)
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{23 * time.Hour, "Query"}, {time.Hour, "Query Put"}, {23 * time.Hour, "Query"}} {
		d.pass(step.after)
		d.store.took()
		if e := record(t, d.view(t, f.Resource), f, ledger.Same); !e.Last.Equal(d.now()) {
			t.Errorf("Last is %v, want %v", e.Last, d.now())
		}
		if got := d.store.took(); got != step.want {
			t.Errorf("at %v: %q, want %q", d.now(), got, step.want)
		}
	}
}

func TestRecordWritesWhatTheSameMayBring(t *testing.T) {
	t.Parallel()
	d := newDesk()
	r := project("payments-api")
	record(t, d.view(t, r), exempted(byEvent(fail("a", "e1", 1)), noon), ledger.New)
	record(t, d.view(t, r), exempted(byEvent(fail("a", "e3", 3)), noon.Add(time.Hour)), ledger.Same)
	e := d.view(t, r).Entries()[0]
	if e.LastEvent != "e3" || !e.Finding.Exemption.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("%s, %+v: forgotten", e.LastEvent, e.Finding.Exemption)
	}
	record(t, d.view(t, r), exempted(byEvent(fail("a", "e5", 5)), noon.Add(time.Hour)), ledger.Same)
	record(t, d.view(t, r), byEvent(fail("b", "e4", 4)), ledger.Same)
}

func TestRecordGoesByWhatOthersWrote(t *testing.T) {
	t.Parallel()
	d := newDesk()
	r := project("payments-api")
	mine, other := d.view(t, r), d.view(t, r)
	record(t, other, fail("a", "e1", 1), ledger.New)
	record(t, mine, fail("a", "e2", 2), ledger.Same)
	record(t, other, pass("e3", 3), ledger.Resolved)
	record(t, mine, fail("b", "e4", 4), ledger.Reopened)
	if e := mine.Entries()[0]; e.Revision != 3 || e.Finding.Detail != "b" {
		t.Errorf("%+v", e)
	}
	d.store.before = func(int) { // somebody else is always faster
		view, err := ledger.Open(d.store.Store, d.now).View(t.Context(), r)
		if err == nil {
			_, _, err = view.Record(t.Context(), fail(fmt.Sprint(d.store.writes), "", 9))
		}
		if err != nil {
			t.Error(err)
		}
	}
	if _, _, err := mine.Record(t.Context(), pass("e5", 5)); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("%v, want ErrConflict after five tries", err)
	}
}

func TestEntriesOfManyChecks(t *testing.T) {
	t.Parallel()
	d := newDesk()
	r := project("payments-api")
	v := d.view(t, r)
	for _, check := range []string{"b", "a", "a-b"} {
		record(t, v, as(fail(check, "e1", 1), func(f *finding.Finding) { f.Check = check }), ledger.New)
	}
	record(t, v, as(byEvent(fail("act", "e1", 1)), func(f *finding.Finding) { f.Once = "e1" }), ledger.New)
	for name, v := range map[string]*ledger.View{"as written": v, "as read": d.view(t, r)} {
		var got []string
		for _, e := range v.Entries() {
			got = append(got, e.Finding.Detail)
		}
		if diff := cmp.Diff([]string{"a", "a-b", "b"}, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if other := d.view(t, project("payments")); len(other.Entries()) != 0 {
		t.Error("another resource has them too")
	}
}

func TestActsAreForgottenAfter400Days(t *testing.T) {
	t.Parallel()
	d := newDesk()
	act := as(byEvent(fail("a", "e1", 1)), func(f *finding.Finding) { f.Once = "e1" })
	v := d.view(t, act.Resource)
	record(t, v, act, ledger.New)
	d.pass(399 * 24 * time.Hour)
	if err := d.view(t, act.Resource).Announced(t.Context(), act, 1); err != nil {
		t.Errorf("a view that did not record the act cannot note it: %v", err)
	}
	if e := record(t, d.view(t, act.Resource), act, ledger.Same); e.DueAnnouncement() || !e.DueOrder() {
		t.Errorf("%+v", e)
	}
	d.pass(24 * time.Hour)
	if err := d.view(t, act.Resource).Announced(t.Context(), act, 1); !errors.Is(err, ledger.ErrNoEntry) {
		t.Errorf("Announced of what is forgotten: %v", err)
	}
	record(t, d.view(t, act.Resource), act, ledger.New)
}

func TestAnActThatVanishesInBetweenIsStillForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk()
	act := as(byEvent(fail("a", "e1", 1)), func(f *finding.Finding) { f.Once = "e1" })
	record(t, d.view(t, act.Resource), act, ledger.New)
	d.store.onGet = func() {
		for _, k := range d.store.keys {
			if err := d.store.Store.Delete(t.Context(), k[0], k[1]); err != nil {
				t.Error(err)
			}
		}
	}
	record(t, d.view(t, act.Resource), act, ledger.New)
	d.store.onGet = nil
	d.pass(400 * 24 * time.Hour)
	record(t, d.view(t, act.Resource), act, ledger.New)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk()
	v := d.view(t, project("other"))
	if _, _, err := v.Record(t.Context(), fail("a", "e1", 1)); err == nil || !strings.Contains(err.Error(), "the view is of build-project/111122223333/eu-west-1/other") {
		t.Errorf("Record of another resource: %v", err)
	}
	f := fail("a", "e1", 1)
	f.Resource = v.Resource
	if err := v.Ordered(t.Context(), f, 1); !errors.Is(err, ledger.ErrNoEntry) {
		t.Errorf("Ordered of nothing: %v", err)
	}
	f.Detail = strings.Repeat("x", ledger.MaxBody)
	if _, _, err := v.Record(t.Context(), f); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("Record of a book: %v", err)
	}
}

func TestNamesOfAnyLength(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		namesOfAnyLength(t, newDesk())
	})
	t.Run("DynamoDB", func(t *testing.T) {
		t.Parallel()
		d := newDesk()
		d.Ledger = ledger.Open(ledger.NewDynamoDB(newFake(t).config(), "ledger", d.now), d.now)
		namesOfAnyLength(t, d)
	})
}

func namesOfAnyLength(t *testing.T, d desk) {
	t.Helper()
	for _, name := range []string{strings.Repeat("x", 5000), strings.Repeat("x", 5001), strings.Repeat("é", 3000), "\xff\xfe", "\xff\xff", "a#b", ""} {
		f := as(fail(name, "e1", 1), func(f *finding.Finding) { f.Resource.ID = name })
		record(t, d.view(t, f.Resource), f, ledger.New)
		f.Once = name + "once"
		record(t, d.view(t, f.Resource), f, ledger.New)
		if err := d.Lean(t.Context(), f.Resource, []ledger.Edge{{On: project("p"), As: "a"}}); err != nil {
			t.Error(err)
		}
	}
	if got := len(d.view(t, project("p")).Uses()); got != 7 {
		t.Errorf("%d users, want 7", got)
	}
}

func FuzzView(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, `{"finding":{"outcome":"fail"},"open":true,"revision":-1}`, `{"user":{},"as":["a"]}`, `{"edges":null,"at":1}`, `{"applied":"x"}`, `[`, ``} {
		for _, sk := range []string{"F#build-project-public", "U#x", "A#x", "E", "x"} {
			f.Add(sk, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, sk string, body []byte) {
		now := func() time.Time { return noon }
		s := ledger.NewMemory(now)
		fl := fail("a", "e1", 1)
		if s.Put(t.Context(), ledger.Item{PK: "R#" + fl.Resource.Key(), SK: sk, Body: body}) != nil {
			return
		}
		v, err := ledger.Open(s, now).View(t.Context(), fl.Resource)
		if err != nil {
			return
		}
		if _, _, err := v.Record(t.Context(), fl); err != nil {
			t.Errorf("Record: %v", err)
		}
		if err := v.Lean(t.Context(), []ledger.Edge{{On: fl.Resource, As: "itself"}}); err != nil {
			t.Errorf("Lean: %v", err)
		}
		_, _, _ = v.Entries(), v.Uses(), v.Applied()
	})
}

// BenchmarkEvent is what the ledger costs for an event that changes nothing, of a resource that five others use.
func BenchmarkEvent(b *testing.B) {
	d := newDesk()
	l := ledger.Open(d.store.Store, d.now)
	for i := range 5 {
		if err := l.Lean(b.Context(), res("pipeline", fmt.Sprint(i)), edges(project("payments-api"), "build")); err != nil {
			b.Fatal(err)
		}
	}
	f := fail("a", "e1", 1)
	for b.Loop() {
		v, err := l.View(b.Context(), f.Resource)
		if err == nil {
			_, _, err = v.Record(b.Context(), f)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// TestClaim gives the telling of a revision to one of those who are about to, for as long as it may still be at it.
func TestClaim(t *testing.T) {
	t.Parallel()
	d := newDesk()
	f := fail("a", "e1", 1)
	record := func() *ledger.View {
		v := d.view(t, f.Resource)
		if _, _, err := v.Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return v
	}
	one, other := record(), record()
	claim := func(v *ledger.View, by string, want bool) {
		t.Helper()
		if got, err := v.Claim(t.Context(), f, 1, by); err != nil || got != want {
			t.Errorf("%s may tell: %v, %v, want %v", by, got, err, want)
		}
	}
	claim(one, "m1", true)
	claim(other, "m2", false)
	claim(one, "m1", true)
	claim(record(), "m1", true)
	d.pass(3 * time.Minute)
	claim(other, "m2", true)
	if err := other.Announced(t.Context(), f, 1); err != nil {
		t.Fatal(err)
	}
	claim(one, "m1", false)
	d.pass(3 * time.Minute)
	claim(one, "m1", false)
	missing := f
	missing.Check = "another"
	if _, err := one.Claim(t.Context(), missing, 1, "m1"); !errors.Is(err, ledger.ErrNoEntry) {
		t.Errorf("claimed what nobody recorded: %v", err)
	}
}
