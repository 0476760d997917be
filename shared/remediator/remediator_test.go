package remediator_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var front = finding.Resource{Kind: "door", ID: "front", Account: "111122223333", Region: "eu-west-1"}

func now() time.Time { return time.Date(2026, 11, 20, 9, 15, 7, 0, time.UTC) }

// world is a door, and everything around the remediator.
type world struct {
	store  ledger.Store
	state  string // of the door: "open", "closed", "painted"
	aim    string // the state that a plan leads to, "": closed
	writes int
	stack  string
	refuse error // what writing answers
	half   bool  // it is written all the same
	blind  error // what reading answers
	stuck  bool  // writing answers well and changes nothing
	lost   error // what writing answers after it was done
	mails  []string
	mute   bool // publishing breaks
	gone   bool // there is no door any more
	behind int  // so many readings still show the door as it was
	busy   bool // it cannot be moved just now
	form   int  // of the remedy's plans
	crash  bool // the function ends after a write

	tagless error // why tags are not known
}

func open() *world { return &world{store: ledger.NewMemory(now), state: "open"} }

func (w *world) Publish(_ context.Context, m announce.Message) error {
	if w.mute {
		return errors.New("no voice")
	}
	w.mails = append(w.mails, m.Subject+"\n"+m.Text)
	return nil
}

func (w *world) set(state string) error {
	w.writes++
	if w.refuse != nil {
		if w.half {
			w.state = state
		}
		return w.refuse
	}
	if !w.stuck {
		w.state = state
	}
	return w.lost
}

// seen is the door as a reading shows it.
func (w *world) seen() (string, error) {
	if w.blind != nil {
		return "", w.blind
	}
	if w.gone {
		return "", awstest.Error("ResourceNotFoundException")
	}
	if w.writes > 0 && w.behind > 0 {
		w.behind--
		return "open", nil
	}
	return w.state, nil
}

// was is the door as a plan has it.
func was(state json.RawMessage) string {
	return strings.TrimSuffix(strings.TrimPrefix(string(state), `{"door":"`), `"}`)
}

func (w *world) remedy() *remedy.Remedy {
	state := func(s string) json.RawMessage { return json.RawMessage(`{"door":"` + s + `"}`) }
	move := func(from, to json.RawMessage, target string, force bool) error {
		switch {
		case w.busy:
			return &remedy.BusyError{Why: "Somebody stands in the door."}
		case bytes.Equal(state(w.state), to):
			return nil
		case force || bytes.Equal(state(w.state), from):
			return w.set(target)
		}
		return &remedy.MovedError{What: "door front", Differs: []string{"door: " + string(from) + " -> " + w.state}}
	}
	return &remedy.Remedy{
		ID: "door-close", Risk: remedy.Contained, Form: w.form, On: []resource.Source{w.kind()},
		Plan: func(_ context.Context, _ aws.Config, c remedy.Case) (remedy.Plan, error) {
			seen, err := w.seen()
			if err != nil {
				return remedy.Plan{}, err
			}
			plan := remedy.Plan{Form: w.form, Remedy: "door-close", Resource: c.Finding.Resource, Summary: "Close the door.", Before: state(seen), After: state(cmp.Or(w.aim, "closed")), Undoable: true, Manual: "aws doors close"}
			if seen != "closed" {
				plan.Calls = []remedy.Call{{Service: "doors", Operation: "CloseDoor", Input: json.RawMessage(`{"door":"front"}`)}}
			}
			return plan, nil
		},
		Apply: func(_ context.Context, _ aws.Config, plan remedy.Plan) error {
			err := move(plan.Before, plan.After, "closed", false)
			if w.crash {
				return context.Canceled
			}
			return err
		},
		Undo: func(_ context.Context, _ aws.Config, plan remedy.Plan, force bool) error {
			return move(plan.After, plan.Before, "open", force)
		},
		Stand: func(_ context.Context, _ aws.Config, plan remedy.Plan) ([]string, error) {
			seen, err := w.seen()
			if err != nil || bytes.Equal(state(seen), plan.After) {
				return nil, err
			}
			return []string{"door: " + was(plan.After) + " -> " + seen}, nil
		},
	}
}

func (w *world) kind() *resource.Kind[door] {
	return &resource.Kind[door]{
		Name: "door", Changed: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor")},
		Read: func(context.Context, aws.Config, resource.Ref) (door, error) {
			seen, err := w.seen()
			return door{seen == "open"}, err
		},
		Tagged: func(context.Context, aws.Config, resource.Ref) (map[string]string, error) {
			if w.stack == "" {
				return nil, w.tagless
			}
			return map[string]string{resource.StackTag: w.stack}, w.tagless
		},
	}
}

