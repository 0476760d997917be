package ledgertest

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func failing(name string) finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State,
		Title: "build logs of payments-api are public", Detail: "Its visibility is PUBLIC_READ.",
		Resource: finding.Resource{Kind: "build-project", ID: name, Account: "111122223333", Region: "eu-west-1"},
		Event:    &finding.Cause{ID: "e1", Name: "UpdateProjectVisibility", Time: time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)},
	}
}

func oneNew(t *testing.T, s ledger.Store, name string) {
	f := failing(name)
	act := f
	act.Check, act.Basis, act.Once = "pipeline-change-without-mfa", finding.Event, "e1"
	for _, f := range []finding.Finding{f, act} {
		transitions := make([]ledger.Transition, 16)
		book := ledger.Open(s, time.Now)
		crowd(func(i int) {
			view, err := book.View(t.Context(), f.Resource)
			if err == nil {
				_, transitions[i], err = view.Record(t.Context(), f)
			}
			if err != nil {
				t.Error(err)
			}
		})
		count := map[ledger.Transition]int{}
		for _, transition := range transitions {
			count[transition]++
		}
		if count[ledger.New] != 1 || count[ledger.Same] != 15 {
			t.Errorf("%s: %v, want one new and 15 the same", f.Check, count)
		}
	}
}

func wholeView(t *testing.T, s ledger.Store, name string) {
	book := ledger.Open(s, time.Now)
	f := failing(name)
	user := finding.Resource{Kind: "pipeline", ID: name, Account: "111122223333", Region: "eu-west-1"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	view, err := book.View(t.Context(), f.Resource)
	must(err)
	entry, _, err := view.Record(t.Context(), f)
	must(err)
	must(view.Ordered(t.Context(), f, entry.Revision))
	must(view.Announced(t.Context(), f, entry.Revision))
	must(book.Lean(t.Context(), user, []ledger.Edge{{On: f.Resource, As: "build"}}))
	action, _, err := book.Begin(t.Context(), ledger.Action{
		ID: ledger.OrderID(f, entry.Revision), Finding: f, Resource: f.Resource, Status: ledger.Applying, Plan: []byte(`{"a":"<b>"}`),
	})
	must(err)
	action.Status, action.Applied = ledger.Applied, time.Now().UTC()
	action, err = book.Save(t.Context(), action)
	must(err)

	view, err = book.View(t.Context(), f.Resource)
	must(err)
	holdsAll(t, view, f, ledger.Use{User: user, As: "build"}, action)
	again, err := book.Action(t.Context(), action.ID)
	must(err)
	if again.Version != action.Version || again.Status != ledger.Applied || string(again.Plan) != `{"a":"<b>"}` {
		t.Errorf("the action came back as %+v", again)
	}
}

func holdsAll(t *testing.T, view *ledger.View, f finding.Finding, use ledger.Use, action ledger.Action) {
	t.Helper()
	entries := view.Entries()
	if len(entries) != 1 || entries[0].DueOrder() || entries[0].DueAnnouncement() || !entries[0].Open || entries[0].Finding.Digest() != f.Digest() {
		t.Errorf("entries: %+v", entries)
	}
	if uses := view.Uses(); len(uses) != 1 || uses[0] != use {
		t.Errorf("uses: %+v", uses)
	}
	if applied := view.Applied(); len(applied) != 1 || !applied[0].Equal(action.Applied) {
		t.Errorf("applied: %v, want %v", applied, action.Applied)
	}
}
