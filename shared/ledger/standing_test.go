package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

func (d *desk) standing(t *testing.T) ledger.Standing {
	t.Helper()
	s, err := d.Standing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStop(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if s := d.standing(t); s.Stop.On || s.Stop.Sentence() != "" {
		t.Errorf("before anything: %+v", s)
	}
	before, err := d.SetStop(t.Context(), ledger.Stop{On: true, By: "ann", Reason: "release"})
	if err != nil || before.On {
		t.Fatalf("%+v, %v", before, err)
	}
	d.pass(time.Hour)
	before, err = d.SetStop(t.Context(), ledger.Stop{On: true, By: "bob", Reason: "another"})
	if err != nil || before.By != "ann" {
		t.Errorf("stopped twice: %+v, %v", before, err)
	}
	stop, err := d.Stopped(t.Context())
	const said = "ann stopped pipewarden on 2026-11-20 12:00 UTC (release); pipewarden start lets it go on."
	if err != nil || !stop.On || stop.Sentence() != said || d.standing(t).Stop != stop {
		t.Errorf("%+v, %v: %s", stop, err, stop.Sentence())
	}
	if before, err = d.SetStop(t.Context(), ledger.Stop{By: "bob"}); err != nil || before.By != "ann" {
		t.Errorf("%+v, %v", before, err)
	}
	if stop, err = d.Stopped(t.Context()); err != nil || stop.On || stop.Sentence() != "" {
		t.Errorf("started: %+v, %v", stop, err)
	}
}

func TestExemptions(t *testing.T) {
	t.Parallel()
	d := newDesk()
	one := ledger.Exemption{Check: "bucket-public", Resource: "docs-*", Owner: "ann", Reason: "a site", Until: noon.AddDate(0, 1, 0), By: "arn:ann"}
	two := one
	two.Account = "111122223333"
	for _, e := range []ledger.Exemption{one, two, one} {
		if err := d.Exempt(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s := d.standing(t)
	if len(s.Exemptions) != 2 || len(s.Settings()) != 2 || s.Settings()[0].Owner != "ann" || !s.Settings()[0].Until.Equal(one.Until) {
		t.Fatalf("%+v", s.Exemptions)
	}
	key := one.Setting().Key()
	if key == two.Setting().Key() {
		t.Error("one for an account has the key of one for all")
	}
	for range 3 {
		if err := d.Used(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if first, err := d.Warn(t.Context(), key); !first || err != nil {
		t.Errorf("warned of %v, %v", first, err)
	}
	if first, err := d.Warn(t.Context(), key); first || err != nil {
		t.Errorf("warned again of %v, %v", first, err)
	}
	if u := d.standing(t).Usage[key]; u.Count != 3 || !u.Last.Equal(noon) || u.Warned.IsZero() {
		t.Errorf("%+v", u)
	}
	ended, err := d.EndExemption(t.Context(), key, "bob")
	if err != nil || ended.Check != "bucket-public" || ended.Ended != "bob" {
		t.Errorf("%+v, %v", ended, err)
	}
	if s := d.standing(t); len(s.Exemptions) != 2 || len(s.Settings()) != 1 || s.Settings()[0].Account == "" {
		t.Errorf("%+v", s.Exemptions)
	}
	for _, gone := range []string{key, "nobody's"} {
		if _, err := d.EndExemption(t.Context(), gone, "bob"); !errors.Is(err, ledger.ErrNoExemption) {
			t.Errorf("%s: %v", gone, err)
		}
	}
	// Written down again, it holds again.
	if err := d.Exempt(t.Context(), one); err != nil || len(d.standing(t).Settings()) != 2 {
		t.Errorf("%v: %+v", err, d.standing(t).Exemptions)
	}
}

func TestDeployedSettings(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if got := d.standing(t).Deployed; got != nil {
		t.Errorf("before anything: %s", got)
	}
	for _, packed := range []string{`{"Mode":"apply"}`, `{"Mode":"apply"}`, `{"Mode":"off"}`} {
		if err := d.SetDeployed(t.Context(), []byte(packed)); err != nil {
			t.Fatal(err)
		}
		if got := d.standing(t).Deployed; string(got) != packed {
			t.Errorf("%s: %s", packed, got)
		}
	}
}

// What an account may see within an hour is taken once by each action, however many remediators there are.
func TestSpend(t *testing.T) {
	t.Parallel()
	d := newDesk()
	spend := func(account, action string) bool {
		ok, err := d.Spend(t.Context(), account, action, 3)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	var got sync.Map
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() { got.Store(i, spend("1", fmt.Sprint("A", i%4))) })
	}
	all.Wait()
	may := map[string]bool{}
	got.Range(func(i, ok any) bool {
		if ok.(bool) {
			may[fmt.Sprint("A", i.(int)%4)] = true
		}
		return true
	})
	if len(may) != 3 {
		t.Errorf("%v may", may)
	}
	if spend("1", "B") || !spend("2", "B") {
		t.Error("an account takes from another's")
	}
	d.pass(time.Hour)
	if !spend("1", "B") {
		t.Error("nothing is left in the next hour")
	}
}

func TestWhatAnotherVersionDecidedIsPassedOver(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if err := d.store.Put(t.Context(), ledger.Item{PK: "G", SK: "Q#new", Body: []byte(`{"colour":"blue"}`)}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(0, len(d.standing(t).Exemptions)); diff != "" {
		t.Error(diff)
	}
}

func TestActionsAreListedTheNewestFirst(t *testing.T) {
	t.Parallel()
	d := newDesk()
	list := func(since time.Time) string {
		var ids []string
		for a, err := range d.Actions(t.Context(), since) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := list(noon.AddDate(-1, 0, 0)); got != "" {
		t.Errorf("before anything: %s", got)
	}
	for i := range 4 {
		a := action(fmt.Sprint("0000000", i))
		for range 2 { // delivered twice
			if _, _, err := d.Begin(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		d.pass(20 * 24 * time.Hour)
	}
	if got, want := list(noon), "00000003 00000002 00000001 00000000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := list(noon.Add(19*24*time.Hour)), "00000003 00000002 00000001"; got != want {
		t.Errorf("since then %s, want %s", got, want)
	}
	for a, err := range d.Actions(t.Context(), noon) {
		if err != nil || a.ID != "00000003" {
			t.Errorf("%s, %v", a.ID, err)
		}
		break // whoever has enough stops
	}
}

// Parts of a resource have definitions of their own, and all versions are listed.
func TestDefinitionsOfParts(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for i, step := range []struct{ part, body string }{{"", `1`}, {"selectors", `"a"`}, {"", `2`}, {"selectors", `"b"`}, {"", `3`}} {
		if err := d.Trust(t.Context(), ledger.Definition{
			Resource: ledger.Part(pipe, step.part), Body: []byte(step.body), By: "ann", How: "proven MFA", At: noon.Add(time.Duration(i) * time.Second),
		}); err != nil {
			t.Fatal(err)
		}
	}
	for part, want := range map[string]string{"": "1 2 3", "selectors": `"a" "b"`, "none": ""} {
		all, err := d.Definitions(t.Context(), ledger.Part(pipe, part))
		if err != nil {
			t.Fatal(err)
		}
		bodies := make([]string, 0, len(all))
		for _, one := range all {
			bodies = append(bodies, string(one.Body))
		}
		if got := strings.Join(bodies, " "); got != want {
			t.Errorf("%q: %s, want %s", part, got, want)
		}
	}
}

func TestNewIDsAreOfTheForm(t *testing.T) {
	t.Parallel()
	if one, two := ledger.NewID(), ledger.NewID(); len(one) != 8 || one == two {
		t.Errorf("%s, %s", one, two)
	}
}