type door struct{ Open bool }

func (w *world) remediator(mode settings.Mode) *remediator.Remediator {
	s := settings.Default()
	s.Mode = mode
	doorOpen := &check.Check{ID: "door-open", Doc: "# A door is open\n", Reads: w.kind(), Remedies: []string{"door-close"}, Run: func(p *check.Pass) {
		if check.State[door](p).Open {
			p.Fail(check.Report{Title: "the door front is open", Detail: "It stands open."})
			return
		}
		p.OK()
	}}
	reach := func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil }
	return &remediator.Remediator{
		Remedies: []*remedy.Remedy{w.remedy()}, Engine: engine.New(engine.Engine{Checks: []*check.Check{doorOpen}, Config: reach}),
		Ledger: ledger.Open(w.store, now), Settings: s, Config: reach, Topic: w, Log: slog.New(slog.DiscardHandler),
		Now: now, By: "pipewarden", LastTry: 5,
	}
}

func approve(id string) queue.Decision { return queue.Decision{Verb: queue.Approve, Action: id} }

func undo(id string) queue.Decision { return queue.Decision{Verb: queue.Undo, Action: id} }

func order(mode settings.Mode) queue.Message {
	f := finding.Finding{
		Check: "door-open", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "the door front is open",
		Detail: "It stands open.", Resource: front, Remedy: "door-close",
		Event: &finding.Cause{ID: "e1", Name: "OpenDoor", Source: "doors.amazonaws.com", Time: now().Add(-time.Minute)},
	}
	body, err := json.Marshal(queue.Order{ID: "01K3F7Q2", Remedy: "door-close", Mode: mode, Finding: f})
	if err != nil {
		panic(err)
	}
	return queue.Message{ID: "m1", Body: string(body), Receives: 1}
}

// entry puts the finding into the ledger as the auditor would have.
func (w *world) found(t *testing.T) {
	t.Helper()
	var o queue.Order
	if err := json.Unmarshal([]byte(order(settings.Apply).Body), &o); err != nil {
		t.Fatal(err)
	}
	view, err := ledger.Open(w.store, now).View(t.Context(), front)
	if err == nil {
		_, _, err = view.Record(t.Context(), o.Finding)
	}
	if err == nil {
		err = view.Announced(t.Context(), o.Finding, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) action(t *testing.T) ledger.Action {
	t.Helper()
	a, err := ledger.Open(w.store, now).Action(t.Context(), "01K3F7Q2")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) expect(t *testing.T, status ledger.Status, state string, writes, mails int) ledger.Action {
	t.Helper()
	a := w.action(t)
	if a.Status != status || w.state != state || w.writes != writes || len(w.mails) != mails {
		t.Fatalf("action %s (%s), door %s, %d writes, %d mails; want %s, %s, %d, %d\n%s",
			a.Status, a.Error, w.state, w.writes, len(w.mails), status, state, writes, mails, strings.Join(w.mails, "\n"))
	}
	return a
}

func TestApply(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	r := w.remediator(settings.Apply)
	for range 3 { // redelivered: nothing more happens
		if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 0 {
			t.Fatal(again)
		}
		w.expect(t, ledger.Applied, "closed", 1, 1)
	}
	if !strings.Contains(w.mails[0], "FIXED") || !strings.Contains(w.mails[0], "pipewarden undo 01K3F7Q2") {
		t.Errorf("mail\n%s", w.mails[0])
	}
	a := w.action(t)
	var plan remedy.Plan
	if err := json.Unmarshal(a.Plan, &plan); err != nil || !strings.Contains(string(plan.Before), "open") || a.Verified == "" {
		t.Errorf("%v: before %s, verified %q", err, plan.Before, a.Verified)
	}
	view, err := r.Ledger.View(t.Context(), front)
	if err != nil {
		t.Fatal(err)
	}
	if e := view.Entries()[0]; e.Open || e.DueAnnouncement() || len(view.Applied()) != 1 {
		t.Errorf("the finding is not resolved and told: %+v", e)
	}
}

func TestProposeAndAskWriteNothing(t *testing.T) {
	t.Parallel()
	for mode, status := range map[settings.Mode]ledger.Status{settings.Propose: ledger.Proposed, settings.Ask: ledger.Waiting} {
		w := open()
		w.remediator(mode).Handle(t.Context(), []queue.Message{order(mode)})
		w.expect(t, status, "open", 0, 0)
	}
}

func TestTheMoreCarefulModeCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ordered, now settings.Mode
		stack        string
		status       ledger.Status
		mails        int
	}{
		"switched off since":    {settings.Apply, settings.Off, "", ledger.Refused, 1},
		"only proposed now":     {settings.Apply, settings.Propose, "", ledger.Proposed, 1},
		"asked for now":         {settings.Apply, settings.Ask, "", ledger.Waiting, 0},
		"applied now":           {settings.Propose, settings.Apply, "", ledger.Proposed, 0},
		"managed by a stack":    {settings.Apply, settings.Apply, "web", ledger.Proposed, 1},
		"proposed with a stack": {settings.Propose, settings.Propose, "web", ledger.Proposed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			w.stack = c.stack
			w.remediator(c.now).Handle(t.Context(), []queue.Message{order(c.ordered)})
			w.expect(t, c.status, "open", 0, c.mails)
		})
	}
}

