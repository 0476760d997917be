package responder_test

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// A button that comes too late changes nothing; the message says how it stands, to everybody, and can no longer be pressed.
func TestTooLate(t *testing.T) {
	t.Parallel()
	person := func(a *ledger.Action) { a.By, a.Applied, a.Undone = bob, start(), start() }
	itself := func(a *ledger.Action) { a.By, a.Applied = "pipewarden", start() }
	held := func(a *ledger.Action) { a.By, a.Held = bob, &ledger.Hold{By: "m1", At: start().Add(time.Minute)} }
	nobody := func(a *ledger.Action) { a.Held = &ledger.Hold{By: "m1", At: start().Add(time.Minute)} }
	because := func(why string) func(*ledger.Action) { return func(a *ledger.Action) { a.Error = why } }
	for name, c := range map[string]struct {
		verb   slack.Verb
		status ledger.Status
		change func(*ledger.Action)
		says   string
	}{
		"approved by somebody": {slack.Approve, ledger.Applied, person, "bob via Ops approved it, and it was done at 2026-11-20 09:15:07 UTC."},
		"applied by itself":    {slack.Reject, ledger.Applied, itself, "pipewarden did it at 2026-11-20 09:15:07 UTC."},
		"rejected":             {slack.Approve, ledger.Rejected, person, "bob via Ops rejected it at 2026-11-20 09:15:07 UTC."},
		"undone":               {slack.Undo, ledger.Undone, person, "bob via Ops undid it at 2026-11-20 09:15:07 UTC."},
		"under way":            {slack.Approve, ledger.Applying, held, "bob via Ops decided, and pipewarden is at it since 2026-11-20 09:15:07 UTC."},
		"under way by itself":  {slack.Approve, ledger.Applying, nobody, "pipewarden is at it since 2026-11-20 09:15:07 UTC."},
		"being undone":         {slack.Undo, ledger.Undoing, held, "bob via Ops decided, and pipewarden is at it since 2026-11-20 09:15:07 UTC."},
		"failed":               {slack.Approve, ledger.Failed, because("AWS refused the change: access denied."), "it was tried, and did not work at 2026-11-20 09:15:07 UTC: AWS refused the change: access denied."},
		"refused":              {slack.Approve, ledger.Refused, because("It has\nchanged since."), "pipewarden left it as it is at 2026-11-20 09:15:07 UTC: It has changed since."},
		"needless":             {slack.Undo, ledger.Needless, nil, "it was as it should be already at 2026-11-20 09:15:07 UTC."},
		"expired":              {slack.Approve, ledger.Expired, nil, "nobody approved it in time."},
		"its time is over":     {slack.Approve, ledger.Waiting, func(a *ledger.Action) { a.Expires = start().Add(time.Minute - time.Second) }, "nobody approved it until 2026-11-20 09:16:06 UTC."},
		"overtaken":            {slack.Approve, ledger.Passed, nil, "the finding says something else by now, or is put right."},
		"not done yet":         {slack.Undo, ledger.Waiting, nil, "pipewarden has not done it: it waits for somebody's approval."},
		"not planned yet":      {slack.Approve, ledger.Ordered, nil, "it is ordered at 2026-11-20 09:15:07 UTC."},
		"about something else": {slack.Approve, ledger.Waiting, func(a *ledger.Action) { a.Finding.Check = "build-privileged" }, "action 01K3F7Q2 is about another finding."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t)
			w.found(t, public())
			w.acted(t, c.status, c.change)
			w.later(time.Minute)
			w.press(t, "U012ANN", about(c.verb))
			w.settled(t, "Nothing was done: "+c.says)
			w.expect(t, 0, 0)
		})
	}
}

// Who ended without a word lets others go on, as on a terminal.
func TestWhatBrokeOffIsGoneOnWith(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.found(t, public())
	w.acted(t, ledger.Applying, func(a *ledger.Action) { a.Held = &ledger.Hold{By: "m1", At: start()} })
	w.later(2 * time.Minute)
	w.press(t, "U012ANN", about(slack.Approve))
	w.expect(t, 1, 0)
}

func TestAnActionThatThereIsNot(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.press(t, "U012ANN", about(slack.Approve))
	w.settled(t, "Nothing was done: pipewarden knows no action 01K3F7Q2.")
	w.expect(t, 0, 0)
}

// What the message tells no longer counts once the finding says something else, or is put right.
func TestAFindingThatMovedOn(t *testing.T) {
	t.Parallel()
	changed, fixed := public(), public()
	changed.Severity, fixed.Outcome = finding.Critical, finding.Pass
	for name, c := range map[string]struct {
		news finding.Finding
		says string
	}{
		"changed": {changed, "Nothing was done: the finding says something else since 2026-11-20 09:16:07 UTC. A newer message tells what."},
		"fixed":   {fixed, "Nothing was done: it was put right, which pipewarden saw at 2026-11-20 09:16:07 UTC."},
	} {
		for _, verb := range []slack.Verb{slack.Approve, slack.Reject, slack.Exempt} {
			t.Run(name+" "+string(verb), func(t *testing.T) {
				t.Parallel()
				w := waiting(t)
				w.later(time.Minute)
				w.found(t, c.news)
				w.press(t, "U012ANN", about(verb))
				w.settled(t, c.says)
				w.expect(t, 0, 0)
				if standing, err := w.Ledger.Standing(t.Context()); err != nil || len(standing.Exemptions) > 0 {
					t.Errorf("%v, %v", standing.Exemptions, err)
				}
			})
		}
	}
}

// To undo what was done does not depend on what is found now: it is put right, after all.
func TestUndoOfWhatIsPutRight(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.found(t, public())
	fixed := public()
	fixed.Outcome = finding.Pass
	w.found(t, fixed)
	w.acted(t, ledger.Applied, nil)
	w.press(t, "U012ANN", about(slack.Undo))
	w.expect(t, 1, 0)
}

func TestExemptWhatThereIsNot(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.press(t, "U012ANN", about(slack.Exempt))
	w.settled(t, "Nothing was done: pipewarden knows no finding "+public().ID()+" any more.")
}

// A message that says of which revision it is not, as older ones do, counts as long as the finding is open.
func TestAMessageWithoutARevision(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	p := about(slack.Approve)
	p.Revision = 0
	w.press(t, "U012ANN", p)
	w.expect(t, 1, 0)
}

// Once the remediator has worked off a decision, the next one about the same action is told how it stands.
func TestAfterADecision(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.press(t, "U012ANN", about(slack.Approve))
	w.later(time.Second)
	w.posts = nil
	w.press(t, "U012BOB", about(slack.Reject))
	w.settled(t, "Nothing was done: somebody decided a moment ago, and pipewarden is at it.")
	w.later(10 * time.Minute) // and the remediator never came to it
	w.press(t, "U012BOB", about(slack.Reject))
	w.expect(t, 2, 0)
}

// What was approved a moment ago, and is done, may be undone at once.
func TestUndoSoonAfterAnApproval(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	w.press(t, "U012ANN", about(slack.Approve))
	a, err := w.Ledger.Action(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	a.Status, a.By, a.Applied = ledger.Applied, ann, start()
	if _, err := w.Ledger.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.later(time.Second)
	w.press(t, "U012BOB", about(slack.Undo))
	w.expect(t, 2, 0)
}
