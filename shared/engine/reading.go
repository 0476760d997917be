package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// judge judges one part of a resource by the checks that read it.
func (b *Batch) judge(ctx context.Context, result *Result, k judged, pass check.Pass) error {
	memory, err := b.recall(ctx, pass.Ref, compares(k.checks))
	if err != nil {
		return fmt.Errorf("recall %s %s: %w", pass.Ref.Kind, pass.Ref.ID, err)
	}
	pass.Past = memory
	if pass.Event != nil && k.source.Part() == "" {
		for _, use := range memory.Used {
			result.Travel = append(result.Travel, use.User)
		}
	}
	if !b.counts(k.source, pass.Ref, memory) {
		return nil
	}
	k.ground = b.ground(ctx, pass.Ref)
	k.checks = b.applicable(result, k, pass)
	switch {
	case len(k.checks) == 0:
	case b.engine.Config == nil:
		b.hear(result, k, pass)
	default:
		return b.look(ctx, result, k, pass)
	}
	return nil
}

// counts says whether a resource is in scope. What is asked only of some uses is never asked of what has none of them.
// What stands for all has no user of its own.
func (b *Batch) counts(source resource.Source, ref resource.Ref, memory check.Memory) bool {
	return ref.ID == resource.All || !memory.Complete || source.Counts(memory.Used) || b.engine.WholeAccount && source.Part() == ""
}

// applicable are the checks that have something to say under what holds, or may. The others say why they have not, and nothing is read for them.
func (b *Batch) applicable(result *Result, k judged, pass check.Pass) []*check.Check {
	all := make([]*check.Check, 0, len(k.checks))
	pass.Basis = finding.State
	for _, c := range k.checks {
		if why := k.ground.idle(c); why != "" {
			b.report(result, c, pass, func(p *check.Pass) { p.Skip(why) })
			continue
		}
		all = append(all, c)
	}
	return all
}

func compares(checks []*check.Check) bool {
	for _, c := range checks {
		if c.Compares {
			return true
		}
	}
	return false
}

// hear judges what an event tells of a resource.
func (b *Batch) hear(result *Result, k judged, pass check.Pass) {
	state, told := k.source.Hear(pass.Event)
	if !told {
		return
	}
	result.define(k.source, pass.Ref, state)
	pass.State, pass.Basis = state, finding.Event
	b.runAll(result, k, pass)
}

// look judges a resource as it is. It fails only in an account that was closed meanwhile.
func (b *Batch) look(ctx context.Context, result *Result, k judged, pass check.Pass) error {
	pass.Basis = finding.State
	state, err := b.state(ctx, k, pass)
	if gone := b.gone(ctx, pass, state, err); gone != nil {
		return gone
	}
	switch {
	case awserr.IsNotFound(err):
		if k.source.Part() == "" {
			result.Gone = append(result.Gone, pass.Ref)
		}
		if noted(pass.Past)(k.source.Part()) != "" {
			result.Notes = append(result.Notes, b.readNote(k.source, pass.Ref, nil))
		}
		b.each(result, k.checks, pass, func(p *check.Pass) { p.Skip("It no longer exists.") })
	case err != nil:
		if awserr.IsPassing(err) {
			result.Passing = errors.Join(result.Passing, err)
		}
		b.each(result, k.checks, pass, func(p *check.Pass) { p.Unknown("The "+p.Ref.Kind+" "+p.Ref.ID, errors.New(awserr.Reason(err))) })
	default:
		b.keep(result, k.source, pass, state)
		pass.State = state
		b.runAll(result, k, pass)
	}
	return nil
}

// keep puts into the result what a reading tells besides verdicts.
func (b *Batch) keep(result *Result, source resource.Source, pass check.Pass, state any) {
	faults := resource.Faults(state)
	for _, fault := range faults {
		if awserr.IsPassing(fault) {
			result.Passing = errors.Join(result.Passing, fault)
		}
	}
	if source.Part() == "" {
		result.Readings = append(result.Readings, Reading{Ref: pass.Ref, State: state, Uses: source.LeansOn(pass.Ref, state), Partial: len(faults) > 0})
	}
	result.define(source, pass.Ref, state)
	if note := b.readNote(source, pass.Ref, state); source.Rests() && pass.Past.Complete &&
		(!wasRead(pass.Past, source.Part()) || noted(pass.Past)(source.Part()) != note.Text) {
		result.Notes = append(result.Notes, note)
	}
}

