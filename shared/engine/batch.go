package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Reading is one resource as it was found.
type Reading struct {
	Ref   resource.Ref
	State any
	Uses  []resource.Uses // what it leans on
	// Partial says that some of it could not be read, so that Uses may lack what is there.
	Partial bool
	// Definition is what restoring it would take, and Changed when that was last changed; nil when it is not restored.
	Definition []byte
	Changed    time.Time
}

// Result is what one event, or one look, led to.
type Result struct {
	Findings []finding.Finding // of every outcome, passes included
	Readings []Reading
	Gone     []resource.Ref   // what was looked for and does not exist: it leans on nothing any more
	Woken    int              // how many checks the event woke; 0: nobody cares
	Travel   []resource.Ref   // what uses the resources that changed, and is to be looked at again
	Actor    identity.Verdict // who caused the event
	Passing  error            // a reading broke in a way that may pass: try the event again
}

// Batch judges events that arrive together; each resource is read once for all of them.
type Batch struct {
	engine   *Engine
	remember Recall
	readings map[string]lookup
	memories map[string]recollection
}

type lookup struct {
	state any
	err   error
}

type recollection struct {
	memory check.Memory
	err    error
}

// Batch starts a batch. Without recall there is no inventory, and everything counts.
func (e *Engine) Batch(recall Recall) *Batch {
	return &Batch{engine: e, remember: recall, readings: map[string]lookup{}, memories: map[string]recollection{}}
}

// Judge judges one event. It fails only when nothing could be judged at all: ErrForeign, or memory that cannot be had.
func (b *Batch) Judge(ctx context.Context, ev *event.Event) (Result, error) {
	var result Result
	woken := b.engine.index.woken(ev)
	result.Woken = len(woken)
	if len(woken) == 0 {
		return result, nil
	}
	if err := b.ours(ctx, ev); err != nil {
		return result, err
	}
	actor := b.actor(ctx, ev, woken)
	result.Actor = actor
	var kinds []resource.Source
	byKind := map[string][]*check.Check{}
	for _, c := range woken {
		if c.Reads == nil {
			if err := b.act(ctx, &result, c, check.Pass{Event: ev, Actor: actor, Basis: finding.Event, Ref: whole(ev)}); err != nil {
				return result, err
			}
			continue
		}
		if byKind[c.Reads.Kind()] == nil {
			kinds = append(kinds, c.Reads)
		}
		byKind[c.Reads.Kind()] = append(byKind[c.Reads.Kind()], c)
	}
	for _, source := range kinds {
		for _, ref := range source.About(ev) {
			pass := check.Pass{Event: ev, Actor: actor, Ref: ref}
			if err := b.judge(ctx, &result, source, byKind[source.Kind()], pass); err != nil {
				return result, err
			}
		}
		if err := b.through(ctx, &result, source, ev); err != nil {
			return result, err
		}
	}
	return result, nil
}

// Look judges one resource as it is now, by every check that reads its kind. Cause is the event that led there, nil in a sweep.
func (b *Batch) Look(ctx context.Context, ref resource.Ref, cause *event.Event) (Result, error) {
	var result Result
	source, err := b.engine.source(ref.Kind)
	if err != nil {
		return result, err
	}
	checks := b.engine.reading(ref.Kind)
	result.Woken = len(checks)
	pass := check.Pass{Event: cause, Ref: ref}
	if cause != nil {
		pass.Actor = b.actor(ctx, cause, checks)
	}
	return result, b.judge(ctx, &result, source, checks, pass)
}

// Again looks at a resource anew, whatever was read before, and judges it by one check.
func (b *Batch) Again(ctx context.Context, checkID string, ref resource.Ref) ([]finding.Finding, error) {
	for _, c := range b.engine.Checks {
		if c.ID != checkID || c.Reads == nil {
			continue
		}
		delete(b.readings, key(ref))
		var result Result
		err := b.judge(ctx, &result, c.Reads, []*check.Check{c}, check.Pass{Ref: ref})
		return result.Findings, errors.Join(err, result.Passing)
	}
	return nil, nil
}

// act judges what somebody did.
func (b *Batch) act(ctx context.Context, result *Result, c *check.Check, pass check.Pass) error {
	if c.Target != nil {
		pass.Ref = c.Target(pass.Event)
		if !b.engine.WholeAccount {
			memory, err := b.recall(ctx, pass.Ref)
			if err != nil {
				return fmt.Errorf("recall %s %s: %w", pass.Ref.Kind, pass.Ref.ID, err)
			}
			pass.Past = memory
		}
	}
	b.run(result, c, pass)
	return nil
}

// whole names the account and region of an event: what an act is filed under unless its check knows better.
func whole(ev *event.Event) resource.Ref {
	return resource.Ref{Kind: "account", ID: ev.Account, Account: ev.Account, Region: ev.Region}
}

