package auditor_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// What no event led to waits for what else the sweep finds. It counts as told: it will be.
func TestWhatASweepFindsWaits(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	a := w.auditor(settings.Default())
	handle(t, a, look(t, frontDoor))
	handle(t, a, look(t, frontDoor))
	held := w.held(t)
	if len(w.mails) != 0 || len(held) != 1 || held[0].Why != announce.ForSweep {
		t.Fatalf("told %q, held %+v", w.mails, held)
	}
	var waits announce.Waiting
	if err := json.Unmarshal(held[0].Body, &waits); err != nil {
		t.Fatal(err)
	}
	if it := waits.Notice.Items[0]; it.Kind != announce.Found || it.Finding.Resource.ID != "front" || it.Order == "" || it.Revision != 1 {
		t.Errorf("held %+v", it)
	}
}

// What is muted is found, ordered and kept; people hear of it when the mute is over.
func TestMutedIsKeptBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	l := ledger.Open(w.store, now)
	if err := l.SetMute(t.Context(), ledger.Mute{Mute: settings.Mute{Resource: "fr*", Until: now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	a := w.auditor(settings.Default())
	handle(t, a, message("e1", "OpenDoor", "front"))
	if held := w.held(t); len(w.mails) != 0 || len(w.orders) != 1 || len(held) != 1 || held[0].Why != announce.ForMute || !held[0].Until.Equal(now().Add(time.Hour)) {
		t.Errorf("told %q, ordered %d, held %+v", w.mails, len(w.orders), held)
	}
}

// Whatever becomes of a finding is exported, also what nobody is told of.
func TestTransitionsAreExported(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open["front"] = true
	quiet := settings.Default()
	quiet.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "front", Owner: "o", Reason: "r", Until: settings.Date{Time: now().AddDate(0, 1, 0)}}}
	a := w.auditor(quiet)
	a.Exports = sender{w, &w.exports}
	handle(t, a, message("e1", "OpenDoor", "front"))
	handle(t, a, message("e1", "OpenDoor", "front"))
	w.open["front"] = false
	handle(t, a, message("e2", "CloseDoor", "front"))
	if len(w.mails) != 0 || len(w.exports) != 2 {
		t.Fatalf("told %q, exported %q", w.mails, w.exports)
	}
	for _, body := range w.exports {
		var x queue.Export
		if err := json.Unmarshal([]byte(body), &x); err != nil || len(x.Findings) != 1 || x.Findings[0].Check != "door-open" || x.Findings[0].Resource.ID != "front" {
			t.Errorf("%v: %s", err, body)
		}
	}
}
