package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/memo"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Reading is one resource as it was found.
type Reading struct {
	Ref   resource.Ref
	State any
	Uses  []resource.Uses // what it leans on
	// Partial says that some of it could not be read, so that Uses may lack what is there.
	Partial bool
}

// Defined is a resource, or a part of one, as restoring it would need it.
type Defined struct {
	Ref     resource.Ref
	Part    string // "": the resource itself
	Body    []byte
	Changed time.Time // when that was last changed; zero: not known
}

// Result is what one event, or one look, led to.
type Result struct {
	Findings []finding.Finding // of every outcome, passes included
	Readings []Reading
	Defined  []Defined
	Gone     []resource.Ref   // what was looked for and does not exist: it leans on nothing any more
	Woken    int              // how many checks the event woke; 0: nobody cares
	Travel   []resource.Ref   // what uses the resources that changed, and is to be looked at again
	Actor    identity.Verdict // who caused the event
	Notes    []check.Note     // what later events are to be judged by
	Passing  error            // a reading broke in a way that may pass: try the event again
}

// Batch judges events that arrive together; each resource is read once for all of them.
type Batch struct {
	engine   *Engine
	remember Recall
	readings map[string]lookup
	memories map[string]recollection
	calls    *memo.Memo

	everywhere [1]Local        // what holds where nothing is said of places
	grounds    map[spot]ground // as long as no tags are read
	tags       map[string]tagging
}

type lookup struct {
	state any
	err   error
}

type recollection struct {
	memory   check.Memory
	err      error
	compared bool // Before was asked for
}

// Batch starts a batch. Without recall there is no inventory, and everything counts.
func (e *Engine) Batch(recall Recall) *Batch {
	return &Batch{
		engine: e, remember: recall, readings: map[string]lookup{}, memories: map[string]recollection{}, calls: &memo.Memo{},
		everywhere: [1]Local{{Options: e.Options}},
	}
}

// Judge judges one event. It fails only when nothing could be judged at all: ErrForeign, or memory that cannot be had.
func (b *Batch) Judge(ctx context.Context, ev *event.Event) (Result, error) {
	var result Result
	woken := b.engine.index.woken(ev)
	result.Woken = len(woken)
	if len(woken) == 0 {
		return result, nil
	}
	reached, err := b.ours(ctx, &result, ev)
	if err != nil {
		return result, err
	}
	result.Actor = b.actor(ctx, ev, woken)
	result.Notes = notes(woken, ev, result.Actor)
	acts, kinds := grouped(woken)
	for _, c := range acts {
		if err := b.act(ctx, &result, c, check.Pass{Event: ev, Actor: result.Actor, Basis: finding.Event, Ref: whole(ev)}); err != nil {
			return result, err
		}
	}
	if !reached {
		return result, nil // what was done is judged; what is so now cannot be
	}
	return result, b.changed(ctx, &result, kinds, ev)
}

// changed judges the resources that an event is about as they are now.
func (b *Batch) changed(ctx context.Context, result *Result, kinds []judged, ev *event.Event) error {
	for _, k := range kinds {
		for _, ref := range k.source.About(ev) {
			if err := b.judge(ctx, result, k, check.Pass{Event: ev, Actor: result.Actor, Ref: ref}); err != nil {
				return err
			}
		}
		if err := b.through(ctx, result, k.source, ev); err != nil {
			return err
		}
	}
	return nil
}

// judged is one part of resources, with the checks that read it.
type judged struct {
	source resource.Source
	checks []*check.Check
	ground ground // what holds for the resource that is judged
	anew   bool   // whatever was read or noted before
}

// grouped sorts checks by what they read, in the order of the checks.
func grouped(checks []*check.Check) (acts []*check.Check, kinds []judged) {
	at := map[string]int{}
	for _, c := range checks {
		if c.Reads == nil {
			acts = append(acts, c)
			continue
		}
		i, known := at[partOf(c.Reads)]
		if !known {
			i = len(kinds)
			at[partOf(c.Reads)] = i
			kinds = append(kinds, judged{source: c.Reads})
		}
		kinds[i].checks = append(kinds[i].checks, c)
	}
	return acts, kinds
}

// partOf names what a source reads: a kind, or one facet of it.
func partOf(s resource.Source) string { return s.Kind() + "/" + s.Part() }

