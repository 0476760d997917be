package remediator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const ann = "arn:aws:sts::111122223333:assumed-role/Ops/ann"

// waiting is a door that waits to be closed.
func waiting(t *testing.T) (*world, *remediator.Remediator) {
	t.Helper()
	w := open()
	w.found(t)
	r := w.remediator(settings.Ask)
	m := order(settings.Ask)
	m.Body = strings.Replace(m.Body, `"finding":`, `"revision":1,"finding":`, 1)
	if again := r.Handle(t.Context(), []queue.Message{m}); len(again) > 0 {
		t.Fatal(again)
	}
	w.expect(t, ledger.Waiting, "open", 0, 0)
	return w, r
}

func from(sender, verb, rest string) queue.Message {
	return queue.Message{ID: "m2", Receives: 1, Sender: sender, Body: fmt.Sprintf(`{"decide":%q,"action":"01K3F7Q2","by":%q%s}`, verb, ann, rest)}
}

// What was rejected, waited for too long, or was overtaken by another finding changes nothing, and says so.
func TestTooLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(*testing.T, *world, *remediator.Remediator)
		status ledger.Status
		says   string
		mails  int
	}{
		"rejected": {func(t *testing.T, _ *world, r *remediator.Remediator) {
			t.Helper()
			if _, err := r.Decide(t.Context(), queue.Decision{Verb: queue.Reject, Action: "01K3F7Q2", Reason: "it is a shop"}); err != nil {
				t.Fatal(err)
			}
		}, ledger.Rejected, "would have done was rejected: it is a shop.", 1},
		"expired": {func(_ *testing.T, _ *world, r *remediator.Remediator) {
			r.Now = func() time.Time { return now().Add(72*time.Hour + time.Second) }
		}, ledger.Expired, "Nobody approved it until 2026-11-23 09:15 UTC", 1},
		"the last moment": {func(_ *testing.T, _ *world, r *remediator.Remediator) {
			r.Now = func() time.Time { return now().Add(72 * time.Hour) }
		}, ledger.Applied, "FIXED", 1},
		"resolved since": {func(t *testing.T, _ *world, r *remediator.Remediator) {
			t.Helper()
			record(t, r, finding.Finding{Check: "door-open", Outcome: finding.Pass, Basis: finding.State, Resource: front})
		}, ledger.Passed, "says something else by now", 1},
		"changed since": {func(t *testing.T, _ *world, r *remediator.Remediator) {
			t.Helper()
			record(t, r, finding.Finding{Check: "door-open", Outcome: finding.Fail, Basis: finding.State, Resource: front, Title: "both doors are open"})
		}, ledger.Passed, "says something else by now", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := waiting(t)
			c.before(t, w, r)
			for range 2 { // delivered twice, told once
				if again := r.Handle(t.Context(), []queue.Message{from("", "approve", "")}); len(again) > 0 {
					t.Fatal(again)
				}
			}
			state, writes := "open", 0
			if c.status == ledger.Applied {
				state, writes = "closed", 1
			}
			w.expect(t, c.status, state, writes, c.mails)
			if !strings.Contains(w.mails[0], c.says) {
				t.Errorf("mail\n%s", w.mails[0])
			}
		})
	}
}

