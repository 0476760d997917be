package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// ErrClosed says that an account is suspended or closed, or left while it was looked into.
var ErrClosed = errors.New("nothing can be done in it, and nothing is judged")

// Gone says whether a refusal comes of an account that was suspended, or left the organisation, after it was entered: ErrClosed then, else nil.
// Credentials that were given before are good for up to an hour, and whatever is read with them is refused.
func (e *Engine) Gone(ctx context.Context, account string, refusal error) error {
	if e.Closed == nil || !awserr.IsTurnedAway(refusal) {
		return nil
	}
	return e.Closed(ctx, account)
}

// gone says so of a reading, and of what it lacks. What is read elsewhere for the sake of an event ends nothing: the event is of another account.
func (b *Batch) gone(ctx context.Context, pass check.Pass, state any, err error) error {
	if pass.Event != nil && pass.Event.Account != pass.Ref.Account {
		return nil
	}
	for _, refusal := range append(resource.Faults(state), err) {
		if gone := b.engine.Gone(ctx, pass.Ref.Account, refusal); gone != nil {
			return gone
		}
	}
	return nil
}

// UnreachableError says that an account which is to be watched lets nobody in.
type UnreachableError struct {
	Account string
	Why     string // for people, without a full stop
	Err     error
}

func (e *UnreachableError) Error() string { return e.Why }

func (e *UnreachableError) Unwrap() error { return e.Err }

// reached says whether an account can be looked into. Where it cannot, that is one finding of the account, and not one of everything in it.
func (b *Batch) reached(ctx context.Context, result *Result, account, region string) (bool, error) {
	if b.engine.Config == nil {
		return true, nil
	}
	_, err := b.engine.config(ctx, resource.Ref{Account: account, Region: region}, "")
	var closed *UnreachableError
	switch {
	case errors.As(err, &closed):
		if awserr.IsPassing(err) {
			result.Passing = errors.Join(result.Passing, err)
		}
		b.shut(ctx, result, closed)
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// shut reports an account that lets nobody in, by the checks that tell of it.
func (b *Batch) shut(ctx context.Context, result *Result, why *UnreachableError) {
	for _, c := range b.engine.Checks {
		if !c.Access {
			continue
		}
		pass := check.Pass{Ref: resource.Ref{Kind: c.Reads.Kind(), ID: why.Account, Account: why.Account}, Basis: finding.State}
		b.report(result, c, pass, func(p *check.Pass) {
			if idle := b.groundUntagged(ctx, pass.Ref).idle(c); idle != "" {
				p.Skip(idle)
				return
			}
			p.Unknown("What account "+why.Account+" holds", why)
		})
	}
}

// ours holds an event against where it came from: EventBridge says from which account it brings it, and CloudTrail for which one it wrote
// the record.
func (b *Batch) ours(ctx context.Context, result *Result, ev *event.Event) (reached bool, err error) {
	if b.engine.Config == nil {
		return true, nil
	}
	if ev.From != "" && ev.From != ev.Account {
		return false, fmt.Errorf("event %s from account %.20q claims to be of account %.20q: %w", ev.ID, ev.From, ev.Account, ErrForeign)
	}
	if reached, err = b.reached(ctx, result, ev.Account, ev.Region); err != nil {
		return false, fmt.Errorf("event %s from account %.20q: %w", ev.ID, ev.Account, err)
	}
	return reached, nil
}
