package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Edge is one resource that another leans on, and as what ("artifact store", "service role").
type Edge struct {
	On finding.Resource `json:"on"`
	As string           `json:"as"`
}

// Use is the same edge seen from the other end.
type Use struct {
	User finding.Resource `json:"user"`
	As   string           `json:"as"`
}

// edge is what lies in the used resource's partition: all that one user uses it as.
type edge struct {
	User finding.Resource `json:"user"`
	As   []string         `json:"as"`
}

// leaning is what lies in the user's partition. While it is not settled, Edges are all that may have been written down at their
// other end, so that whoever comes after a crash knows what to take back.
type leaning struct {
	Edges   []Edge    `json:"edges"`
	Settled bool      `json:"settled"`
	At      time.Time `json:"at"`
}

// settledFor is how long edges are believed to be written at both ends. Afterwards they are written again, which mends what got lost:
// an edge that is missing would hide the resource.
const settledFor = 7 * 24 * time.Hour

func (l leaning) holds(want []Edge, now time.Time) bool {
	return l.Settled && slices.Equal(l.Edges, want) && now.Sub(l.At) < settledFor
}

// admits says that the edges may be written at their other ends, because the trace names them all.
func (l leaning) admits(want []Edge) bool {
	return !l.Settled && !slices.ContainsFunc(want, func(e Edge) bool { return !slices.Contains(l.Edges, e) })
}

// Lean records what a resource leans on, at both ends of each edge. uses are all of them: an edge that is not among them is taken away.
// View.Lean does the same without reading what the view has read.
func (l *Ledger) Lean(ctx context.Context, user finding.Resource, uses []Edge) error {
	known, err := fetch[leaning](ctx, l.store, resourcePartition(user), leansKey)
	if err == nil {
		_, err = l.lean(ctx, user, known, ordered(uses))
	}
	if err != nil {
		return fmt.Errorf("record what %s leans on: %w", user.Key(), err)
	}
	return nil
}

// Lean records what the view's resource leans on, at both ends of each edge. uses are all of them: an edge that is not among them is
// taken away. It makes no call when nothing changed.
func (v *View) Lean(ctx context.Context, uses []Edge) error {
	v.mu.Lock()
	known := v.leans
	v.mu.Unlock()
	settled, err := v.ledger.lean(ctx, v.Resource, known, ordered(uses))
	if err != nil {
		return fmt.Errorf("record what %s leans on: %w", v.Resource.Key(), err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.leans = settled
	return nil
}

// Leans are the edges that the view's resource is known to have.
func (v *View) Leans() []Edge {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.leans.value.Edges)
}

// lean says first what may be written, then writes it, then says that it is: a crash at any point leaves a trace to go by.
// What another writer said already is not said again, so that two of them do not outbid each other.
func (l *Ledger) lean(ctx context.Context, user finding.Resource, known record[leaning], want []Edge) (record[leaning], error) {
	for range tries {
		now := l.now()
		if known.value.holds(want, now) || known.version == 0 && len(want) == 0 {
			return known, nil
		}
		next, err := l.announce(ctx, user, known, want, now)
		if err == nil {
			if err = l.link(ctx, user, next.value.Edges, want); err != nil {
				return known, err
			}
			next, err = next.as(leaning{Edges: want, Settled: true, At: now}).write(ctx, l.store)
		}
		if !errors.Is(err, ErrConflict) {
			return next, err
		}
		if known, err = fetch[leaning](ctx, l.store, known.pk, known.sk); err != nil {
			return known, err
		}
	}
	return known, ErrConflict
}

// announce says which edges may be written, where the trace does not name them all. Of a resource that leaned on nothing so far, that is news
// for the list of those that do.
func (l *Ledger) announce(ctx context.Context, user finding.Resource, known record[leaning], want []Edge, now time.Time) (record[leaning], error) {
	if known.version == 0 {
		if err := l.listUser(ctx, user); err != nil {
			return known, err
		}
	} else if known.value.admits(want) {
		return known, nil
	}
	return known.as(leaning{Edges: ordered(slices.Concat(known.value.Edges, want)), At: now}).write(ctx, l.store)
}

func (r record[T]) as(value T) record[T] {
	r.value = value
	return r
}

// link writes the other ends of the edges that there are, and takes away those of the edges that are gone.
func (l *Ledger) link(ctx context.Context, user finding.Resource, before, want []Edge) error {
	sk := usePrefix + bounded(user.Key())
	kept := byResource(want)
	for _, on := range resources(want) {
		mine := edge{User: user, As: kept[on]}
		_, err := revise(ctx, l.store, record[edge]{pk: resourcePartition(on), sk: sk}, func(old *edge) (edge, bool) {
			return mine, old == nil || !slices.Equal(old.As, mine.As)
		})
		if err != nil {
			return err
		}
	}
	for _, on := range resources(before) {
		if _, still := kept[on]; still {
			continue
		}
		if err := l.store.Delete(ctx, resourcePartition(on), sk); err != nil {
			return err
		}
	}
	return nil
}

// ordered is the edges once each, in an order that depends on nothing else.
func ordered(edges []Edge) []Edge {
	sorted := slices.SortedFunc(slices.Values(edges), func(a, b Edge) int {
		return cmp.Or(strings.Compare(a.On.Key(), b.On.Key()), strings.Compare(a.As, b.As))
	})
	return slices.Compact(sorted)
}

func byResource(edges []Edge) map[finding.Resource][]string {
	by := map[finding.Resource][]string{}
	for _, e := range edges {
		by[e.On] = append(by[e.On], e.As)
	}
	return by
}

func resources(edges []Edge) []finding.Resource {
	var all []finding.Resource
	for _, e := range edges {
		all = append(all, e.On)
	}
	return slices.Compact(all)
}
