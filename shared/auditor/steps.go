package auditor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// A sweep is a chain of messages for each account: a step lists some resources, asks for looks at them, sends the step after it, and is then
// written down as done. So an account is listed by one call at a time, whatever it holds, and a step that breaks is delivered again.
//
// Whatever ends a step in between loses nothing. Before the next step was sent, all of it is done again: resources that are looked at twice
// change nothing. After that, and before it was written down, it is done again as well, unless the next step was written down by then; it
// sends the next step a second time, of which the later one finds the number of its own written down, and does nothing. Two that run at the
// same moment are the rest: the one that ends later finds that when it looks again before it sends.

// listing is a step under way.
type listing struct {
	*batch
	asked queue.Step
	leg   ledger.Leg
	cfg   aws.Config
	again bool      // it was delivered before
	last  bool      // it is not tried again
	begun time.Time // when this step did
	made  bool      // something was listed, or noted as what cannot be
	found int       // resources
	lacks []queue.Unlisted
}

// step does one step of a sweep.
func (b *batch) step(ctx context.Context, w work) error {
	s := *w.step
	current, err := b.current(whole(ctx), s)
	if err != nil || !current {
		return err
	}
	leg, found, err := b.Ledger.Leg(whole(ctx), s.Account, s.Region)
	if err != nil || !found || !pending(leg, s) {
		return err
	}
	l := &listing{batch: b, asked: s, leg: leg, again: w.Receives > 1, last: w.Receives >= b.LastTry, begun: b.Now()}
	if err := l.enter(ctx); err != nil {
		return l.shut(ctx, err)
	}
	next, err := l.kinds(ctx)
	switch {
	case errors.Is(err, engine.ErrClosed):
		return l.shut(ctx, err)
	case err != nil:
		return err
	}
	return l.end(whole(ctx), next, "")
}

// enter gets the credentials for what is listed. The first step in a region signs in there besides, so that the region tells of it.
func (l *listing) enter(ctx context.Context) (err error) {
	if l.asked.Number == 1 && l.SignIn != nil {
		if err := l.SignIn(ctx, l.asked.Account, l.asked.Region); err != nil {
			return err
		}
	}
	l.cfg, err = l.Engine.Config(ctx, l.asked.Account, l.asked.Region)
	return err
}

// current says whether no later sweep began.
func (b *batch) current(ctx context.Context, s queue.Step) (bool, error) {
	newest, found, err := b.Ledger.NewestSweep(ctx)
	return found && newest.ID == s.Sweep, err
}

// pending says whether a step is still to be done.
func pending(leg ledger.Leg, s queue.Step) bool {
	return leg.Sweep == s.Sweep && leg.Steps < s.Number && leg.Ended.IsZero()
}

// shut ends a leg that cannot be looked into. Of an account which is closed, or is none of ours any more, that is so in each of its regions.
func (l *listing) shut(ctx context.Context, err error) error {
	var closed *engine.UnreachableError
	gone := errors.Is(err, engine.ErrClosed) || errors.Is(err, engine.ErrForeign)
	settled := gone || errors.As(err, &closed) && !awserr.IsPassing(err)
	if !settled && !l.last {
		return err
	}
	ctx = whole(ctx)
	legs, fault := l.walk(ctx)
	if fault != nil {
		return fault
	}
	l.Log.Warn("an account, or one of its regions, cannot be looked into", "account", l.asked.Account, "region", l.asked.Region, "error", err.Error())
	switch {
	case gone:
		return l.close(ctx, legs, err.Error())
	case closed == nil:
		return l.end(ctx, nil, awserr.Reason(err))
	}
	if err := l.knock(ctx, legs, closed.Why); err != nil {
		return err
	}
	return l.end(ctx, nil, closed.Why)
}

// knock has an account looked at that lets nobody in, which says so: once, however many regions it has.
func (l *listing) knock(ctx context.Context, legs []ledger.Leg, why string) error {
	said := slices.ContainsFunc(legs, func(other ledger.Leg) bool { return other.Why == why && other.Region != l.asked.Region })
	if said || !l.Engine.Judges(heartbeat.Kind) {
		return nil
	}
	account := resource.Ref{Kind: heartbeat.Kind, ID: l.asked.Account, Account: l.asked.Account}
	return queue.SendJSON(ctx, l.Looks, 0, queue.Looks([]resource.Ref{account}, nil)...)
}

// walk gives the legs of the account in this sweep, in the order in which they are walked.
func (l *listing) walk(ctx context.Context) ([]ledger.Leg, error) {
	var legs []ledger.Leg
	for leg, err := range l.Ledger.Legs(ctx, l.asked.Account) {
		if err != nil {
			return nil, err
		}
		if leg.Sweep == l.asked.Sweep {
			legs = append(legs, leg)
		}
	}
	slices.SortFunc(legs, func(a, b ledger.Leg) int { return a.Order - b.Order })
	return legs, nil
}

// close ends all legs that are left, for the same reason. This one comes last: as long as it is not written down, the step is done again.
func (l *listing) close(ctx context.Context, legs []ledger.Leg, why string) error {
	over := func(leg *ledger.Leg) { leg.Why, leg.Ended = why, l.Now().UTC() }
	for _, leg := range legs {
		if leg.Region == l.asked.Region {
			continue
		}
		if _, err := l.Ledger.Advance(ctx, leg, leg.Steps+1, over); err != nil {
			return err
		}
	}
	_, err := l.Ledger.Advance(ctx, l.leg, l.asked.Number, over)
	return err
}
