package auditor

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Settle is how long looks wait at kinds that count only while something uses them: by then the readings of their users have brought the
// inventory up to date.
const Settle = 2 * time.Minute

// How much a step lists before it sends the next, which goes on from there.
const (
	someResources = 100
	someOf        = 3 // one part in so many of the time that there is: a call may take longer than the ones before
)

// sources are the kinds that a leg lists, in their order: those that count only while something uses them come last, and resources that have
// no region in the first region of the account.
func (l *listing) sources() []resource.Source {
	var first, last []resource.Source
	for _, source := range l.Engine.Sources() {
		chosen := len(l.leg.Only) == 0 || slices.Contains(l.leg.Only, source.Kind())
		switch {
		case !source.Lists() || !chosen || l.leg.Order > 0 && source.Everywhere():
		case source.NeedsUse():
			last = append(last, source)
		default:
			first = append(first, source)
		}
	}
	return append(first, last...)
}

// at is where a listing is: with which kind, and with which of its pages.
type at struct {
	kind, page string
	anew       bool
}

// kinds lists one kind after another until it listed enough, and gives where to go on; nil: all are listed. What cannot be listed does not hold
// up the others: it is noted, and what may pass is tried again by a step that begins with it.
func (l *listing) kinds(ctx context.Context) (*at, error) {
	all := l.sources()
	here := at{l.asked.Kind, l.asked.Page, l.asked.Anew}
	i := slices.IndexFunc(all, func(s resource.Source) bool { return s.Kind() == here.kind })
	if i < 0 { // none is named, or one that the version which is deployed by now does not list
		i, here = 0, at{}
	}
	for i < len(all) {
		if here.kind = all[i].Kind(); l.enough(ctx) {
			return &here, nil
		}
		next, fault, err := l.page(ctx, all[i], here)
		if fault != nil {
			var over bool
			if over, err = l.lack(ctx, here.kind, fault); over {
				return &here, nil
			}
		}
		if err != nil {
			return nil, err
		}
		if here = next; here.kind == "" {
			i++
		}
	}
	return nil, nil
}

// lack notes a kind that cannot be listed. What may pass it leaves to the next step, where this one did anything, or to the next try.
// It fails where nothing can be listed any more: in an account that was closed meanwhile.
func (l *listing) lack(ctx context.Context, kind string, fault error) (over bool, err error) {
	if gone := l.Engine.Gone(whole(ctx), l.asked.Account, fault); gone != nil {
		return false, gone
	}
	if awserr.IsPassing(fault) || ctx.Err() != nil {
		if l.made {
			return true, nil
		}
		if !l.last {
			return false, fault
		}
	}
	l.Log.Warn("a kind cannot be listed", "kind", kind, "account", l.asked.Account, "region", l.asked.Region, "error", fault.Error())
	l.lacks, l.made = append(l.lacks, queue.Unlisted{Kind: kind, Why: awserr.Reason(fault)}), true
	return false, nil
}

// enough says whether this step is to end here.
func (l *listing) enough(ctx context.Context) bool {
	if !l.made {
		return false
	}
	end, ends := ctx.Deadline()
	return l.found >= someResources || ctx.Err() != nil || ends && l.Now().Sub(l.begun) >= end.Sub(l.begun)/someOf
}

// page lists one page of a kind, asks to look at what is on it, and gives the page after it; none after the last. A fault is why it cannot be
// listed.
func (l *listing) page(ctx context.Context, source resource.Source, here at) (next at, fault, err error) {
	in := resource.Ref{Kind: here.kind, Account: l.asked.Account, Region: l.asked.Region}
	refs, page, fault := resource.Page(ctx, source, l.cfg, in, here.page, 1)
	if err := l.ask(whole(ctx), source, refs); err != nil {
		return at{}, nil, err
	}
	var refused *resource.PageError
	switch {
	case errors.As(fault, &refused) && !here.anew && !awserr.IsPassing(fault) && !awserr.IsDenied(fault):
		return at{kind: here.kind, anew: true}, nil, nil // names of pages expire
	case fault != nil && !absent(fault):
		return at{}, fault, nil
	}
	if l.made = true; page != "" {
		next = at{here.kind, page, here.anew}
	}
	return next, nil, nil
}

