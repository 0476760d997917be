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
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// touched writes down that remedies changed the door, so many minutes ago, and that somebody undid the last of them.
func (w *world) touched(t *testing.T, undone bool, minutes ...int) {
	t.Helper()
	l := ledger.Open(w.store, now)
	for i, ago := range minutes {
		a, _, err := l.Begin(t.Context(), ledger.Action{ID: strings.Repeat("0", 7) + string(rune('1'+i)), Remedy: "door-close", Resource: front})
		if err == nil {
			a.Applied = now().Add(-time.Duration(ago) * time.Minute)
			if undone && i == len(minutes)-1 {
				a.Undone = a.Applied.Add(time.Second)
			}
			_, err = l.Save(t.Context(), a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnOrderThatWasOvertaken carries out orders that waited in the queue while people decided otherwise.
func TestAnOrderThatWasOvertaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, *world, *settings.Settings)
		status    ledger.Status
		says      string
	}{
		"the same remedy was undone": {func(t *testing.T, w *world, _ *settings.Settings) { t.Helper(); w.touched(t, true, 2) }, ledger.Proposed, "undid"},
		"it was fought over":         {func(t *testing.T, w *world, _ *settings.Settings) { t.Helper(); w.touched(t, false, 30, 20, 10) }, ledger.Refused, "leaves it alone"},
		"it was exempted": {func(_ *testing.T, _ *world, s *settings.Settings) {
			s.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "front", Owner: "ann", Until: settings.Date{Time: now()}}}
		}, ledger.Refused, "ann exempted it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			r := w.remediator(settings.Apply)
			c.meanwhile(t, w, r.Settings)
			r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
			if a := w.expect(t, c.status, "open", 0, 1); !strings.Contains(a.Error, c.says) {
				t.Errorf("error %q", a.Error)
			}
		})
	}
}

func TestWhatIsGoneNeedsNoRemedy(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	w.gone = true
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Needless, "open", 0, 0)
	if view, err := r.Ledger.View(t.Context(), front); err != nil || view.Entries()[0].Open {
		t.Errorf("%v: the finding about what is gone stays open: %+v", err, view.Entries())
	}
}

// What is deleted while it waits, or while it is changed, is no failure either.
func TestWhatGoesMeanwhileNeedsNoRemedy(t *testing.T) {
	t.Parallel()
	w, r := waiting(t)
	w.gone = true
	if a, err := r.Decide(t.Context(), approve("01K3F7Q2")); err != nil || a.Verified != "It no longer exists." {
		t.Errorf("approved: %+v, %v", a, err)
	}
	w.expect(t, ledger.Needless, "open", 0, 0)
	for name, missing := range map[string]bool{"it": true, "something else": false} {
		w = open()
		w.found(t)
		r = w.remediator(settings.Apply)
		rem := *r.Remedies[0]
		rem.Apply = func(context.Context, aws.Config, remedy.Plan) error {
			w.gone = missing
			return awstest.Error("ResourceNotFoundException")
		}
		r.Remedies = []*remedy.Remedy{&rem}
		r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
		if missing {
			w.expect(t, ledger.Needless, "open", 0, 0)
		} else if a := w.expect(t, ledger.Failed, "open", 0, 1); a.Error != "AWS refused the change: it does not exist." {
			t.Errorf("%s is missing: %s", name, a.Error)
		}
	}
	w = open()
	w.found(t)
	r = w.remediator(settings.Apply)
	w.tagless = awstest.Error("ResourceNotFoundException")
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Proposed, "open", 0, 1) // it is there, whatever became of its tags
}

// TestAReadingThatLagsIsWaitedFor reads back what AWS shows a few seconds late.
func TestAReadingThatLagsIsWaitedFor(t *testing.T) {
	t.Parallel()
	for behind, status := range map[int]ledger.Status{1: ledger.Applied, 2: ledger.Applied, 9: ledger.Failed} {
		w := open()
		w.behind = behind
		r := w.remediator(settings.Apply)
		var waited time.Duration
		r.Wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
		r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
		w.expect(t, status, "closed", 1, 1)
		if waited == 0 || waited > 5*time.Second {
			t.Errorf("waited for %s", waited)
		}
	}
	w := open()
	w.behind = 1
	r := w.remediator(settings.Apply)
	r.Wait = func(context.Context, time.Duration) error { return context.Canceled }
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Error("an end of the function in between was taken for a failure")
	}
}

// TestTheLedgersOwnTroubleIsNoFailure meets somebody who writes the same entry at the same time.
func TestTheLedgersOwnTroubleIsNoFailure(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	w.store = crowded{w.store, &w.writes}
	again := w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)})
	if a := w.action(t); len(again) != 1 || a.Status != ledger.Applying || len(w.mails) != 0 {
		t.Errorf("again %v, action %s (%s), mails %v", again, a.Status, a.Error, w.mails)
	}
}

// crowded is a store in which somebody else is always faster with the entries of findings, once the door was closed.
type crowded struct {
	ledger.Store
	writes *int
}

func (c crowded) Put(ctx context.Context, item ledger.Item) error {
	if *c.writes > 0 && strings.HasPrefix(item.SK, "F#") {
		return errors.Join(errors.New("write"), ledger.ErrConflict)
	}
	return c.Store.Put(ctx, item)
}
