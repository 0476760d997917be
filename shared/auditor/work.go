package auditor

import (
	"context"
	"errors"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// work is a message as it was read: one of a look, a step of a sweep, an upkeep, and an event.
type work struct {
	queue.Message
	look   *queue.Look
	step   *queue.Step
	upkeep bool
	event  *event.Event
	fault  error  // why it is none of them
	of     string // the account that it is about; "": none
}

// opened reads messages, each once.
func opened(messages []queue.Message) []work {
	all := make([]work, 0, len(messages))
	for _, m := range messages {
		all = append(all, open(m))
	}
	return all
}

func open(m queue.Message) work {
	if look, ok := queue.ParseLook(m.Body); ok {
		return work{Message: m, look: &look, of: look.Refs[0].Account}
	}
	if step, ok := queue.ParseStep(m.Body); ok {
		return work{Message: m, step: &step, of: step.Account}
	}
	if _, ok := queue.ParseUpkeep(m.Body); ok {
		return work{Message: m, upkeep: true}
	}
	ev, err := event.Decode([]byte(m.Body))
	if err != nil {
		return work{Message: m, fault: err}
	}
	return work{Message: m, event: ev, of: ev.Account}
}

// lookedAt are the resources that messages ask to look at, by their accounts in the order of the messages.
func lookedAt(works []work) (accounts []string, refs map[string][]resource.Ref) {
	refs = map[string][]resource.Ref{}
	for _, w := range works {
		if w.look == nil {
			continue
		}
		if refs[w.of] == nil {
			accounts = append(accounts, w.of)
		}
		refs[w.of] = append(refs[w.of], w.look.Refs...)
	}
	for account, all := range refs {
		refs[account] = unique(all)
	}
	return accounts, refs
}

const (
	// enough is the time that a message takes at most, as a rule: one that asks for ten resources, of which each leads to findings.
	enough = 20 * time.Second
	// least is what readings may take for one message, however many others wait.
	least = 15 * time.Second
	// spare is what is left for writing down what was read.
	spare = 5 * time.Second
	// hasty is what readings may take at their last try in an account that let others wait in vain.
	hasty = time.Second
)

// late says that the function may be ended before another message is worked off. Then all of its messages would come again, and each
// such end is an error that people are told of.
func (a *Auditor) late(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && end.Sub(a.Now()) < enough
}

// errSlow says that an account was waited for long enough.
var errSlow = errors.New("an earlier message waited in vain for this account")

// turn works off one message. What it reads in an account may take a share of the time that there is, so that one account which does not
// answer costs the others no more: as long as any of those wait, its own other messages go back at once. What was read is written down
// without that limit.
func (b *batch) turn(ctx context.Context, w work, rest []work) error {
	others := 0
	for _, other := range rest {
		if other.of != w.of && !b.slow[other.of] {
			others++
		}
	}
	hurries := b.slow[w.of] && others > 0
	if hurries && w.Receives < b.LastTry {
		return errSlow
	}
	reading, done := b.reading(ctx, others, hurries)
	defer done()
	err := b.work(reading, w)
	if w.of != "" && reading.Err() != nil {
		b.slow[w.of] = true
	}
	return err
}

// wholeKey is where a limited context keeps the one that it limits.
type wholeKey struct{}

// reading limits what may be read for a message, while so many of other accounts wait.
func (b *batch) reading(ctx context.Context, others int, hurries bool) (context.Context, context.CancelFunc) {
	end, ends := ctx.Deadline()
	if !ends {
		return ctx, func() {}
	}
	left := end.Sub(b.Now()) - spare
	share := min(max(least, left/time.Duration(others+1)), left)
	if hurries {
		share = hasty
	}
	return context.WithTimeout(context.WithValue(ctx, wholeKey{}, ctx), share)
}

// whole is a context without the limit on readings.
func whole(ctx context.Context) context.Context {
	if all, ok := ctx.Value(wholeKey{}).(context.Context); ok {
		return all
	}
	return ctx
}
