package auditor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// inventory writes down what the resources that were read lean on. What is gone leans on nothing. Without a cause a sweep led there.
func (b *batch) inventory(ctx context.Context, result engine.Result, cause *event.Event) error {
	var all []error
	for _, reading := range result.Readings {
		all = append(all, b.lean(ctx, reading, cause))
	}
	for _, ref := range result.Gone {
		all = append(all, b.lean(ctx, engine.Reading{Ref: ref}, cause))
	}
	return errors.Join(all...)
}

// soon is how long a look waits at what came into use: it is asked for before the inventory says so, which a crash in between would hide.
const soon = 10 * time.Second

func (b *batch) lean(ctx context.Context, reading engine.Reading, cause *event.Event) error {
	view, err := b.view(ctx, reading.Ref)
	if err != nil {
		return err
	}
	known, edges := view.Leans(), make([]ledger.Edge, 0, len(reading.Uses))
	for _, use := range reading.Uses {
		edges = append(edges, edgeOf(use))
	}
	refs, err := b.unseen(ctx, reading, known, cause == nil)
	if err == nil && len(refs) > 0 {
		err = queue.SendJSON(ctx, b.Looks, soon, queue.Looks(refs, queue.Trimmed(cause))...)
	}
	if err != nil {
		return err
	}
	if reading.Partial {
		edges = append(edges, untold(known, edges)...)
	}
	if err := view.Lean(ctx, edges); err != nil {
		return err
	}
	// What this batch remembers of their other ends was read before.
	for _, e := range slices.Concat(known, edges) {
		if slices.Contains(known, e) != slices.Contains(edges, e) {
			delete(b.views, e.On.Key())
			b.judge.Forget(resource.Ref(e.On))
		}
	}
	return nil
}

func edgeOf(use resource.Uses) ledger.Edge {
	return ledger.Edge{On: finding.Resource(use.Ref), As: use.As}
}

// unseen are the resources in use that nobody else brings to be judged: those that come into use, because whatever happened to them
// before was nobody's concern, and in a sweep those in other regions, because it lists nothing there. The first of the users asks.
func (b *batch) unseen(ctx context.Context, reading engine.Reading, known []ledger.Edge, sweep bool) ([]resource.Ref, error) {
	var refs []resource.Ref
	for _, use := range reading.Uses {
		comes := !slices.Contains(known, edgeOf(use))
		abroad := use.Ref.Region != "" && use.Ref.Region != reading.Ref.Region
		if !use.Sure || !comes && !(sweep && abroad) || !b.Engine.Judges(use.Ref.Kind) {
			continue
		}
		first, err := b.first(ctx, reading.Ref, use.Ref, comes)
		if err != nil {
			return nil, err
		}
		if first {
			refs = append(refs, use.Ref)
		}
	}
	return unique(refs), nil
}

// first says whether a user is the one who asks: nobody else is known, or it comes first of those who are.
func (b *batch) first(ctx context.Context, user, used resource.Ref, comes bool) (bool, error) {
	view, err := b.view(ctx, used)
	if err != nil {
		return false, err
	}
	users := view.Uses()
	return len(users) == 0 || !comes && users[0].User == finding.Resource(user), nil
}

// untold are the edges that are known and of whose sort a reading in part told none: what falls out of the inventory is not judged
// any more, and that a reading was refused is no reason for it.
func untold(known, told []ledger.Edge) []ledger.Edge {
	return slices.DeleteFunc(slices.Clone(known), func(k ledger.Edge) bool {
		return slices.ContainsFunc(told, func(e ledger.Edge) bool { return e.As == k.As })
	})
}
