package engine

import (
	"context"
	"slices"
	"sync"

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
	if len(wanted) < 2 || !b.applies(ctx, k, wanted[0]) {
		return
	}
	cfg, err := b.config(ctx, wanted[0], "")
	if err != nil {
		return
	}
	states, able, err := k.source.Many(limited(ctx, b.groundUntagged(ctx, wanted[0])), cfg, wanted)
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

// applies says whether any of the checks may have something to say, whatever the tags of the resource.
func (b *Batch) applies(ctx context.Context, k judged, ref resource.Ref) bool {
	g := b.groundUntagged(ctx, ref)
	return slices.ContainsFunc(k.checks, func(c *check.Check) bool { return g.idle(c) == "" })
}

// awaited is one part of a resource, or its tags, being read.
type awaited struct {
	look func(context.Context) (any, error)
	keep func(lookup)
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
	all := slices.Concat(b.awaited(ctx, refs), b.awaitedTags(ctx, refs))
	var group sync.WaitGroup
	gate := make(chan struct{}, max(atOnce, 1))
	for _, one := range all {
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			one.read(ctx)
		})
	}
	group.Wait()
	for _, one := range all {
		if one.learned {
			one.keep(one.lookup)
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
			if !b.toRead(ctx, k, ref) || !b.applies(ctx, k, ref) {
				continue
			}
			cfg, err := b.config(ctx, ref, "")
			if err != nil {
				continue
			}
			g := b.groundUntagged(ctx, ref)
			all = append(all, &awaited{
				look: func(ctx context.Context) (any, error) { return k.source.Look(limited(ctx, g), cfg, ref) },
				keep: func(l lookup) { b.readings[readingKey(k.source, ref)] = l },
			})
		}
	}
	return all
}

// awaitedTags are those that looks at the resources will read.
func (b *Batch) awaitedTags(ctx context.Context, refs []resource.Ref) []*awaited {
	var all []*awaited
	for _, ref := range refs {
		if _, known := b.tags[key(ref)]; known || !b.wantsTags(ref, b.groundUntagged(ctx, ref)) || !b.inScope(ctx, ref) {
			continue
		}
		cfg, err := b.config(ctx, ref, "")
		if err != nil {
			continue
		}
		source := b.engine.tagSource(ref)
		all = append(all, &awaited{
			look: func(ctx context.Context) (any, error) { return source.Tags(ctx, cfg, ref) },
			keep: func(l lookup) {
				tags, _ := l.state.(map[string]string)
				b.tag(ref, tagging{tags, l.err})
			},
		})
	}
	return all
}

// inScope says whether any part of the resource is judged.
func (b *Batch) inScope(ctx context.Context, ref resource.Ref) bool {
	memory, err := b.recall(ctx, ref, false)
	return err == nil && slices.ContainsFunc(b.engine.reading(ref.Kind), func(c *check.Check) bool { return b.counts(c.Reads, ref, memory) })
}

// read leaves alone what breaks: it breaks again where the function's runtime hears of it.
func (a *awaited) read(ctx context.Context) {
	defer func() { _ = recover() }()
	if ctx.Err() != nil {
		return
	}
	a.state, a.err = a.look(ctx)
	a.learned = a.err == nil || ctx.Err() == nil && !awserr.IsPassing(a.err)
}
