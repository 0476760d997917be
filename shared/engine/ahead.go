package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Prefetch reads together what is going to be looked at in a sweep, where a kind can be read so. What cannot be had that way is read by itself.
func (b *Batch) Prefetch(ctx context.Context, refs []resource.Ref) {
	if b.engine.Config == nil {
		return
	}
	type place struct{ kind, account, region string }
	together := map[place][]resource.Ref{}
	for _, ref := range refs {
		at := place{ref.Kind, ref.Account, ref.Region}
		together[at] = append(together[at], ref)
	}
	for at, refs := range together {
		_, kinds := grouped(b.engine.reading(at.kind))
		for _, k := range kinds {
			b.readMany(ctx, k, refs)
		}
	}
}

func (b *Batch) readMany(ctx context.Context, k judged, refs []resource.Ref) {
	wanted := slices.DeleteFunc(slices.Clone(refs), func(ref resource.Ref) bool { return !b.toRead(ctx, k, ref) })
	if len(wanted) < 2 || !b.applies(k, wanted[0]) {
		return
	}
	cfg, err := b.config(ctx, wanted[0], "")
	if err != nil {
		return
	}
	states, able, err := k.source.Many(b.limited(ctx), cfg, wanted)
	if !able || err != nil {
		return
	}
	for _, ref := range wanted {
		got := lookup{err: Gone(ref)}
		if state, found := states[ref]; found {
			got = lookup{state: state}
		}
		b.readings[readingKey(k.source, ref)] = got
	}
}

// toRead says whether a look at the resource will read that part of it.
func (b *Batch) toRead(ctx context.Context, k judged, ref resource.Ref) bool {
	if _, known := b.readings[readingKey(k.source, ref)]; known || !b.due(ctx, k.source, ref) {
		return false
	}
	memory, err := b.recall(ctx, ref, compares(k.checks))
	if err != nil || !b.counts(k.source, ref, memory) {
		return false
	}
	_, enough := k.source.Recall(noted(memory))
	return !enough
}

// applies says whether any of the checks has something to say under the options.
func (b *Batch) applies(k judged, ref resource.Ref) bool {
	return len(b.applicable(&Result{}, k.checks, check.Pass{Ref: ref})) > 0
}

// awaited is one part of a resource that is being read.
type awaited struct {
	source resource.Source
	ref    resource.Ref
	cfg    aws.Config
	lookup
	learned bool
}

// Ahead reads what is going to be looked at in a sweep and what Prefetch did not read together, so many at a time: who waits for each
// answer by itself is put to sleep and woken for each, which takes a process more than the answer does. What cannot be had, or may be
// had later, is left to the look itself.
func (b *Batch) Ahead(ctx context.Context, refs []resource.Ref, atOnce int) {
	if b.engine.Config == nil {
		return
	}
	all := b.awaited(ctx, refs)
	var group sync.WaitGroup
	gate := make(chan struct{}, max(atOnce, 1))
	for _, one := range all {
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			one.read(b.limited(ctx))
		})
	}
	group.Wait()
	for _, one := range all {
		if one.learned {
			b.readings[readingKey(one.source, one.ref)] = one.lookup
		}
	}
}

// awaited are the parts of the resources that looks at them will read.
func (b *Batch) awaited(ctx context.Context, refs []resource.Ref) []*awaited {
	var all []*awaited
	kinds := map[string][]judged{}
	for _, ref := range refs {
		parts, known := kinds[ref.Kind]
		if !known {
			_, parts = grouped(b.engine.reading(ref.Kind))
			kinds[ref.Kind] = parts
		}
		for _, k := range parts {
			if !b.toRead(ctx, k, ref) || !b.applies(k, ref) {
				continue
			}
			if cfg, err := b.config(ctx, ref, ""); err == nil {
				all = append(all, &awaited{source: k.source, ref: ref, cfg: cfg})
			}
		}
	}
	return all
}

// read leaves alone what breaks: it breaks again where the function's runtime hears of it.
func (a *awaited) read(ctx context.Context) {
	defer func() { _ = recover() }()
	if ctx.Err() != nil {
		return
	}
	a.state, a.err = a.source.Look(ctx, a.cfg, a.ref)
	a.learned = a.err == nil || ctx.Err() == nil && !awserr.IsPassing(a.err)
}