func TestAStackIsNamedInWords(t *testing.T) {
	t.Parallel()
	w := open()
	w.stack = "web"
	w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.action(t); !strings.Contains(a.Error, "stack web") || !strings.Contains(w.mails[0], "stack web") || !strings.Contains(w.mails[0], "pipewarden approve 01K3F7Q2") {
		t.Errorf("%s\n%s", a.Error, w.mails[0])
	}
}

func TestNothingToDoIsNotTold(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	w.state = "closed"
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Needless, "closed", 0, 0)
	view, err := r.Ledger.View(t.Context(), front)
	if err != nil || view.Entries()[0].Open || view.Entries()[0].DueAnnouncement() {
		t.Errorf("%v: the finding is not resolved without a word: %+v", err, view.Entries())
	}
}

func TestAnOrganisationPolicyIsToldOnceAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := open()
	w.refuse = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "with an explicit deny in a service control policy"}
	for range 3 {
		if again := w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 0 {
			t.Fatalf("asked for again: %v", again)
		}
	}
	if a := w.expect(t, ledger.Refused, "open", 1, 1); !strings.Contains(a.Error, "an organisation policy forbids") {
		t.Errorf("error %q", a.Error)
	}
}

func TestAPassingFaultIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := open()
	w.refuse = awstest.Error("ThrottlingException")
	r := w.remediator(settings.Apply)
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Fatal("a throttled change was given up")
	}
	w.refuse = nil
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 0 {
		t.Fatal(again)
	}
	w.expect(t, ledger.Applied, "closed", 2, 1)
	w = open()
	w.refuse = awstest.Error("ThrottlingException")
	last := order(settings.Apply)
	last.Receives = 5
	w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{last})
	w.expect(t, ledger.Failed, "open", 1, 1)
}

func TestALostReplyIsFoundDone(t *testing.T) {
	t.Parallel()
	w := open()
	w.lost = awstest.Error("ThrottlingException")
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.lost = nil
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

func TestAChangeThatDoesNotHoldIsAFailure(t *testing.T) {
	t.Parallel()
	w := open()
	w.stuck = true
	w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.expect(t, ledger.Failed, "open", 1, 1); !strings.Contains(a.Error, "Read back") {
		t.Errorf("error %q", a.Error)
	}
}

// What somebody approves is what was foretold: neither from another state, nor to another.
func TestAStateThatMovedIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"somebody changed it":              func(w *world) { w.state = "painted" },
		"it would lead somewhere else now": func(w *world) { w.aim = "bolted" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			r := w.remediator(settings.Ask)
			r.Handle(t.Context(), []queue.Message{order(settings.Ask)})
			change(w)
			before := w.state
			_, err := r.Decide(t.Context(), approve("01k3f7q2"))
			var moved *remedy.MovedError
			if !errors.As(err, &moved) {
				t.Errorf("approve: %v", err)
			}
			w.expect(t, ledger.Waiting, before, 0, 0)
		})
	}
}

func TestApproveAndUndo(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Propose)
	r.Handle(t.Context(), []queue.Message{order(settings.Propose)})
	r.By = "arn:aws:iam::111122223333:user/ann"
	a, err := r.Decide(t.Context(), approve("01K3F7Q2"))
	if err != nil || a.By != r.By {
		t.Fatalf("%v, by %q", err, a.By)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
	var wrong *remediator.StateError
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); !errors.As(err, &wrong) {
		t.Errorf("approved twice: %v", err)
	}
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	w.expect(t, ledger.Undone, "open", 2, 2)
	if !strings.Contains(w.mails[1], "fix undone") {
		t.Errorf("mail\n%s", w.mails[1])
	}
	view, err := r.Ledger.View(t.Context(), front)
	if err != nil || !view.Undone("door-close") || view.Undone("door-paint") {
		t.Errorf("%v: the undoing is not remembered", err)
	}
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); !errors.As(err, &wrong) {
		t.Errorf("undone twice: %v", err)
	}
}

