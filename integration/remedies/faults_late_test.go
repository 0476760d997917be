package remedies

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// applied is a project that pipewarden made private, of which people were told.
func applied(t *testing.T, a *emulator.AWS) (s *stage, before any, id string) {
	t.Helper()
	s = opened(t, a, settings.Apply)
	before = s.is()
	s.audit()
	s.settle()
	s.expect(fixed)
	return s, before, s.actions()[0].ID
}

// TestUndoAfterSomebodyElse: an undoing over somebody else's change is refused, and tells what they changed. By force, with a reason, it is done.
func TestUndoAfterSomebodyElse(t *testing.T) {
	s, before, id := applied(t, emulator.ForTest(t))
	s.moves()
	theirs := s.is()
	s.asks(queue.Decision{Verb: queue.Undo, Action: id})
	s.settle()
	if diff := cmp.Diff(theirs, s.is()); diff != "" {
		t.Errorf("their change is gone:\n%s", diff)
	}
	told := s.told()
	if len(told) != 1 || told[0].Kind != "stands" || !strings.Contains(told[0].Deed.Error, "has changed since: projectVisibility: PRIVATE -> PUBLIC_READ; resourceAccessRole: ") {
		t.Errorf("people were told %+v", told)
	}
	s.expect(end{public, 0, ledger.Applied, 1, nil})
	s.asks(queue.Decision{Verb: queue.Undo, Action: id, Force: true, Reason: "the new role is a mistake"})
	s.settle()
	if diff := cmp.Diff(before, s.is()); diff != "" {
		t.Errorf("undone, it is not as it was:\n%s", diff)
	}
	if a := s.expect(end{public, 1, ledger.Undone, 1, []string{"undone"}}); a.Reason != "the new role is a mistake" || !strings.HasSuffix(a.By, "user/ann") {
		t.Errorf("undone by %s: %s", a.By, a.Reason)
	}
}

// TestUndoTwice: what was undone is not undone again, not by the queue and not by a person at the CLI.
func TestUndoTwice(t *testing.T) {
	s, before, id := applied(t, emulator.ForTest(t))
	for range 2 {
		s.asks(queue.Decision{Verb: queue.Undo, Action: id})
	}
	s.settle()
	s.expect(end{public, 1, ledger.Undone, 1, []string{"undone"}})
	var wrong *remediator.StateError
	if _, err := s.remediator().Decide(s, queue.Decision{Verb: queue.Undo, Action: id, Force: true, Reason: "once more"}); !errors.As(err, &wrong) {
		t.Errorf("undone twice: %v", err)
	}
	s.expect(end{public, 0, ledger.Undone, 1, nil})
	if diff := cmp.Diff(before, s.is()); diff != "" {
		t.Errorf("undone, it is not as it was:\n%s", diff)
	}
}

// TestApprovedTooLate: an approval that comes after its time changes nothing, and says so once.
func TestApprovedTooLate(t *testing.T) {
	s := opened(t, emulator.ForTest(t), settings.Ask)
	s.audit()
	s.settle()
	id := s.actions()[0].ID
	s.pass(time.Duration(s.set.Approvals.WaitHours)*time.Hour + time.Minute)
	for range 2 {
		s.asks(queue.Decision{Verb: queue.Approve, Action: id})
		s.settle()
	}
	told := s.told()
	if len(told) != 2 || told[1].Kind != "refused" || !strings.HasPrefix(told[1].Deed.Error, "Nobody approved it until ") {
		t.Errorf("people were told %+v", told)
	}
	s.expect(end{public, 0, ledger.Expired, 0, nil})
}

// aged has the stored plan be one that another version of pipewarden made, in another form.
func (s *stage) aged() {
	s.Helper()
	a := s.actions()[0]
	var plan map[string]json.RawMessage
	if err := json.Unmarshal(a.Plan, &plan); err != nil {
		s.Fatal(err)
	}
	plan["form"] = json.RawMessage("-1")
	var err error
	if a.Plan, err = json.Marshal(plan); err == nil {
		_, err = s.ledger.Save(s, a)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// TestPlansOfAnotherVersion: a plan in another form is not carried out, nor undone. What waits for approval is planned anew.
func TestPlansOfAnotherVersion(t *testing.T) {
	a := emulator.ForTest(t)
	const says = "Another version of pipewarden planned it in form -1 of build-make-private, and this one knows form 0."
	t.Run("while it was carried out", func(t *testing.T) {
		s := opened(t, a, settings.Apply)
		s.audit()
		s.work(s.crash(&spring{after: 8})) // the plan is stored
		s.aged()
		s.pass(hidden)
		s.settle()
		if a := s.expect(end{public, 0, ledger.Refused, 0, []string{"found", "refused"}}); a.Error != says {
			t.Errorf("it says %q", a.Error)
		}
	})
	t.Run("before it is undone", func(t *testing.T) {
		s, _, id := applied(t, a)
		s.aged()
		s.asks(queue.Decision{Verb: queue.Undo, Action: id, Force: true, Reason: "all the same"})
		s.settle()
		if told := s.told(); len(told) != 1 || told[0].Kind != "stands" || told[0].Deed.Error != says {
			t.Errorf("people were told %+v", told)
		}
		s.expect(end{private, 0, ledger.Applied, 1, nil})
	})
	t.Run("before it is approved", func(t *testing.T) {
		s := opened(t, a, settings.Ask)
		s.audit()
		s.settle()
		s.aged()
		s.asks(queue.Decision{Verb: queue.Approve, Action: s.actions()[0].ID})
		s.settle()
		if a := s.expect(fixed); !strings.Contains(string(a.Plan), `"form":0`) {
			t.Errorf("the plan is not a new one: %s", a.Plan)
		}
	})
}
