package auditor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// settled is how long after an event the service may still write down the change that it tells of.
const settled = 5 * time.Second

// learn keeps what later events are to be judged by: what checks noted, and the definitions that were found. Those count as trusted that
// somebody left behind who is known: MFA was proven, or a machine made the change. One that was changed again since is left to the event
// of that change. Of what nobody is known to have left behind only the first is kept, to have something to compare with.
func (b *batch) learn(ctx context.Context, result engine.Result, ev *event.Event) error {
	all := []error{b.remember(ctx, result.Notes)}
	for _, d := range result.Defined {
		found := ledger.Definition{Body: d.Body, How: ledger.FirstSeen, At: b.Now()}
		if how := result.Actor.Vouches(); how != "" && ev != nil && !d.Changed.After(ev.Time.Add(settled)) {
			found.By, found.How, found.Event, found.At = result.Actor.Actor.ARN, how, ev.ID, ev.Time
		}
		view, err := b.view(ctx, resource.Ref(ledger.Part(finding.Resource(d.Ref), d.Part)))
		if err == nil {
			err = view.Trust(ctx, found)
		}
		if errors.Is(err, ledger.ErrTooLarge) {
			b.Log.Warn("definition is too large to keep", "resource", view.Resource.Key())
			continue
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// remember writes notes down. What the engine remembered of the resources that they are about was read before.
func (b *batch) remember(ctx context.Context, notes []check.Note) error {
	var all []error
	for _, n := range notes {
		err := b.jot(ctx, n)
		if err == nil && n.Topic == heartbeat.Topic && n.About.Account == b.Account && b.Now().Sub(n.At) <= heartbeat.Late {
			b.Count.Add(telemetry.Heartbeat, 1)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (b *batch) jot(ctx context.Context, n check.Note) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	view, err := b.view(ctx, n.About)
	if err != nil {
		return err
	}
	b.judge.Forget(n.About)
	return view.Note(ctx, ledger.Note{Topic: n.Topic, Key: n.Key, Body: body, At: n.At, Until: n.At.Add(n.Keep)})
}

// recall gives the engine what the ledger knows of a resource.
func (b *batch) recall(ctx context.Context, ref resource.Ref, compared bool) (check.Memory, error) {
	ctx = whole(ctx) // the ledger is not what is waited for
	view, err := b.view(ctx, ref)
	if err != nil {
		return check.Memory{}, err
	}
	memory := check.Memory{Complete: true}
	for _, use := range view.Uses() {
		memory.Used = append(memory.Used, resource.Use{User: resource.Ref(use.User), As: use.As})
	}
	for _, kept := range view.Notes() {
		var n check.Note
		if err := json.Unmarshal(kept.Body, &n); err != nil {
			return check.Memory{}, fmt.Errorf("recall note %s %s: %w", kept.Topic, kept.Key, err)
		}
		memory.Notes = append(memory.Notes, n)
	}
	if compared {
		memory.Before, err = b.before(ctx, view)
	}
	return memory, err
}

// before is the definition that the next one is compared with. That there is none costs no call.
func (b *batch) before(ctx context.Context, view *ledger.View) (*check.Definition, error) {
	last, found, err := view.LastTrusted(ctx)
	if err != nil || !found {
		return nil, err
	}
	return &check.Definition{Body: resource.SealText(last.Body), By: last.By, How: last.How, Trusted: last.How != ledger.FirstSeen, At: last.At}, nil
}
