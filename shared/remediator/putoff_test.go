package remediator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// What somebody approved or undid from afar is done also where nobody could be told of it: the message comes again, and tells.

func TestWhatCouldNotBeToldIsDoneAllTheSame(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	for i, c := range []struct {
		verb   string
		status ledger.Status
		state  string
	}{{"approve", ledger.Applied, "closed"}, {"undo", ledger.Undone, "open"}} {
		w.mute = true
		m := from("", c.verb, "")
		m.ID += c.verb
		if again := r.Handle(t.Context(), []queue.Message{m}); len(again) != 1 {
			t.Errorf("%s: acknowledged without having told anybody", c.verb)
		}
		w.expect(t, c.status, c.state, i+1, i)
		w.mute = false
		if again := r.Handle(t.Context(), []queue.Message{m}); len(again) > 0 {
			t.Errorf("%s: again %v", c.verb, again)
		}
		w.expect(t, c.status, c.state, i+1, i+1)
	}
}

// Who runs the command must not take it for not done.

func TestWhoCannotTellPeopleIsToldThatItWasDone(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	w.mute = true
	a, err := r.Decide(t.Context(), approve("01K3F7Q2"))
	if err == nil || a.Status != ledger.Applied || !strings.Contains(err.Error(), "it is applied") || !strings.Contains(err.Error(), "could not be told") {
		t.Errorf("%s: %v", a.Status, err)
	}
}

// Who approved what was put off has approved it still when the remediator gets to it.

func TestWhatIsPutOffKeepsWhoApprovedIt(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	orders := &sent{}
	r.Orders, w.busy = orders, true
	r.Handle(t.Context(), []queue.Message{from("", "approve", `,"reason":"yes"`)})
	w.expect(t, ledger.Applying, "open", 0, 0)
	w.busy = false
	r.Handle(t.Context(), []queue.Message{{ID: "m3", Body: orders.bodies[0]}})
	if a := w.expect(t, ledger.Applied, "closed", 1, 1); a.By != ann || a.Reason != "yes" {
		t.Errorf("by %q: %q", a.By, a.Reason)
	}
}

// What a person asked to restore is put off as well as what was ordered.

func TestARestoringThatIsPutOff(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Ask)
	if _, err := r.Restore(t.Context(), "01K3F7Q2", "door-close", front, 0); err != nil {
		t.Fatal(err)
	}
	orders := &sent{}
	r.Orders, w.busy = orders, true
	r.Handle(t.Context(), []queue.Message{from("", "approve", "")})
	w.busy = false
	r.Handle(t.Context(), []queue.Message{{ID: "m3", Body: orders.bodies[0]}})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

// Who decided otherwise while the change was put off has decided.

func TestWhatIsPutOffIsOvertaken(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, *remediator.Remediator){
		"exempted": func(t *testing.T, r *remediator.Remediator) {
			t.Helper()
			if err := r.Ledger.Exempt(t.Context(), ledger.Exemption{Check: "door-open", Resource: "front", Owner: "ann", Reason: "a shop", Until: now()}); err != nil {
				t.Fatal(err)
			}
		},
		"switched off": func(_ *testing.T, r *remediator.Remediator) { r.Settings.Mode = settings.Off },
		"proposed":     func(_ *testing.T, r *remediator.Remediator) { r.Settings.Mode = settings.Propose },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			w.found(t)
			r := w.remediator(settings.Apply)
			orders := &sent{}
			r.Orders, w.busy = orders, true
			r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
			w.busy = false
			meanwhile(t, r)
			r.Handle(t.Context(), []queue.Message{{ID: "m3", Body: orders.bodies[0]}})
			if a := w.action(t); w.writes > 0 || a.Status == ledger.Applied || a.Error == "" {
				t.Errorf("%s (%s), %d writes", a.Status, a.Error, w.writes)
			}
		})
	}
}

// Who tried in vain to undo did not make the change.

