package remediator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// copied is the same order in a message of its own.
func copied(id string) queue.Message {
	m := order(settings.Apply)
	m.ID = id
	return m
}

// meanwhile is a topic of which somebody else makes use before a message gets there.
type meanwhile struct {
	*world
	happens func()
}

func (m meanwhile) Publish(ctx context.Context, message announce.Message) error {
	m.happens()
	return m.world.Publish(ctx, message)
}

// Two functions that work off two copies of an order at the same time do it once, and tell it once. The second looks at it again later.
func TestTwoAtOnceDoItOnce(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	one, other := w.remediator(settings.Apply), w.remediator(settings.Apply)
	met := 0
	meet := func() {
		met++
		if again := other.Handle(t.Context(), []queue.Message{copied("m2")}); len(again) != 1 {
			t.Errorf("the second does not look again later: %v", again)
		}
	}
	rem := *one.Remedies[0]
	apply := rem.Apply
	rem.Apply = func(ctx context.Context, cfg aws.Config, plan remedy.Plan) error {
		meet()
		return apply(ctx, cfg, plan)
	}
	one.Remedies, one.Topic = []*remedy.Remedy{&rem}, meanwhile{w, meet}
	if again := one.Handle(t.Context(), []queue.Message{copied("m1")}); len(again) > 0 || met != 2 {
		t.Errorf("again %v, they met %d times", again, met)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
	if again := other.Handle(t.Context(), []queue.Message{copied("m2")}); len(again) > 0 {
		t.Errorf("again %v", again)
	}
	if a := w.expect(t, ledger.Applied, "closed", 1, 1); a.Held != nil {
		t.Errorf("still held by %s", a.Held.By)
	}
}

// Whoever ended without a word goes on at once, and anybody else after a while.
func TestWhoEndedWithoutAWordLetsGo(t *testing.T) {
	t.Parallel()
	w := open()
	w.found(t)
	w.crash = true
	r := w.remediator(settings.Apply)
	r.Handle(t.Context(), []queue.Message{copied("m1")})
	w.crash = false
	last := copied("m2")
	last.Receives = 5
	if again := r.Handle(t.Context(), []queue.Message{last}); len(again) != 1 {
		t.Error("the second does not leave it to the first")
	}
	var taken *remediator.TakenError
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); !errors.As(err, &taken) {
		t.Errorf("approved meanwhile: %v", err)
	}
	undoing := queue.Message{ID: "m3", Receives: 5, Body: `{"decide":"undo","action":"01K3F7Q2","by":"` + ann + `"}`}
	if again := r.Handle(t.Context(), []queue.Message{undoing}); len(again) != 1 {
		t.Error("undone meanwhile")
	}
	w.expect(t, ledger.Applying, "closed", 1, 0)
	r.Now = func() time.Time { return now().Add(2 * time.Minute) }
	if again := r.Handle(t.Context(), []queue.Message{copied("m2")}); len(again) > 0 {
		t.Errorf("again %v", again)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
}

// What somebody else put right between the last look and the write is theirs, and is not told as pipewarden's; what was begun before is its own.
func TestWhoeverWasFasterDidIt(t *testing.T) {
	t.Parallel()
	for _, crashed := range []bool{false, true} {
		w := open()
		w.found(t)
		r := w.remediator(settings.Apply)
		rem := *r.Remedies[0]
		rem.Apply = func(ctx context.Context, _ aws.Config, _ remedy.Plan) error {
			if w.crash {
				return context.Canceled
			}
			w.state = "closed"
			remedy.Already(ctx)
			return nil
		}
		r.Remedies = []*remedy.Remedy{&rem}
		if w.crash = crashed; crashed {
			r.Handle(t.Context(), []queue.Message{copied("m1")})
			w.crash = false
		}
		r.Handle(t.Context(), []queue.Message{copied("m1")})
		if crashed {
			w.expect(t, ledger.Applied, "closed", 0, 1)
		} else if a := w.expect(t, ledger.Needless, "closed", 0, 0); a.Verified != "Somebody else was faster: it is as wanted already." || !a.Applied.IsZero() {
			t.Errorf("%+v", a)
		}
	}
}
