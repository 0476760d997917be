package auditor_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func upkeep(body string) queue.Message { return queue.Message{ID: "upkeep", Receives: 1, Body: body} }

var front = finding.Resource{Kind: "buildproject", ID: "front", Account: account, Region: "eu-west-1"}

// What somebody exempted by command is left alone from the first event on: it is kept and shown as such, its uses are counted, and nobody is told.
func TestAnExemptionOfTheLedgerCountsFromTheFirstEvent(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	s := settings.Default()
	s.Mode = settings.Apply
	a := w.auditor(s)
	e := ledger.Exemption{Check: "door-open", Resource: "fr*", Owner: "ann", Reason: "party", Until: now().AddDate(0, 1, 0), By: "ann"}
	if err := a.Ledger.Exempt(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	counts(t, w, 0, 0, 0, handle(t, a, message("e1", "OpenDoor", "front")))
	view, err := a.Ledger.View(t.Context(), front)
	if err != nil || len(view.Entries()) != 1 || !view.Entries()[0].Open || view.Entries()[0].Finding.Exemption == nil {
		t.Errorf("%v: %+v", err, view)
	}
	standing, err := a.Ledger.Standing(t.Context())
	if used := standing.Usage[e.Setting().Key()]; err != nil || used.Count != 1 {
		t.Errorf("%v: it was used %d times", err, used.Count)
	}
	if _, err := a.Ledger.EndExemption(t.Context(), e.Setting().Key(), "ann"); err != nil {
		t.Fatal(err)
	}
	fresh := w.auditor(s)
	counts(t, w, 0, 1, 1, handle(t, fresh, message("e2", "OpenDoor", "front")))
}

// While everything is stopped, what would be applied is proposed; whoever stopped it, and why, is said.
func TestAStopCountsFromTheFirstEvent(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"], w.open["back"] = true, true
	s := settings.Default()
	s.Mode = settings.Apply
	a := w.auditor(s)
	if _, err := a.Ledger.SetStop(t.Context(), ledger.Stop{On: true, By: "ann", Reason: "release"}); err != nil {
		t.Fatal(err)
	}
	counts(t, w, 0, 1, 1, handle(t, a, message("e1", "OpenDoor", "front")))
	if o := ordered(t, w.orders[0]); o.Mode != settings.Propose {
		t.Errorf("%+v", o)
	}
	if _, err := a.Ledger.SetStop(t.Context(), ledger.Stop{By: "ann"}); err != nil {
		t.Fatal(err)
	}
	counts(t, w, 0, 2, 2, handle(t, w.auditor(s), message("e2", "OpenDoor", "back")))
	if o := ordered(t, w.orders[1]); o.Mode != settings.Apply {
		t.Errorf("%+v", o)
	}
}

func ordered(t *testing.T, body string) (o queue.Order) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// Rules may ask for organisational units: what the register tells of them counts; where they are not known, the careful mode does.
func TestUnitsInTheRegister(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		member ledger.Member
		want   settings.Mode
	}{
		"in the unit":        {ledger.Member{Account: account, State: "ACTIVE", Units: []string{"ou-prod", "r-1"}}, settings.Ask},
		"in another":         {ledger.Member{Account: account, State: "ACTIVE", Units: []string{"ou-test", "r-1"}}, settings.Apply},
		"it is not known":    {ledger.Member{Account: account, State: "ACTIVE", NoUnits: "access denied"}, settings.Ask},
		"not yet registered": {ledger.Member{Account: "999999999999", Units: []string{"ou-test"}}, settings.Ask},
		"in both":            {ledger.Member{Account: account, State: "ACTIVE", Units: []string{"ou-prod", "ou-test"}}, settings.Ask},
	} {
		w := newWorld()
		w.open["front"] = true
		s := settings.Default()
		s.Mode, s.Modes = settings.Apply, []settings.Rule{{OU: "ou-prod", Mode: settings.Ask}}
		a := w.auditor(s)
		if _, err := a.Ledger.SetMember(t.Context(), c.member); err != nil {
			t.Fatal(err)
		}
		counts(t, w, 0, 1, 1, handle(t, a, message("e1", "OpenDoor", "front")))
		if o := ordered(t, w.orders[0]); o.Mode != c.want {
			t.Errorf("%s: %s, want %s", name, o.Mode, c.want)
		}
	}
}

// An order for which nobody decided in time is sent once more, so that it ends and people are told.
func TestOrdersThatWaitedInVain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.auditor(settings.Default())
	begin := func(a *auditor.Auditor, id string, status ledger.Status, created, expires time.Time) {
		t.Helper()
		act := ledger.Action{ID: id, Remedy: "door-close", Check: "door-open", Resource: front, Mode: settings.Ask, Status: status, Created: created, Expires: expires, Revision: 3}
		if _, _, err := a.Ledger.Begin(t.Context(), act); err != nil {
			t.Fatal(err)
		}
	}
	begin(a, "01K3F7Q2", ledger.Waiting, now().AddDate(0, 0, -4), now().Add(-time.Minute))
	begin(a, "01K3F7Q3", ledger.Waiting, now().AddDate(0, 0, -1), now().Add(time.Hour))
	begin(a, "01K3F7Q4", ledger.Applied, now().AddDate(0, 0, -4), now().Add(-time.Minute))
	begin(a, "01K3F7Q5", ledger.Waiting, now().AddDate(0, 0, -1), time.Time{})
	counts(t, w, 0, 1, 0, handle(t, a, upkeep(`{"upkeep":"`+account+`"}`)))
	if o := ordered(t, w.orders[0]); o.ID != "01K3F7Q2" || o.Remedy != "door-close" || o.Mode != settings.Ask || o.Revision != 3 {
		t.Errorf("%+v", o)
	}
}
