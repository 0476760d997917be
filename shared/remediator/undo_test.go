package remediator_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestAnUndoingInVainLeavesWhoDidIt(t *testing.T) {
	t.Parallel()
	for name, hinder := range map[string]func(*testing.T, *world, *remediator.Remediator){
		"moved": func(_ *testing.T, w *world, _ *remediator.Remediator) { w.state = "painted" },
		"stopped": func(t *testing.T, _ *world, r *remediator.Remediator) {
			t.Helper()
			if _, err := r.Ledger.SetStop(t.Context(), ledger.Stop{On: true, By: "bob"}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			r := w.remediator(settings.Apply)
			r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
			hinder(t, w, r)
			r.Handle(t.Context(), []queue.Message{from("", "undo", `,"reason":"no"`)})
			if a := w.action(t); a.Status != ledger.Applied || a.By != "pipewarden" || a.Reason != "" || a.Error == "" {
				t.Errorf("%s by %q (%q): %s", a.Status, a.By, a.Reason, a.Error)
			}
		})
	}
}

func TestAnUndoingForgetsTheOneInVain(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.state = "painted"
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err == nil {
		t.Fatal("undone")
	}
	w.state = "closed"
	rem := *r.Remedies[0]
	back := rem.Undo
	rem.Undo = func(ctx context.Context, cfg aws.Config, p remedy.Plan, force bool) error {
		if a := w.action(t); a.Status != ledger.Undoing || a.Error != "" {
			t.Errorf("%s: %s", a.Status, a.Error)
		}
		return back(ctx, cfg, p, force)
	}
	r.Remedies = []*remedy.Remedy{&rem}
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err != nil {
		t.Error(err)
	}
}

func TestAStopAfterAnUndoing(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	rem := *r.Remedies[0]
	plain := r.Remedies
	ctx, end := context.WithCancel(t.Context())
	rem.Undo = func(context.Context, aws.Config, remedy.Plan, bool) error {
		w.state = "open"
		w.writes++
		end() // the function ends
		return context.Canceled
	}
	r.Remedies = []*remedy.Remedy{&rem}
	if again := r.Handle(ctx, []queue.Message{from("", "undo", "")}); len(again) != 1 {
		t.Fatal("it did not end")
	}
	w.expect(t, ledger.Undoing, "open", 2, 1)
	if _, err := r.Ledger.SetStop(t.Context(), ledger.Stop{On: true, By: "bob"}); err != nil {
		t.Fatal(err)
	}
	r.Remedies = plain
	r.Handle(t.Context(), []queue.Message{from("", "undo", "")})
	w.expect(t, ledger.Undone, "open", 2, 2)
}

// What failed half done can be put back as far as it got; what failed before it began cannot.
func TestUndoOfWhatFailed(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	w.refuse, w.half = awstest.Error("AccessDenied"), true
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Failed, "closed", 1, 1)
	if !strings.Contains(w.mails[0], "pipewarden undo 01K3F7Q2") {
		t.Errorf("the message does not say how to undo it:\n%s", w.mails[0])
	}
	w.half = false
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err == nil {
		t.Fatal("undone although AWS refuses")
	}
	w.expect(t, ledger.Failed, "closed", 2, 1)
	w.refuse = nil
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	w.expect(t, ledger.Undone, "open", 3, 2)

	w = open()
	r = w.remediator(settings.Apply)
	w.blind = errors.New("no way to the account")
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Failed, "open", 0, 1)
	if strings.Contains(w.mails[0], "pipewarden undo") {
		t.Errorf("the message offers to undo what was not done:\n%s", w.mails[0])
	}
	w.blind = nil
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err == nil || !strings.Contains(err.Error(), "nothing to undo") {
		t.Errorf("%v", err)
	}
}