// Look judges one resource as it is now, by every check that reads its kind. Cause is the event that led there, nil in a sweep.
func (b *Batch) Look(ctx context.Context, ref resource.Ref, cause *event.Event) (Result, error) {
	var result Result
	_, kinds := grouped(b.engine.reading(ref.Kind))
	if len(kinds) == 0 {
		return result, fmt.Errorf("look at a %.40q: %w", ref.Kind, ErrUnjudged)
	}
	// What is none of ours is read all the same, and cannot be: a pipeline's key may be somebody else's.
	if reached, err := b.reached(ctx, &result, ref.Account, ref.Region); !reached && !errors.Is(err, ErrForeign) {
		return result, err
	}
	pass := check.Pass{Event: cause, Ref: ref}
	if cause != nil {
		pass.Actor = b.actor(ctx, cause, nil)
	}
	for _, k := range kinds {
		if !b.due(ctx, k.source, ref) && !wakes(k.source, cause) {
			continue
		}
		result.Woken += len(k.checks)
		if err := b.judge(ctx, &result, k, pass); err != nil {
			return result, err
		}
	}
	return result, nil
}

// wakes says whether an event is one after which the source is to be read again.
func wakes(source resource.Source, cause *event.Event) bool {
	return cause != nil && slices.ContainsFunc(source.ChangedBy(), func(s event.Selector) bool { return s.Matches(cause) })
}

// due says whether a look reads that part of a resource: sweeps take turns at some, once they were read.
func (b *Batch) due(ctx context.Context, source resource.Source, ref resource.Ref) bool {
	if b.engine.Everything || source.Due(ref, b.now()) {
		return true
	}
	memory, err := b.recall(ctx, ref, false)
	return err == nil && memory.Complete && !wasRead(memory, source.Part())
}

// What is noted of a part that rests between its turns, once it was read.
const (
	readTopic = "read"
	readKeep  = 400 * 24 * time.Hour
)

func wasRead(m check.Memory, part string) bool {
	return slices.ContainsFunc(m.Topic(readTopic), func(n check.Note) bool { return n.Key == part })
}

// noted tells what was noted of a part when it was last read; "" for nothing.
func noted(m check.Memory) func(part string) string {
	return func(part string) string {
		for _, n := range m.Topic(readTopic) {
			if n.Key == part {
				return n.Text
			}
		}
		return ""
	}
}

// readNote says that a part was read, and what of it others may go by.
func (b *Batch) readNote(source resource.Source, ref resource.Ref, state any) check.Note {
	return check.Note{About: ref, Topic: readTopic, Key: source.Part(), Text: source.Note(state), At: b.now(), Keep: readKeep}
}

// Again looks at a resource anew, whatever was read before, and judges it by one check.
func (b *Batch) Again(ctx context.Context, checkID string, ref resource.Ref) ([]finding.Finding, error) {
	for _, c := range b.engine.Checks {
		if c.ID != checkID || c.Reads == nil {
			continue
		}
		delete(b.readings, readingKey(c.Reads, ref))
		delete(b.tags, key(ref))
		b.calls.Forget()
		var result Result
		err := b.judge(ctx, &result, judged{source: c.Reads, checks: []*check.Check{c}, anew: true}, check.Pass{Ref: ref})
		return result.Findings, errors.Join(err, result.Passing)
	}
	return nil, nil
}

// act judges what somebody did.
func (b *Batch) act(ctx context.Context, result *Result, c *check.Check, pass check.Pass) error {
	if c.Target != nil {
		pass.Ref = c.Target(pass.Event)
	}
	if c.Target != nil || c.Notes != nil {
		memory, err := b.recall(ctx, pass.Ref, c.Compares)
		if err != nil {
			return fmt.Errorf("recall %s %s: %w", pass.Ref.Kind, pass.Ref.ID, err)
		}
		if b.engine.WholeAccount {
			memory.Used, memory.Complete = nil, false // everything counts
		}
		pass.Past = memory
	}
	g := b.ground(ctx, pass.Ref)
	if why := g.idle(c); why != "" {
		b.report(result, c, pass, func(p *check.Pass) { p.Skip(why) })
		return nil
	}
	b.weigh(result, c, pass, g)
	return nil
}

// whole names the account and region of an event: what an act is filed under unless its check knows better.
func whole(ev *event.Event) resource.Ref {
	return resource.Ref{Kind: "account", ID: ev.Account, Account: ev.Account, Region: ev.Region}
}