// define keeps what restoring a part of a resource would take, where it is restored.
func (r *Result) define(source resource.Source, ref resource.Ref, state any) {
	if body, changed := source.Defined(state); body != nil {
		r.Defined = append(r.Defined, Defined{Ref: ref, Part: source.Part(), Body: body, Changed: changed})
	}
}

// state is what is known of a part: by what was noted of others, where that is enough, else by reading it.
func (b *Batch) state(ctx context.Context, k judged, pass check.Pass) (any, error) {
	if !k.anew {
		if state, enough := k.source.Recall(noted(pass.Past)); enough {
			return state, nil
		}
	}
	return b.read(ctx, k, pass)
}

func (b *Batch) read(ctx context.Context, k judged, pass check.Pass) (any, error) {
	at := readingKey(k.source, pass.Ref)
	if got, ok := b.readings[at]; ok {
		return got.state, got.err
	}
	home := ""
	if pass.Event != nil {
		home = pass.Event.Region
	}
	cfg, err := b.config(ctx, pass.Ref, home)
	var state any
	if err == nil {
		state, err = k.source.Look(limited(ctx, k.ground), cfg, pass.Ref)
	}
	b.readings[at] = lookup{state: state, err: err}
	return state, err
}

// config gives the credentials for a resource; the calls that are made with them are made once in the batch.
func (b *Batch) config(ctx context.Context, ref resource.Ref, home string) (aws.Config, error) {
	cfg, err := b.engine.config(ctx, ref, home)
	if err != nil {
		return aws.Config{}, err
	}
	return b.calls.Config(cfg, ref.Account), nil
}

func limited(ctx context.Context, g ground) context.Context {
	return resource.WithLimits(ctx, resource.Limits{LogBytes: g.logBytes()})
}

// Gone is the error of what an answer about many resources does not hold.
func Gone(ref resource.Ref) error {
	return &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "there is no " + ref.Kind + " of that name", Fault: smithy.FaultClient}
}

func (b *Batch) now() time.Time {
	if b.engine.Now == nil {
		return time.Time{}
	}
	return b.engine.Now()
}

func (b *Batch) runAll(result *Result, k judged, pass check.Pass) {
	for _, c := range k.checks {
		b.weigh(result, c, pass, k.ground)
	}
}

func (b *Batch) each(result *Result, checks []*check.Check, pass check.Pass, report func(*check.Pass)) {
	for _, c := range checks {
		b.report(result, c, pass, report)
	}
}

// report tells of a check what does not depend on options.
func (b *Batch) report(result *Result, c *check.Check, pass check.Pass, run func(*check.Pass)) {
	result.Findings = append(result.Findings, b.verdict(c, pass, &b.engine.Options, run)...)
}

// verdict runs one check. One that breaks says so as unknown, and its neighbours are not lost with it.
func (b *Batch) verdict(c *check.Check, pass check.Pass, options *check.Options, run func(*check.Pass)) []finding.Finding {
	pass.Check, pass.Options, pass.Now, pass.Own = c, *options, b.now(), b.engine.Own
	func() {
		defer func() {
			if broken := recover(); broken != nil {
				pass.Unknown("The verdict of "+c.ID, fmt.Errorf("the check broke: %.200v", broken))
			}
		}()
		run(&pass)
	}()
	results := pass.Results()
	for i := range results {
		results[i].Self = pass.Actor.Row == selfRow
	}
	return results
}

// selfRow is the row of the identity table that recognises the auditor's own role.
const selfRow = 3

func key(ref resource.Ref) string { return finding.Resource(ref).Key() }

func readingKey(source resource.Source, ref resource.Ref) string {
	return source.Part() + "#" + key(ref)
}

// notes are what the checks that an event wakes want to remember of it. One that breaks remembers nothing; its Run says so.
func notes(woken []*check.Check, ev *event.Event, actor identity.Verdict) []check.Note {
	var all []check.Note
	for _, c := range woken {
		if c.Notes == nil {
			continue
		}
		func() {
			defer func() { _ = recover() }()
			all = append(all, c.Notes(ev, actor)...)
		}()
	}
	return all
}