// While it is being undone, what an earlier attempt said of it is not said of this one: whoever waits would take it for the end.

// A stop between the undoing and writing it down leaves no change without a record.

// Only what was shown is done: to the same resource, too.

func TestAnotherTargetIsAnotherPlan(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	rem := *r.Remedies[0]
	plan := rem.Plan
	rem.Plan = func(ctx context.Context, cfg aws.Config, c remedy.Case) (remedy.Plan, error) {
		p, err := plan(ctx, cfg, c)
		p.Resource.ID = "back"
		return p, err
	}
	r.Remedies = []*remedy.Remedy{&rem}
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err == nil {
		t.Error("done to another door")
	}
	w.expect(t, ledger.Waiting, "open", 0, 0)
}

// Somebody who may not change it neither lengthens the time in which it can be approved, nor makes a proposal of what was undone.

func TestWhoMayNotLeavesItAsItWas(t *testing.T) {
	t.Parallel()
	for name, hinder := range map[string]func(*world){
		"denied": func(w *world) { w.refuse = awstest.Error("AccessDenied") },
		"busy":   func(w *world) { w.busy = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := waiting(t)
			bob := *r
			bob.Own, bob.By = true, "arn:aws:iam::111122223333:user/bob"
			hinder(w)
			if _, err := bob.Decide(t.Context(), approve("01K3F7Q2")); err == nil {
				t.Error("bob was not told")
			}
			if a := w.action(t); a.Status != ledger.Waiting || a.Expires.IsZero() {
				t.Errorf("%s until %s", a.Status, a.Expires)
			}
			w.refuse, w.busy = nil, false
			for _, verb := range []queue.Verb{queue.Approve, queue.Undo} {
				if _, err := r.Decide(t.Context(), queue.Decision{Verb: verb, Action: "01K3F7Q2"}); err != nil {
					t.Fatal(err)
				}
			}
			hinder(w)
			if _, err := bob.Decide(t.Context(), queue.Decision{Verb: queue.Redo, Action: "01K3F7Q2"}); err == nil {
				t.Error("bob was not told")
			}
			if a := w.action(t); a.Status != ledger.Undone {
				t.Errorf("%s", a.Status)
			}
		})
	}
}

// Whoever goes on with what another left holds it meanwhile.

func TestWhoGoesOnHoldsIt(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	w.crash = true
	r := w.remediator(settings.Apply)
	rem := *r.Remedies[0]
	apply := rem.Apply
	rem.Apply = func(context.Context, aws.Config, remedy.Plan) error { return context.Canceled }
	r.Remedies = []*remedy.Remedy{&rem}
	r.Handle(t.Context(), []queue.Message{copied("m1")})
	w.crash = false
	r.Now = func() time.Time { return now().Add(3 * time.Minute) }
	other := *r
	rem.Apply = func(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
		if again := other.Handle(ctx, []queue.Message{copied("m3")}); len(again) != 1 {
			t.Error("a third does it at the same time")
		}
		return apply(ctx, cfg, p)
	}
	theirs := rem
	theirs.Apply = apply
	other.Remedies = []*remedy.Remedy{&theirs}
	r.Handle(t.Context(), []queue.Message{copied("m2")})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

// The name of a session is part of who it is, and an ARN is read as ARNs are.

// Where no approvers are named everybody may decide who can send; and yet nobody as pipewarden, whose own changes are counted and told otherwise.

// That IAM is throttled is no reason to send somebody away who may decide.

// A queue may deliver a message again long after it was worked off. What somebody decided since holds.

// What AWS has no part in is not laid at its door, and says what it is.

func TestWhatIsNotOfAWSSaysSo(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Config = func(context.Context, string, string) (aws.Config, error) {
		return aws.Config{}, errors.New("account 999999999999 is not watched")
	}
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.expect(t, ledger.Failed, "open", 0, 1); a.Error != "It broke off: account 999999999999 is not watched." {
		t.Errorf("error %q", a.Error)
	}
}
