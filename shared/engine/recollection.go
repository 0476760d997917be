package engine

import (
	"context"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Recollection remembers of the events that were judged so far what later ones are judged by. It knows of no inventory: whoever has a
// ledger asks that. The zero Recollection knows nothing; it is not safe for concurrent use.
type Recollection struct {
	notes       map[string][]check.Note
	definitions map[string]*check.Definition
	kept        int
}

// mostNotes bounds the memory that an archive of any size takes.
const mostNotes = 100_000

// Recall gives what is remembered of a resource.
func (r *Recollection) Recall(_ context.Context, ref resource.Ref, _ bool) (check.Memory, error) {
	return check.Memory{Notes: r.notes[key(ref)], Before: r.definitions[key(ref)]}, nil
}

// Take remembers what came of an event, at the time of that event. A definition for whose actor nobody vouches is only remembered
// where none is known.
func (r *Recollection) Take(result Result, at time.Time) {
	for _, n := range result.Notes {
		r.note(n, at)
	}
	how := result.Actor.Vouches()
	for _, d := range result.Defined {
		if d.Part != "" || how == "" && r.definitions[key(d.Ref)] != nil {
			continue
		}
		if r.definitions == nil {
			r.definitions = map[string]*check.Definition{}
		}
		r.definitions[key(d.Ref)] = &check.Definition{
			Body: resource.SealText(d.Body), By: result.Actor.Actor.ARN, How: how, Trusted: how != "", At: at,
		}
	}
}

func (r *Recollection) note(n check.Note, now time.Time) {
	if r.notes == nil || r.kept >= mostNotes {
		r.prune(now)
	}
	about := key(n.About)
	kept := slices.DeleteFunc(r.notes[about], func(old check.Note) bool {
		return old.Topic == n.Topic && old.Key == n.Key && !old.At.After(n.At) || now.Sub(old.At) > old.Keep
	})
	r.kept += 1 + len(kept) - len(r.notes[about])
	place := len(kept)
	for place > 0 && kept[place-1].At.After(n.At) {
		place--
	}
	r.notes[about] = slices.Insert(slices.Clip(kept), place, n)
}

// prune drops what is of no use any more, and everything when that is not enough.
func (r *Recollection) prune(now time.Time) {
	fresh, n := map[string][]check.Note{}, 0
	for about, notes := range r.notes {
		notes = slices.DeleteFunc(slices.Clone(notes), func(old check.Note) bool { return now.Sub(old.At) > old.Keep })
		if len(notes) > 0 {
			fresh[about], n = notes, n+len(notes)
		}
	}
	if n >= mostNotes {
		fresh, n = map[string][]check.Note{}, 0
	}
	r.notes, r.kept = fresh, n
}