func record(t *testing.T, r *remediator.Remediator, f finding.Finding) {
	t.Helper()
	view, err := r.Ledger.View(t.Context(), f.Resource)
	if err == nil {
		_, _, err = view.Record(t.Context(), f)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What somebody undid can be done again, from the same state only, and counts as wanted from then on.
func TestRedo(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	decide := func(verb queue.Verb) error {
		_, err := r.Decide(t.Context(), queue.Decision{Verb: verb, Action: "01K3F7Q2"})
		return err
	}
	var wrong *remediator.StateError
	if err := decide(queue.Redo); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "cannot be done again: it is waiting; only what is undone can") {
		t.Errorf("what was never done: %v", err)
	}
	if err := errors.Join(decide(queue.Approve), decide(queue.Undo)); err != nil {
		t.Fatal(err)
	}
	w.expect(t, ledger.Undone, "open", 2, 2)
	w.state = "painted"
	var moved *remedy.MovedError
	if err := decide(queue.Redo); !errors.As(err, &moved) {
		t.Errorf("from another state: %v", err)
	}
	w.state = "open"
	if err := decide(queue.Redo); err != nil {
		t.Fatal(err)
	}
	w.expect(t, ledger.Applied, "closed", 3, 3)
	view, err := r.Ledger.View(t.Context(), front)
	if err != nil || view.Undone("door-close") || len(view.Applied()) != 1 {
		t.Errorf("%v: it still counts as undone, or %d changes are counted", err, len(view.Applied()))
	}
}

// By force, what was found is put back over what somebody else made of it.
func TestUndoByForce(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	w.state = "painted"
	r.Handle(t.Context(), []queue.Message{from("", "undo", "")})
	if w.expect(t, ledger.Applied, "painted", 1, 2); !strings.Contains(w.mails[1], "has changed since") {
		t.Errorf("mail\n%s", w.mails[1])
	}
	r.Handle(t.Context(), []queue.Message{from("", "undo", `,"force":true,"reason":"the paint was a mistake"`)})
	if a := w.expect(t, ledger.Undone, "open", 2, 3); a.Reason != "the paint was a mistake" || a.By != ann {
		t.Errorf("by %s: %s", a.By, a.Reason)
	}
}

// Only who is among the approvers decides from afar, and only under their own name.
func TestApprovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		approvers []string
		sender    string
		principal string // as the message says
		iam       error
		status    ledger.Status
		says      string
	}{
		"nobody is named":          {nil, "AROAOTHER:eve", "AROAOPS:ann", nil, ledger.Applied, ""},
		"by role":                  {[]string{"Ops"}, "AROAOPS:ann", "AROAOPS:ann", nil, ledger.Applied, ""},
		"by session":               {[]string{"*/ann"}, "AROAOPS:ann", "AROAOPS:ann", nil, ledger.Applied, ""},
		"another role":             {[]string{"Admins", "arn:aws:iam::111122223333:user/ann"}, "AROAOPS:ann", "AROAOPS:ann", nil, ledger.Waiting, "is not among the approvers"},
		"another sender":           {[]string{"Ops"}, "AROAOTHER:eve", "AROAOPS:ann", nil, ledger.Waiting, "somebody else sent it"},
		"without saying who":       {[]string{"Ops"}, "AROAOTHER:eve", "", nil, ledger.Waiting, "somebody else sent it"},
		"another role's unique id": {[]string{"Ops"}, "AROAOTHER:ann", "AROAOTHER:ann", nil, ledger.Waiting, "IAM knows the sender by another name"},
		"IAM does not answer":      {[]string{"Ops"}, "AROAOPS:ann", "AROAOPS:ann", awstest.Error("AccessDenied"), ledger.Waiting, "could not be told"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := waiting(t)
			r.Settings.Approvals.Approvers = c.approvers
			r.Principal = func(_ context.Context, _ aws.Config, arn string) (string, error) {
				if arn != ann {
					t.Errorf("asked for %s", arn)
				}
				return "AROAOPS", c.iam
			}
			r.Handle(t.Context(), []queue.Message{from(c.sender, "approve", `,"principal":"`+c.principal+`"`)})
			if a := w.action(t); a.Status != c.status || len(w.mails) != 1 || !strings.Contains(w.mails[0], c.says) {
				t.Errorf("%s, mails %q", a.Status, w.mails)
			}
		})
	}
}

// While everything is stopped nothing is written, whoever asks; what waits still waits.
func TestStop(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	stop := func(on bool) {
		t.Helper()
		if _, err := r.Ledger.SetStop(t.Context(), ledger.Stop{On: on, By: "ann", Reason: "release"}); err != nil {
			t.Fatal(err)
		}
	}
	stop(true)
	r.Handle(t.Context(), []queue.Message{from("", "approve", "")})
	if a := w.expect(t, ledger.Waiting, "open", 0, 0); a.Error != "ann stopped pipewarden on 2026-11-20 09:15 UTC (release); pipewarden start lets it go on." {
		t.Errorf("error %q", a.Error)
	}
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err == nil || !strings.Contains(err.Error(), "ann stopped pipewarden") {
		t.Errorf("by hand: %v", err)
	}
	stop(false)
	r.Handle(t.Context(), []queue.Message{from("", "approve", "")})
	w.expect(t, ledger.Applied, "closed", 1, 1)
	stop(true)
	var stopped *remediator.StoppedError
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); !errors.As(err, &stopped) {
		t.Errorf("undone: %v", err)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)

	other := open()
	r = other.remediator(settings.Apply)
	stop(true)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := other.expect(t, ledger.Proposed, "open", 0, 1); !strings.Contains(a.Error, "ann stopped pipewarden") {
		t.Errorf("error %q", a.Error)
	}
}

// More changes than the settings allow within an hour are only proposed, and a change that is tried again counts once.
func TestTheLimitOfAnHour(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Settings.Limits.ChangesPerHour = 2
	for i, want := range []ledger.Status{ledger.Applied, ledger.Applied, ledger.Proposed} {
		w.state = "open"
		m := order(settings.Apply)
		m.Body = strings.Replace(m.Body, "01K3F7Q2", fmt.Sprint("0000000", i), 1)
		for range 2 {
			r.Handle(t.Context(), []queue.Message{m})
		}
		a, err := r.Ledger.Action(t.Context(), fmt.Sprint("0000000", i))
		if err != nil || a.Status != want {
			t.Errorf("change %d: %s (%s), want %s: %v", i+1, a.Status, a.Error, want, err)
		}
	}
	if w.writes != 2 || !strings.Contains(w.mails[2], "2 changes were made in this account within the hour") {
		t.Errorf("%d writes; %q", w.writes, w.mails)
	}
	// A person has seen what they approve.
	person := *r
	person.By = "carol"
	if a, err := person.Decide(t.Context(), queue.Decision{Verb: queue.Approve, Action: "00000002"}); err != nil || a.Status != ledger.Applied || w.writes != 3 {
		t.Errorf("approved: %+v, %v, %d writes", a, err, w.writes)
	}
}