// ask has resources looked at.
func (l *listing) ask(ctx context.Context, source resource.Source, refs []resource.Ref) error {
	if l.leg.Order > 0 {
		refs = slices.DeleteFunc(refs, func(ref resource.Ref) bool { return ref.Region == "" })
	}
	if len(refs) == 0 {
		return nil
	}
	var delay time.Duration
	if source.NeedsUse() {
		delay = Settle
	}
	l.found += len(refs)
	return queue.SendJSON(ctx, l.Looks, delay, queue.Looks(refs, nil)...)
}

// absent says that the service has no address in the region: it is not offered there, so that there is nothing to list.
func absent(err error) bool {
	var unknown *net.DNSError
	return errors.As(err, &unknown) && unknown.IsNotFound
}

// end sends the step that comes next, in this leg or in the one after it, and then writes down that this one is done. What the steps of a leg
// found goes along with them, so that none of it is missing where one of them was never written down.
func (l *listing) end(ctx context.Context, next *at, why string) error {
	leg, found, err := l.Ledger.Leg(ctx, l.asked.Account, l.asked.Region)
	if err != nil || !found || !pending(leg, l.asked) {
		return err // the same message was worked off twice at the same time, and the other is done
	}
	so := l.asked
	so.Number, so.Found, so.Unlisted = so.Number+1, so.Found+l.found, slices.Concat(so.Unlisted, l.lacks)
	if next != nil {
		so.Kind, so.Page, so.Anew = next.kind, next.page, next.anew
		err = l.send(ctx, so)
	} else {
		err = l.goOn(ctx)
	}
	if err != nil {
		return err
	}
	_, err = l.Ledger.Advance(ctx, l.leg, l.asked.Number, func(leg *ledger.Leg) {
		leg.Kind, leg.Resources, leg.Unlisted = so.Kind, so.Found, nil
		for _, one := range so.Unlisted {
			leg.Unlisted = append(leg.Unlisted, ledger.Unlisted(one))
		}
		if next == nil {
			leg.Kind, leg.Why, leg.Ended = "", why, l.Now().UTC()
		}
	})
	l.Log.Info("listed", "sweep", so.Sweep, "account", so.Account, "region", so.Region, "step", l.asked.Number, "resources", l.found, "ended", next == nil)
	return err
}

// goOn begins with the leg after this one, if there is one.
func (l *listing) goOn(ctx context.Context) error {
	legs, err := l.walk(ctx)
	if err != nil {
		return err
	}
	for _, leg := range legs {
		if leg.Order > l.leg.Order && leg.Ended.IsZero() {
			return l.send(ctx, queue.Step{Sweep: leg.Sweep, Account: leg.Account, Region: leg.Region, Number: 1})
		}
	}
	return nil
}

// send puts a step into the queue, to be seen after a while.
func (l *listing) send(ctx context.Context, s queue.Step) error {
	delay := l.pause().Truncate(time.Second)
	s.Pause = delay
	s.Due = l.Now().UTC().Add(delay)
	return queue.SendJSON(ctx, l.Looks, delay, s)
}

// How long the next step waits. Events come through the same queue, and must not wait behind a sweep: what a step found is to be looked at
// before the next, and where steps themselves come late, so much waits that all accounts go slower. Half of the last pause is kept, for what
// slows down later does so as well.
const (
	perResource = 100 * time.Millisecond
	longestWait = time.Minute
	punctual    = 5 * time.Second  // how late a step may come without that: batches wait for company
	forLateness = 30               // times as long as it came late
	mostDelay   = 15 * time.Minute // that SQS takes (Amazon SQS Developer Guide, "Amazon SQS message quotas")
)

func (l *listing) pause() time.Duration {
	wait := min(time.Duration(l.found)*perResource, longestWait)
	if l.asked.Due.IsZero() || l.again {
		return wait
	}
	late := max(0, l.begun.Sub(l.asked.Due)-punctual)
	slowly := min(forLateness*late, mostDelay)
	return max(wait, (l.asked.Pause+max(wait, slowly))/2)
}