func TestWhoMayNotLeavesItToOthers(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Propose)
	r.Handle(t.Context(), []queue.Message{order(settings.Propose)})
	w.refuse = awstest.Error("AccessDenied")
	r.Own, r.By = true, "arn:aws:iam::111122223333:user/bob"
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err == nil {
		t.Error("bob was not told")
	}
	w.expect(t, ledger.Proposed, "open", 1, 0)
	w.refuse, r.By = nil, "arn:aws:iam::111122223333:user/ann"
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err != nil {
		t.Error(err)
	}
	w.expect(t, ledger.Applied, "closed", 2, 1)
}

func TestAnApprovalFromAfar(t *testing.T) {
	t.Parallel()
	approval := queue.Message{ID: "m2", Body: `{"decide":"approve","action":"01K3F7Q2","by":"arn:aws:iam::111122223333:user/ann"}`, Receives: 1}
	w := open()
	r := w.remediator(settings.Ask)
	r.Handle(t.Context(), []queue.Message{order(settings.Ask)})
	for range 2 {
		if again := r.Handle(t.Context(), []queue.Message{approval}); len(again) != 0 {
			t.Fatal(again)
		}
		if a := w.expect(t, ledger.Applied, "closed", 1, 1); a.By != "arn:aws:iam::111122223333:user/ann" {
			t.Errorf("by %q", a.By)
		}
	}
	w = open()
	r = w.remediator(settings.Ask)
	r.Handle(t.Context(), []queue.Message{order(settings.Ask)})
	w.state = "painted"
	r.Handle(t.Context(), []queue.Message{approval})
	if a := w.expect(t, ledger.Refused, "painted", 0, 1); !strings.Contains(a.Error, "has changed since") {
		t.Errorf("error %q", a.Error)
	}
	w = open()
	if again := w.remediator(settings.Ask).Handle(t.Context(), []queue.Message{approval}); len(again) != 0 {
		t.Errorf("an approval of nothing is asked for again: %v", again)
	}
}

func TestUndoRefusesWhenSomebodyElseChangedIt(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.state = "painted"
	_, err := r.Decide(t.Context(), undo("01K3F7Q2"))
	var moved *remedy.MovedError
	if !errors.As(err, &moved) {
		t.Fatalf("undo: %v", err)
	}
	a := w.expect(t, ledger.Applied, "painted", 1, 1)
	view, err := r.Ledger.View(t.Context(), front)
	if err != nil || view.Undone("door-close") || !a.Undone.IsZero() {
		t.Errorf("%v: counted as undone", err)
	}
}

func TestACrashBeforeTellingTellsAfterwards(t *testing.T) {
	t.Parallel()
	w := open()
	w.mute = true
	r := w.remediator(settings.Apply)
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Fatal("acknowledged without having told anybody")
	}
	w.mute = false
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

func TestWhatIsNoOrderIsKept(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	for _, body := range []string{"", "{", `{"order":""}`, `[]`, strings.ReplaceAll(order(settings.Apply).Body, `"apply"`, `"yolo"`)} {
		if again := r.Handle(t.Context(), []queue.Message{{ID: "bad" + body, Body: body}}); len(again) != 0 {
			t.Errorf("%q was given back", body)
		}
	}
	n := 0
	for range r.Ledger.Kept(t.Context()) {
		n++
	}
	if n != 5 {
		t.Errorf("%d kept", n)
	}
}

func TestAnUnknownRemedyIsRefused(t *testing.T) {
	t.Parallel()
	w := open()
	m := order(settings.Apply)
	m.Body = strings.ReplaceAll(m.Body, `"order":"01K3F7Q2","remedy":"door-close"`, `"order":"01K3F7Q2","remedy":"door-burn"`)
	w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{m})
	w.expect(t, ledger.Refused, "open", 0, 1)
}

// An undoing is looked at too: where AWS answered well and nothing changed, nobody is told that it is undone.
func TestAnUndoingThatDoesNotHoldIsNone(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.stuck = true
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err == nil || !strings.Contains(err.Error(), "Read back, it is not as it was found: door: open -> closed") {
		t.Errorf("undo: %v", err)
	}
	w.expect(t, ledger.Applied, "closed", 2, 1)
	w.stuck = false
	if a, err := r.Decide(t.Context(), undo("01K3F7Q2")); err != nil || a.Verified != "Read back: as it was found." {
		t.Errorf("once more: %v %q", err, a.Verified)
	}
	w.expect(t, ledger.Undone, "open", 3, 2)
}
