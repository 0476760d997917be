package ledger_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

func note(topic, key, body string, at time.Duration) ledger.Note {
	return ledger.Note{About: pipe, Topic: topic, Key: key, Body: json.RawMessage(body), At: noon.Add(at), Until: noon.Add(at + time.Hour)}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for _, n := range []ledger.Note{
		note("denied", "e2", `"second"`, 2*time.Second),
		note("denied", "e1", `"first"`, time.Second),
		note("started", "x", `"later"`, 3*time.Second),
		note("started", "x", `"earlier, told late"`, 0),
		note("started", "x", `"later"`, 3*time.Second), // delivered again
		note("denied", "old", `"of no use any more"`, -2*time.Hour),
		note(strings.Repeat("long", 400), "\xff", `"keys of any length"`, 4*time.Second),
	} {
		if err := d.Note(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	view, err := d.View(t.Context(), pipe)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, n := range view.Notes() {
		told = append(told, string(n.Body))
	}
	if got, want := strings.Join(told, " "), `"first" "second" "later" "keys of any length"`; got != want {
		t.Errorf("noted %s, want %s", got, want)
	}
	other, err := d.View(t.Context(), res("pipeline", "web"))
	if err != nil || len(other.Notes()) != 0 {
		t.Errorf("another pipeline has them too: %v, %v", other.Notes(), err)
	}
}

// A view keeps what it wrote itself, and does not read again what it has read.
func TestNotesOfAView(t *testing.T) {
	t.Parallel()
	d := newDesk()
	view, err := d.View(t.Context(), pipe)
	if err != nil {
		t.Fatal(err)
	}
	d.store.took()
	for _, n := range []ledger.Note{note("changed", "", `"ann"`, 0), note("changed", "", `"bob"`, time.Second), note("changed", "", `"late"`, -time.Second)} {
		if err := view.Note(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.store.took(); got != "Put Put" {
		t.Errorf("took %q", got)
	}
	other, err := d.View(t.Context(), pipe)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*ledger.View{"the view": view, "another": other} {
		if notes := v.Notes(); len(notes) != 1 || string(notes[0].Body) != `"bob"` {
			t.Errorf("%s: %v", name, notes)
		}
	}
	// Somebody else wrote in between.
	if err := other.Note(t.Context(), note("changed", "", `"carol"`, 2*time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := view.Note(t.Context(), note("changed", "", `"dave"`, 3*time.Second)); err != nil || string(view.Notes()[0].Body) != `"dave"` {
		t.Errorf("%v, %v", err, view.Notes())
	}
}

// What was first seen is there to compare with until somebody is known to have left another behind; from then on only those count.
func TestFirstSeen(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for i, step := range []struct{ body, how, last, lastHow string }{
		{`1`, ledger.FirstSeen, `1`, ledger.FirstSeen},
		{`2`, ledger.FirstSeen, `1`, ledger.FirstSeen},
		{`1`, "proven MFA", `1`, "proven MFA"},
		{`3`, ledger.FirstSeen, `1`, "proven MFA"},
		{`3`, "proven MFA", `3`, "proven MFA"},
	} {
		view, err := d.View(t.Context(), pipe)
		if err != nil {
			t.Fatal(err)
		}
		if _, found, err := view.LastTrusted(t.Context()); found != (i > 0) || err != nil {
			t.Errorf("step %d: a definition is known: %v, %v", i, found, err)
		}
		if err := view.Trust(t.Context(), ledger.Definition{Body: []byte(step.body), How: step.how, At: noon.Add(time.Duration(i) * time.Second)}); err != nil {
			t.Fatal(err)
		}
		last, _, err := d.LastTrusted(t.Context(), pipe)
		if err != nil || string(last.Body) != step.last || last.How != step.lastHow {
			t.Errorf("step %d: %s %s, %v, want %s %s", i, last.Body, last.How, err, step.last, step.lastHow)
		}
	}
}

// A look may come between a change with MFA and the event of it. What was first seen then, after the change, hides nothing that is trusted.
func TestFirstSeenAfterTheChange(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for _, step := range []ledger.Definition{
		{Body: []byte(`1`), How: ledger.FirstSeen, At: noon.Add(time.Minute)},
		{Body: []byte(`1`), How: "proven MFA", At: noon},
	} {
		view, err := d.View(t.Context(), pipe)
		if err == nil {
			err = view.Trust(t.Context(), step)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	view, err := d.View(t.Context(), pipe)
	if err != nil {
		t.Fatal(err)
	}
	seen, _, err := view.LastTrusted(t.Context())
	last, _, fault := d.LastTrusted(t.Context(), pipe)
	all, wrong := d.Definitions(t.Context(), pipe)
	if errors.Join(err, fault, wrong) != nil || seen.How != "proven MFA" || last.How != "proven MFA" || len(all) != 2 || all[0].How != ledger.FirstSeen {
		t.Errorf("%+v, %+v, %+v, %v %v %v", seen, last, all, err, fault, wrong)
	}
}
