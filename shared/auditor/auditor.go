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
	Account     string // in which it was deployed
	AccountName string // shown beside the account id; may be empty
	Partition   string // "": aws
	// LastTry is the receive at which a message is judged with what can be read, where it would else be tried again.
	LastTry int

	standing ledger.Standing // what people decided
	heeded   time.Time       // when that was read; zero: never
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
	b := a.newBatch()
	b.ahead(ctx, lookedAt(messages))
	for i, m := range messages {
		if a.late(ctx) {
			for _, rest := range messages[i:] {
				a.Count.Add(telemetry.Retried, 1)
				again = append(again, rest.ID)
			}
			a.Log.Warn("no time is left: messages go back to the queue", "messages", len(messages)-i)
			break
		}
		a.Count.Add(telemetry.Events, 1)
		if err := a.one(ctx, b, m); err != nil {
			a.Count.Add(telemetry.Retried, 1)
			a.Log.Warn("message goes back to the queue", "message", m.ID, "error", err.Error())
			again = append(again, m.ID)
			// What was read for a message that broke may be what broke it: the next message starts anew.
			b = a.newBatch()
		}
	}
	if err := a.Count.Flush(); err != nil {
		a.Log.Error("write metrics", "error", err.Error())
	}
	return again
}

// lookedAt are the resources that messages ask to look at.
func lookedAt(messages []queue.Message) []resource.Ref {
	var refs []resource.Ref
	for _, m := range messages {
		if look, ok := queue.ParseLook(m.Body); ok {
			refs = append(refs, look.Refs...)
		}
	}
	return unique(refs)
}

// enough is the time that a message takes at most, as a rule: one that asks for ten resources, of which each leads to findings.
const enough = 20 * time.Second

// late says that the function may be ended before another message is worked off. Then all of its messages would come again, and each
// such end is an error that people are told of.
func (a *Auditor) late(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && end.Sub(a.Now()) < enough
}

func (a *Auditor) one(ctx context.Context, b *batch, m queue.Message) error {
	if look, ok := queue.ParseLook(m.Body); ok {
		var all []error
		for _, ref := range look.Refs {
			result, err := b.judge.Look(ctx, ref, look.Cause)
			if errors.Is(err, engine.ErrUnjudged) {
				// The inventory may still name what the settings have switched off since.
				a.Count.Add(telemetry.Ignored, 1)
				continue
			}
			all = append(all, a.settle(ctx, b, m, judged{ref.Account, look.Cause, result}, err), b.learn(ctx, result, look.Cause))
		}
		return errors.Join(all...)
	}
	if upkeep, ok := queue.ParseUpkeep(m.Body); ok {
		return a.keepUp(ctx, upkeep)
	}
	ev, err := event.Decode([]byte(m.Body))
	if err != nil {
		return a.keep(ctx, m, telemetry.Undecodable, err)
	}
	result, err := b.judge.Judge(ctx, ev)
	if result.Woken == 0 && err == nil {
		a.Count.Add(telemetry.Ignored, 1)
	}
	if err := a.settle(ctx, b, m, judged{ev.Account, ev, result}, err); err != nil {
		return err
	}
	if err := b.learn(ctx, result, ev); err != nil {
		return err
	}
	return a.travel(ctx, result, ev)
}

// judged is what came of an event or a look, in which account, and what caused it; nil in a sweep.
type judged struct {
	account string
	cause   *event.Event
	engine.Result
}

// settle brings what was judged to the ledger and to people.
func (a *Auditor) settle(ctx context.Context, b *batch, m queue.Message, result judged, err error) error {
	switch {
	case errors.Is(err, engine.ErrForeign):
		return a.foreign(ctx, m, result, err)
	case errors.Is(err, engine.ErrClosed):
		a.Count.Add(telemetry.Ignored, 1)
		a.Log.Info("nothing is judged in an account that is closed", "account", result.account, "message", m.ID)
		return nil
	case err != nil:
		return err
	}
	if result.Passing != nil && m.Receives < a.LastTry {
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

func (a *Auditor) newBatch() *batch {
	b := &batch{Auditor: a, views: map[string]*ledger.View{}}
	b.judge = a.Engine.Batch(b.recall)
	return b
}
