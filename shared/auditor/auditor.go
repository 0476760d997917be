// Package auditor turns messages into findings: judge, record, order the remedy, tell people.
package auditor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Auditor holds what a function needs to work off its queue.
type Auditor struct {
	Engine      *engine.Engine
	Ledger      *ledger.Ledger
	Settings    *settings.Settings
	Topic       announce.Publisher
	Orders      queue.Sender // to the remediator
	Looks       queue.Sender // back to the auditor's own queue
	Exports     queue.Sender // to the exporter; nil: nothing is exported
	Count       *telemetry.Counter
	Log         *slog.Logger
	Now         func() time.Time
	Account     string                                                  // in which it was deployed
	AccountName string                                                  // shown beside the account id; may be empty
	Partition   string                                                  // "": aws
	SignIn      func(ctx context.Context, account, region string) error // gets into an account anew, so that a region tells of it; nil: no region is expected to
	Instance    string                                                  // what tells this process from others of the function
	// LastTry is the receive at which a message is judged with what can be read, where it would else be tried again.
	LastTry int

	standing ledger.Standing           // what people decided
	heeded   time.Time                 // when that was read; zero: never
	places   map[string]settings.Place // where accounts lie, as far as that was asked for since
	tallies  map[region]map[string]ledger.Count
}

// Handle works off messages and gives the IDs of those that must be delivered again. One that cannot be read is
// counted, kept and not asked for again: it must not hold up its neighbours.
func (a *Auditor) Handle(ctx context.Context, messages []queue.Message) []string {
	var again []string
	if err := a.heed(ctx); err != nil {
		a.Log.Error("nothing is judged as long as it is not known what people decided", "error", err.Error())
		for _, m := range messages {
			again = append(again, m.ID)
		}
		return again
	}
	works := opened(messages)
	b := a.newBatch(map[string]bool{})
	b.ahead(ctx, works)
	for i, w := range works {
		if a.late(ctx) {
			for _, rest := range works[i:] {
				a.Count.Add(telemetry.Retried, 1)
				again = append(again, rest.ID)
			}
			a.Log.Warn("no time is left: messages go back to the queue", "messages", len(works)-i)
			break
		}
		a.Count.Add(telemetry.Events, 1)
		if err := b.turn(ctx, w, works[i+1:]); err != nil {
			a.Count.Add(telemetry.Retried, 1)
			a.Log.Warn("message goes back to the queue", "message", w.ID, "account", w.of, "error", err.Error())
			again = append(again, w.ID)
			// What was read for a message that broke may be what broke it: the next message starts anew.
			b = a.newBatch(b.slow)
		}
	}
	a.writeTallies(ctx)
	if err := a.Count.Flush(); err != nil {
		a.Log.Error("write metrics", "error", err.Error())
	}
	return again
}

// work does what a message asks for. The context limits what is read in its account, and not what is written down of it.
func (b *batch) work(ctx context.Context, w work) error {
	switch {
	case w.look != nil:
		return b.lookAt(ctx, w)
	case w.step != nil:
		return b.step(ctx, w)
	case w.upkeep:
		return b.keepUp(whole(ctx))
	case w.fault != nil:
		return b.keep(whole(ctx), w.Message, telemetry.Undecodable, w.fault)
	}
	result, err := b.judge.Judge(ctx, w.event)
	if result.Woken == 0 && err == nil {
		b.Count.Add(telemetry.Ignored, 1)
	}
	ctx = whole(ctx)
	if err := b.settle(ctx, w.Message, judged{w.event.Account, w.event, result}, err); err != nil {
		return err
	}
	if err := b.learn(ctx, result, w.event); err != nil {
		return err
	}
	return b.travel(ctx, result, w.event)
}

// lookAt judges resources as they are now.
func (b *batch) lookAt(ctx context.Context, w work) error {
	var all []error
	for _, ref := range w.look.Refs {
		result, err := b.judge.Look(ctx, ref, w.look.Cause)
		if errors.Is(err, engine.ErrUnjudged) {
			// The inventory may still name what the settings have switched off since.
			b.Count.Add(telemetry.Ignored, 1)
			continue
		}
		err = b.settle(whole(ctx), w.Message, judged{ref.Account, w.look.Cause, result}, err)
		if err == nil && w.look.Cause == nil {
			b.tally(whole(ctx), result.Findings)
		}
		all = append(all, err, b.learn(whole(ctx), result, w.look.Cause))
	}
	return errors.Join(all...)
}

// judged is what came of an event or a look, in which account, and what caused it; nil in a sweep.
type judged struct {
	account string
	cause   *event.Event
	engine.Result
}

// settle brings what was judged to the ledger and to people.
func (b *batch) settle(ctx context.Context, m queue.Message, result judged, err error) error {
	switch {
	case errors.Is(err, engine.ErrForeign):
		return b.foreign(ctx, m, result, err)
	case errors.Is(err, engine.ErrClosed):
		b.Count.Add(telemetry.Ignored, 1)
		b.Log.Info("nothing is judged in an account that is closed", "account", result.account, "message", m.ID)
		return nil
	case err != nil:
		return err
	}
	if result.Passing != nil && m.Receives < b.LastTry {
		return fmt.Errorf("read again later: %w", result.Passing)
	}
	if err := b.inventory(ctx, result.Result, result.cause); err != nil {
		return err
	}
	return b.record(ctx, m.ID, result.Findings)
}

// foreign keeps of somebody else's event who, what and when: what was sent and answered there is none of ours to store.
func (a *Auditor) foreign(ctx context.Context, m queue.Message, result judged, err error) error {
	if result.cause != nil {
		raw, fault := json.Marshal(queue.Trimmed(result.cause))
		if fault != nil {
			return fmt.Errorf("encode event %s: %w", result.cause.ID, fault)
		}
		m.Body = string(raw)
	}
	return a.keep(ctx, m, telemetry.Foreign, fmt.Errorf("account %.20q: %w", result.account, err))
}

// keep puts a message aside that cannot be judged, for people to look at.
func (a *Auditor) keep(ctx context.Context, m queue.Message, why telemetry.Metric, reason error) error {
	sum := sha256.Sum256([]byte(m.Body))
	id := hex.EncodeToString(sum[:16])
	a.Count.Add(why, 1)
	a.Log.Error("message kept aside", "message", m.ID, "kept", id, "why", string(why), "error", reason.Error())
	return a.Ledger.Keep(ctx, ledger.Kept{ID: id, Reason: reason.Error(), Body: []byte(m.Body), At: a.Now()})
}

// travel wakes whatever uses the resources that changed.
func (a *Auditor) travel(ctx context.Context, result engine.Result, cause *event.Event) error {
	if len(result.Travel) == 0 {
		return nil
	}
	return queue.SendJSON(ctx, a.Looks, 0, queue.Looks(unique(result.Travel), queue.Trimmed(cause))...)
}

func unique(refs []resource.Ref) []resource.Ref {
	seen := map[resource.Ref]bool{}
	var out []resource.Ref
	for _, ref := range refs {
		if !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

func (a *Auditor) newBatch(slow map[string]bool) *batch {
	b := &batch{Auditor: a, views: map[string]*ledger.View{}, slow: slow}
	b.judge = a.Engine.Batch(b.recall)
	return b
}
