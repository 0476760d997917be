package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// survey looks at everything of one account and region.
type survey struct {
	engine  *engine.Engine
	account account
	uses    *leanings
	scoped  map[string]bool // the kinds that count only while something uses them
	looked  atomic.Int64

	mu       sync.Mutex
	findings []finding.Finding
	read     int // resources that were judged
	ignored  int // resources that nothing in scope uses
	failed   int // resources and kinds that could not be read
}

// looksAtOnce is how many resources are read at the same time.
const looksAtOnce = 8

// run looks first at what counts by itself, whose readings tell what the rest is used by; then at the rest.
func (v *survey) run(ctx context.Context) error {
	var later []resource.Ref
	var first []resource.Ref
	for _, source := range v.engine.Sources() {
		scoped := v.engine.NeedsUse(source.Kind())
		v.scoped[source.Kind()] = scoped
		refs := v.list(ctx, source)
		if scoped && !v.engine.WholeAccount {
			later = append(later, refs...)
			continue
		}
		first = append(first, refs...)
	}
	if err := v.lookAll(ctx, first); err != nil {
		return err
	}
	return v.rest(ctx, later)
}

// rest looks at what is used, as long as that leads to more that is.
func (v *survey) rest(ctx context.Context, refs []resource.Ref) error {
	for {
		used := func(ref resource.Ref) bool {
			return ref.ID == resource.All || !v.uses.complete() || len(v.uses.of(ref)) > 0
		}
		var now, later []resource.Ref
		for _, ref := range refs {
			if used(ref) {
				now = append(now, ref)
				continue
			}
			later = append(later, ref)
		}
		if len(now) == 0 {
			v.ignored += len(later)
			return nil
		}
		if err := v.lookAll(ctx, now); err != nil {
			return err
		}
		refs = later
	}
}

func (v *survey) list(ctx context.Context, source resource.Source) []resource.Ref {
	var refs []resource.Ref
	in := resource.Ref{Kind: source.Kind(), Account: v.account.id, Region: v.account.cfg.Region}
	for ref, err := range source.All(ctx, v.account.cfg, in) {
		if err != nil {
			v.notListed(source, in, err)
			break
		}
		refs = append(refs, ref)
	}
	return refs
}

// notListed makes a kind that could not be listed unknown, by every check that judges it.
func (v *survey) notListed(source resource.Source, in resource.Ref, err error) {
	v.failed++
	if !source.NeedsUse() {
		v.uses.lack()
	}
	for _, c := range v.engine.Checks {
		if c.Reads == nil || c.Reads.Kind() != in.Kind {
			continue
		}
		pass := check.Pass{Check: c, Ref: resource.Ref{Kind: in.Kind, ID: "*", Account: in.Account, Region: in.Region}, Basis: finding.State}
		pass.Unknown("Which resources of the kind "+in.Kind+" there are", errors.New(awserr.Reason(err)))
		v.findings = append(v.findings, pass.Results()...)
	}
}

// together is how many resources are read with one batch: those of which one call may tell.
const together = 50

func (v *survey) lookAll(ctx context.Context, refs []resource.Ref) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(looksAtOnce)
	byKind := map[string][]resource.Ref{}
	for _, ref := range refs {
		byKind[ref.Kind] = append(byKind[ref.Kind], ref)
	}
	for _, refs := range byKind {
		// All of the workers get something to do, also where there is little.
		for some := range slices.Chunk(refs, min(together, 1+len(refs)/looksAtOnce)) {
			group.Go(func() error { return v.lookSome(ctx, some) })
		}
	}
	return group.Wait()
}

func (v *survey) lookSome(ctx context.Context, refs []resource.Ref) error {
	batch := v.engine.Batch(v.uses.recall)
	batch.Prefetch(ctx, refs)
	for _, ref := range refs {
		if err := v.look(ctx, batch, ref); err != nil {
			return err
		}
	}
	return nil
}

func (v *survey) look(ctx context.Context, batch *engine.Batch, ref resource.Ref) error {
	result, err := batch.Look(ctx, ref, nil)
	if err != nil {
		return fmt.Errorf("scan %s %s: %w", ref.Kind, ref.ID, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.looked.Add(1)
	v.uses.note(result.Readings)
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(result.Readings) > 0 {
		v.read++
	} else if slices.ContainsFunc(result.Findings, func(f finding.Finding) bool { return f.Outcome == finding.Unknown }) {
		v.failed++
		if !v.scoped[ref.Kind] {
			v.uses.lack()
		}
	}
	v.findings = append(v.findings, result.Findings...)
	return nil
}

// leanings are who uses what, as the readings of this scan tell.
type leanings struct {
	mu    sync.Mutex
	users map[string][]resource.Use
	leans map[string]ledger.User // by the user's key
	lacks bool
}

func newLeanings() *leanings {
	return &leanings{users: map[string][]resource.Use{}, leans: map[string]ledger.User{}}
}

// lack notes that something that uses others could not be read: what is used by nobody may be used all the same.
func (i *leanings) lack() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lacks = true
}

func (i *leanings) complete() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !i.lacks
}

func (i *leanings) note(readings []engine.Reading) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range readings {
		user := ledger.User{Resource: finding.Resource(r.Ref)}
		for _, used := range r.Uses {
			user.Leans = append(user.Leans, ledger.Edge{On: finding.Resource(used.Ref), As: used.As})
			key := finding.Resource(used.Ref).Key()
			i.users[key] = append(i.users[key], resource.Use{User: r.Ref, As: used.As})
		}
		if len(user.Leans) > 0 {
			i.leans[user.Resource.Key()] = user
		}
	}
}

// leaning are the users and what they lean on, by their keys.
func (i *leanings) leaning() []ledger.User {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := make([]ledger.User, 0, len(i.leans))
	for _, key := range slices.Sorted(maps.Keys(i.leans)) {
		all = append(all, i.leans[key])
	}
	return all
}

func (i *leanings) of(ref resource.Ref) []resource.Use {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.SortedFunc(slices.Values(i.users[finding.Resource(ref).Key()]), func(a, b resource.Use) int {
		return cmp.Or(strings.Compare(finding.Resource(a.User).Key(), finding.Resource(b.User).Key()), strings.Compare(a.As, b.As))
	})
}

func (i *leanings) recall(_ context.Context, ref resource.Ref, _ bool) (check.Memory, error) {
	return check.Memory{Used: i.of(ref), Complete: i.complete()}, nil
}