// Whoever undoes a change is not taken for the one who had it made.
func TestWhoApprovedStaysKnown(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	as := func(name string, d queue.Decision) ledger.Action {
		t.Helper()
		person := *r
		person.By = name
		if _, err := person.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		return w.action(t)
	}
	if a := as("carol", approve("01K3F7Q2")); a.By != "carol" || a.Approved != "carol" {
		t.Errorf("by %q, approved by %q", a.By, a.Approved)
	}
	if a := as("dave", undo("01K3F7Q2")); a.By != "dave" || a.Approved != "carol" {
		t.Errorf("by %q, approved by %q", a.By, a.Approved)
	}

	w = open()
	r = w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := as("dave", undo("01K3F7Q2")); a.By != "dave" || a.Approved != "" {
		t.Errorf("by %q, approved by %q", a.By, a.Approved)
	}
}

// sent is what was put back on the queue of orders.
type sent struct {
	bodies []string
	delay  time.Duration
}

func (s *sent) Send(_ context.Context, bodies []string, delay time.Duration) error {
	s.bodies, s.delay = append(s.bodies, bodies...), delay
	return nil
}

// What is busy is looked at again later, for as long as an approval is waited for.
func TestWhatIsBusyIsPutOff(t *testing.T) {
	t.Parallel()
	w := open()
	w.busy = true
	r := w.remediator(settings.Apply)
	orders := &sent{}
	r.Orders = orders
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) > 0 {
		t.Fatal(again)
	}
	w.expect(t, ledger.Applying, "open", 0, 0)
	if len(orders.bodies) != 1 || orders.delay != 15*time.Minute {
		t.Fatalf("put off: %q for %s", orders.bodies, orders.delay)
	}
	w.busy = false
	r.Handle(t.Context(), []queue.Message{{ID: "m3", Body: orders.bodies[0]}})
	w.expect(t, ledger.Applied, "closed", 1, 1)

	w = open()
	w.busy = true
	r = w.remediator(settings.Apply)
	r.Orders = orders
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	r.Now = func() time.Time { return now().Add(73 * time.Hour) }
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.expect(t, ledger.Refused, "open", 0, 1); !strings.Contains(a.Error, "Somebody stands in the door. It was waited for 72 hours.") {
		t.Errorf("error %q", a.Error)
	}
}

// A plan that another version of the program made in another form is not carried out, nor undone.
func TestAPlanOfAnotherForm(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	w.form = 2
	later := w.remediator(settings.Ask)
	var refused *remedy.RefusedError
	if _, err := later.Decide(t.Context(), undo("01K3F7Q2")); !errors.As(err, &refused) || !strings.Contains(refused.Why, "form 0 of door-close, and this one knows form 2") {
		t.Errorf("undone: %v", err)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

// A check that passes by now needs nothing, whatever the plan says.
func TestWhatNoLongerFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := open()
	w.state = "painted" // the check passes, and the remedy would still close it
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.expect(t, ledger.Needless, "painted", 0, 0); a.Verified != "The check passes by now." {
		t.Errorf("verified %q", a.Verified)
	}
}

// Tags that could not be read leave it open whether a stack manages the resource: it is only proposed.
func TestTagsUnread(t *testing.T) {
	t.Parallel()
	w := open()
	w.tagless = awstest.Error("AccessDenied")
	w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.expect(t, ledger.Proposed, "open", 0, 1); !strings.HasPrefix(a.Error, "Whether a stack manages it is not known: ") {
		t.Errorf("error %q", a.Error)
	}
	w = open()
	w.tagless = awstest.Error("ThrottlingException")
	if again := w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Error("throttled tags are not asked for again")
	}
}

// A crash after the write leaves a change that the next delivery takes for its own, and records and tells once. A change that somebody else
// made before anything was begun is theirs.
func TestACrashAfterTheWrite(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	r := w.remediator(settings.Apply)
	w.crash = true
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Fatal("it did not crash")
	}
	w.expect(t, ledger.Applying, "closed", 1, 0)
	w.crash = false
	for range 2 {
		r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

// An order for which nobody decided in time ends when it comes again, and people are told once; before that it goes on waiting.
func TestAnOrderThatWaitedInVain(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Ask)
	at := now()
	r.Now = func() time.Time { return at }
	deliver := func() { r.Handle(t.Context(), []queue.Message{order(settings.Ask)}) }
	deliver()
	at = at.Add(72 * time.Hour)
	deliver()
	w.expect(t, ledger.Waiting, "open", 0, 0)
	at = at.Add(time.Second)
	deliver()
	deliver()
	w.expect(t, ledger.Expired, "open", 0, 1)
	if !strings.Contains(w.mails[0], "Nobody approved it until 2026-11-23 09:15 UTC") {
		t.Errorf("%s", w.mails[0])
	}
	var wrong *remediator.StateError
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); !errors.As(err, &wrong) {
		t.Errorf("approved all the same: %v", err)
	}
}
