package remediator_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/intent"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// intended are the intents that lie in the ledger.
func (w *world) intended(t *testing.T) []intent.Intent {
	t.Helper()
	view, err := ledger.Open(w.store, now).View(t.Context(), finding.Resource(intent.Memory(front.Account)))
	if err != nil {
		t.Fatal(err)
	}
	var all []intent.Intent
	for _, kept := range view.Notes() {
		var n check.Note
		if err := json.Unmarshal(kept.Body, &n); err != nil {
			t.Fatal(err)
		}
		i, ok := intent.Parse(n)
		if !ok || n.At.Before(now()) || n.About != intent.Memory(front.Account) {
			t.Errorf("note %+v", n)
		}
		all = append(all, i)
	}
	return all
}

// granted is the remediator with what the remedy may write, and with a look at what is written down when it does.
func (w *world) granted(t *testing.T, seen *[]int) *remediator.Remediator {
	t.Helper()
	r := w.remediator(settings.Apply)
	rem := *r.Remedies[0]
	rem.Grants = []remedy.Grant{{Action: "doors:OpenDoor"}, {Action: "doors:CloseDoor"}}
	apply, undo := rem.Apply, rem.Undo
	rem.Apply = func(ctx context.Context, cfg aws.Config, plan remedy.Plan) error {
		*seen = append(*seen, len(w.intended(t)))
		return apply(ctx, cfg, plan)
	}
	rem.Undo = func(ctx context.Context, cfg aws.Config, plan remedy.Plan, force bool) error {
		*seen = append(*seen, len(w.intended(t)))
		return undo(ctx, cfg, plan, force)
	}
	r.Remedies = []*remedy.Remedy{&rem}
	return r
}

// What is about to be changed is written down before it is: nothing is changed that is not.
func TestIntentsAreWrittenDownFirst(t *testing.T) {
	t.Parallel()
	w := open()
	var seen []int
	r := w.granted(t, &seen)
	r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
	w.expect(t, ledger.Applied, "closed", 1, 1)
	want := []intent.Intent{{
		Action: "01K3F7Q2", Remedy: "door-close", Resources: []resource.Ref{resource.Ref(front)}, Actions: []string{"doors:CloseDoor", "doors:OpenDoor"},
	}}
	if diff := cmp.Diff(want, w.intended(t)); diff != "" || len(seen) != 1 || seen[0] != 1 {
		t.Errorf("seen %v: %s", seen, diff)
	}
	r.Now = func() time.Time { return now().Add(time.Hour) }
	if _, err := r.Decide(t.Context(), undo("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[1] != 2 {
		t.Errorf("undone before it was written down: %v", seen)
	}
}

func TestProposalsIntendNothing(t *testing.T) {
	t.Parallel()
	w := open()
	w.remediator(settings.Propose).Handle(t.Context(), []queue.Message{order(settings.Propose)})
	if got := w.intended(t); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// Who carries out with their own credentials acts under their own name.
func TestPeopleIntendNothing(t *testing.T) {
	t.Parallel()
	w := open()
	w.remediator(settings.Propose).Handle(t.Context(), []queue.Message{order(settings.Propose)})
	r := w.remediator(settings.Propose)
	r.Own = true
	if _, err := r.Decide(t.Context(), approve("01K3F7Q2")); err != nil {
		t.Fatal(err)
	}
	if got := w.intended(t); len(got) > 0 || w.state != "closed" {
		t.Errorf("%+v, door %s", got, w.state)
	}
}

// noNotes is a store that cannot write notes.
type noNotes struct{ ledger.Store }

func (s noNotes) Put(ctx context.Context, item ledger.Item) error {
	if strings.Contains(string(item.Body), intent.Topic) && strings.Contains(item.PK, intent.Kind) {
		return awstest.Error("ThrottlingException")
	}
	return s.Store.Put(ctx, item)
}

func TestWhatCannotBeWrittenDownIsNotDone(t *testing.T) {
	t.Parallel()
	w := open()
	store := w.store
	w.store = noNotes{store}
	if again := w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 {
		t.Errorf("again %v", again)
	}
	w.expect(t, ledger.Applying, "open", 0, 0)
	w.store = store
	if again := w.remediator(settings.Apply).Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 0 {
		t.Errorf("again %v", again)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
	w.store = noNotes{store}
	later := w.remediator(settings.Apply)
	later.Now = func() time.Time { return now().Add(time.Hour) }
	if _, err := later.Decide(t.Context(), undo("01K3F7Q2")); !awserr.IsThrottled(err) {
		t.Errorf("undone: %v", err)
	}
	w.expect(t, ledger.Applied, "closed", 1, 1)
}