func (b *Batch) ours(ctx context.Context, ev *event.Event) error {
	if b.engine.Config == nil {
		return nil
	}
	if _, err := b.engine.config(ctx, resource.Ref{Account: ev.Account, Region: ev.Region}, ""); err != nil {
		return fmt.Errorf("event %s from account %.20q: %w", ev.ID, ev.Account, err)
	}
	return nil
}

func (b *Batch) judge(ctx context.Context, result *Result, source resource.Source, checks []*check.Check, pass check.Pass) error {
	memory, err := b.recall(ctx, pass.Ref)
	if err != nil {
		return fmt.Errorf("recall %s %s: %w", pass.Ref.Kind, pass.Ref.ID, err)
	}
	pass.Past = memory
	if pass.Event != nil {
		for _, use := range memory.Used {
			result.Travel = append(result.Travel, use.User)
		}
	}
	switch {
	case source.NeedsUse() && memory.Complete && len(memory.Used) == 0 && !b.engine.WholeAccount:
		// Nothing in scope uses it.
	case b.engine.Config == nil:
		b.hear(result, source, checks, pass)
	default:
		b.look(ctx, result, source, checks, pass)
	}
	return nil
}

// hear judges what an event tells of a resource.
func (b *Batch) hear(result *Result, source resource.Source, checks []*check.Check, pass check.Pass) {
	if state, told := source.Hear(pass.Event); told {
		pass.State, pass.Basis = state, finding.Event
		b.runAll(result, checks, pass)
	}
}

// look judges a resource as it is.
func (b *Batch) look(ctx context.Context, result *Result, source resource.Source, checks []*check.Check, pass check.Pass) {
	pass.Basis = finding.State
	state, err := b.read(ctx, source, pass)
	switch {
	case awserr.IsNotFound(err):
		result.Gone = append(result.Gone, pass.Ref)
		b.each(result, checks, pass, func(p *check.Pass) { p.Skip("It no longer exists.") })
	case err != nil:
		if awserr.IsPassing(err) {
			result.Passing = errors.Join(result.Passing, err)
		}
		b.each(result, checks, pass, func(p *check.Pass) { p.Unknown("The "+p.Ref.Kind+" "+p.Ref.ID, errors.New(awserr.Reason(err))) })
	default:
		faults := resource.Faults(state)
		for _, fault := range faults {
			if awserr.IsPassing(fault) {
				result.Passing = errors.Join(result.Passing, fault)
			}
		}
		reading := Reading{Ref: pass.Ref, State: state, Uses: source.LeansOn(pass.Ref, state), Partial: len(faults) > 0}
		reading.Definition, reading.Changed = source.Defined(state)
		result.Readings = append(result.Readings, reading)
		pass.State = state
		b.runAll(result, checks, pass)
	}
}

func (b *Batch) read(ctx context.Context, source resource.Source, pass check.Pass) (any, error) {
	if got, ok := b.readings[key(pass.Ref)]; ok {
		return got.state, got.err
	}
	home := ""
	if pass.Event != nil {
		home = pass.Event.Region
	}
	cfg, err := b.engine.config(ctx, pass.Ref, home)
	var state any
	if err == nil {
		state, err = source.Look(ctx, cfg, pass.Ref)
	}
	b.readings[key(pass.Ref)] = lookup{state: state, err: err}
	return state, err
}

func (b *Batch) now() time.Time {
	if b.engine.Now == nil {
		return time.Time{}
	}
	return b.engine.Now()
}

func (b *Batch) runAll(result *Result, checks []*check.Check, pass check.Pass) {
	for _, c := range checks {
		b.run(result, c, pass)
	}
}

func (b *Batch) each(result *Result, checks []*check.Check, pass check.Pass, report func(*check.Pass)) {
	for _, c := range checks {
		b.report(result, c, pass, report)
	}
}

func (b *Batch) run(result *Result, c *check.Check, pass check.Pass) {
	b.report(result, c, pass, c.Run)
}

// report runs one check. One that breaks says so as unknown, and its neighbours are not lost with it.
func (b *Batch) report(result *Result, c *check.Check, pass check.Pass, run func(*check.Pass)) {
	pass.Check, pass.Options, pass.Now = c, b.engine.Options, b.now()
	func() {
		defer func() {
			if broken := recover(); broken != nil {
				pass.Unknown("The verdict of "+c.ID, fmt.Errorf("the check broke: %.200v", broken))
			}
		}()
		run(&pass)
	}()
	for _, f := range pass.Results() {
		f.Self = pass.Actor.Row == selfRow
		result.Findings = append(result.Findings, f)
	}
}

// selfRow is the row of the identity table that recognises the auditor's own role.
const selfRow = 3

func key(ref resource.Ref) string { return finding.Resource(ref).Key() }
