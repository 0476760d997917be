// Package resource says how one kind of AWS resource is named, read and listed.
package resource

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/event"
)

// Ref names one resource. It has the shape of finding.Resource, so that one converts to the other.
type Ref struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Account string `json:"account"`
	Region  string `json:"region"`
}

// Sound says whether account and region are of letters, digits and hyphens, as far as they are given. They come from records that others may
// have written, and get into commands that people paste.
func (r Ref) Sound() bool {
	return !strings.ContainsFunc(r.Account+r.Region, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	})
}

// All is the ID of what stands for all resources of a kind in an account and region, and holds for each of them.
const All = "*"

// Use is one edge of the inventory: User (a pipeline, a project, a trail) uses the resource as what As says.
type Use struct {
	User Ref    `json:"user"`
	As   string `json:"as"` // "artifact store", "build logs", "service role", …
}

// UsedBy says after a resource's name what it is to those who use it: " (artifact store of web-prod and 2 more)"; "" when nobody is known to.
// Whoever uses it as several things is counted once.
func UsedBy(used []Use) string {
	first, some := First(used)
	if !some {
		return ""
	}
	users := map[Ref]bool{}
	for _, use := range used {
		users[use.User] = true
	}
	said := " (" + first.As + " of " + first.User.ID
	if more := len(users) - 1; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return said + ")"
}

// First is the use that is named where there is room for one: the same whatever order they come in; false when there is none.
func First(used []Use) (Use, bool) {
	if len(used) == 0 {
		return Use{}, false
	}
	return slices.MinFunc(used, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(a.User.Kind, b.User.Kind), cmp.Compare(a.User.ID, b.User.ID))
	}), true
}

// Uses is one resource that a reading found to be used, and as what.
type Uses struct {
	Ref  Ref    `json:"ref"`
	As   string `json:"as"`
	Sure bool   `json:"-"` // that it lies in that account and region, which the user's own state tells of few
}

// Kind is how one kind of resource is heard of, read and listed. S is its state.
//
// A resource of which one event asks for another part than the next has several kinds of the same name, each a facet with a reading of its own:
// neither costs the other a call. The inventory, and what is found, is that of the resource.
type Kind[S any] struct {
	Name       string
	Facet      string                                                            // what part of the resource is read: "versioning"; "": the resource itself, whose reading tells what it leans on
	Changed    []event.Selector                                                  // events after which to look again
	Refs       func(*event.Event) []Ref                                          // what an event is about
	Read       func(context.Context, aws.Config, Ref) (S, error)                 // one reading, judged by every check that wants it; awserr.IsNotFound when it is gone
	ReadMany   func(context.Context, aws.Config, []Ref) (map[Ref]S, error)       // many of one account and region in few calls; what is not in the answer does not exist; nil: one by one
	List       func(context.Context, aws.Config, Ref) iter.Seq2[Ref, error]      // every resource of the kind; the Ref gives account and region
	Told       func(*event.Event) (S, bool)                                      // the state as far as an event tells it
	Uses       func(Ref, S) []Uses                                               // what the resource leans on; nil: nothing
	Definition func(S) (body []byte, changed time.Time)                          // what restoring it would take, as JSON, and when that was last changed; nil: it is not restored
	Actions    []string                                                          // IAM actions of Read and List, proved by test
	LooksInto  []Source                                                          // kinds on whose resources a reading depends: when one changes, whoever uses it is read again
	Global     bool                                                              // its resources have no region: whoever looks at several regions lists them once
	Scoped     bool                                                              // counts only while something uses it (settings scope: pipelines)
	UsedAs     []string                                                          // what it must be used as to count, if it is Scoped: "artifact store"; nil: as anything
	Tagged     func(context.Context, aws.Config, Ref) (map[string]string, error) // its tags by name; nil: it has none
	TagActions []string                                                          // IAM actions of Tagged
	Noted      func(S) string                                                    // what is noted of a reading, if sweeps take turns at it, for readings of other parts to go by; never a secret; nil: nothing
	Recalled   func(noted func(part string) string) (S, bool)                    // the state by what was noted of other parts, which spares the reading; nil: it is always read
	Spread     int                                                               // over how many days the sweep spreads its readings, for what changes slowly and is dear to read; 0: each sweep reads all
}

// Source is a Kind with its state's type taken away, for whoever drives readings without looking into them.
type Source interface {
	Kind() string
	ChangedBy() []event.Selector
	About(*event.Event) []Ref
	Look(context.Context, aws.Config, Ref) (any, error)
	All(context.Context, aws.Config, Ref) iter.Seq2[Ref, error]
	Lists() bool
	Everywhere() bool
	Hear(*event.Event) (any, bool)
	LeansOn(Ref, any) []Uses
	Defined(any) (body []byte, changed time.Time)
	Defines() bool
	Into() []Source
	Permissions() []string
	NeedsUse() bool
	Part() string
	Counts(used []Use) bool
	Many(context.Context, aws.Config, []Ref) (states map[Ref]any, able bool, err error)
	Rests() bool
	Due(Ref, time.Time) bool
	Tags(context.Context, aws.Config, Ref) (map[string]string, error)
	TagPermissions() []string
	Note(state any) string
	Recall(noted func(part string) string) (any, bool)
}

// Kind is the kind's name.
func (k *Kind[S]) Kind() string { return k.Name }

// ChangedBy lists the events after which to look again: its own, and those of what a reading looks into.
func (k *Kind[S]) ChangedBy() []event.Selector { return changedBy(k.Changed, k.LooksInto) }

// Into lists the kinds on whose resources a reading depends.
func (k *Kind[S]) Into() []Source { return k.LooksInto }

// About lists the resources that an event is about.
func (k *Kind[S]) About(e *event.Event) []Ref {
	if k.Refs == nil {
		return nil
	}
	return k.Refs(e)
}

// Look reads one resource.
func (k *Kind[S]) Look(ctx context.Context, cfg aws.Config, ref Ref) (any, error) {
	return k.Read(ctx, cfg, ref)
}

// All lists the resources of the kind in the account and region that the Ref names.
func (k *Kind[S]) All(ctx context.Context, cfg aws.Config, in Ref) iter.Seq2[Ref, error] {
	if k.List == nil {
		return none
	}
	return k.List(ctx, cfg, in)
}

// Lists says whether the kind's resources can be listed, or are known from events alone.
func (k *Kind[S]) Lists() bool { return k.List != nil }

// Everywhere says that the kind's resources have no region.
func (k *Kind[S]) Everywhere() bool { return k.Global }

// Hear builds the state as far as an event tells it.
func (k *Kind[S]) Hear(e *event.Event) (any, bool) {
	if k.Told == nil {
		return nil, false
	}
	return k.Told(e)
}

// LeansOn lists what the resource uses, by its state.
func (k *Kind[S]) LeansOn(ref Ref, state any) []Uses {
	s, ok := state.(S)
	if !ok || k.Uses == nil {
		return nil
	}
	return k.Uses(ref, s)
}

// Defined is what restoring the resource would take, by its state, and when that was last changed; nil when it is not restored.
func (k *Kind[S]) Defined(state any) (body []byte, changed time.Time) {
	s, ok := state.(S)
	if !ok || k.Definition == nil {
		return nil, time.Time{}
	}
	return k.Definition(s)
}

// Defines says whether it is restored.
func (k *Kind[S]) Defines() bool { return k.Definition != nil }

// Permissions lists the IAM actions that reading and listing take.
func (k *Kind[S]) Permissions() []string { return k.Actions }

// NeedsUse says that the kind counts only while something uses it.
func (k *Kind[S]) NeedsUse() bool { return k.Scoped }

// Part is the facet that is read; "" for the resource itself.
func (k *Kind[S]) Part() string { return k.Facet }

// Counts says whether a resource counts that is used so.
func (k *Kind[S]) Counts(used []Use) bool { return !k.Scoped || usedAs(used, k.UsedAs) }

// Many reads resources of one account and region together; able is false when the kind is read one by one.
func (k *Kind[S]) Many(ctx context.Context, cfg aws.Config, refs []Ref) (states map[Ref]any, able bool, err error) {
	if k.ReadMany == nil {
		return nil, false, nil
	}
	found, err := k.ReadMany(ctx, cfg, refs)
	states = make(map[Ref]any, len(found))
	for ref, state := range found {
		states[ref] = state
	}
	return states, true, err
}

// Rests says that sweeps take turns at the readings.
func (k *Kind[S]) Rests() bool { return k.Spread > 1 }

// Due says whether it is a resource's turn on that day, in a sweep that spreads its readings. Which day that is depends on its name alone.
func (k *Kind[S]) Due(ref Ref, day time.Time) bool { return due(ref, day, k.Spread) }

// Note is what is to be noted of a reading, by its state; "" for nothing.
func (k *Kind[S]) Note(state any) string {
	s, ok := state.(S)
	if !ok || k.Noted == nil {
		return ""
	}
	return k.Noted(s)
}

// Recall builds the state from what was noted of other parts of the resource, if that is enough.
func (k *Kind[S]) Recall(noted func(part string) string) (any, bool) {
	if k.Recalled == nil {
		return nil, false
	}
	return k.Recalled(noted)
}

// Tags reads a resource's tags; none, where the kind has none.
func (k *Kind[S]) Tags(ctx context.Context, cfg aws.Config, ref Ref) (map[string]string, error) {
	if k.Tagged == nil {
		return nil, nil
	}
	return k.Tagged(ctx, cfg, ref)
}

// TagPermissions lists the IAM actions that reading tags takes.
func (k *Kind[S]) TagPermissions() []string { return k.TagActions }

// What follows does not depend on the state's type: as part of the methods it would be compiled, and shipped, once for every kind.

func none(func(Ref, error) bool) {}

func changedBy(all []event.Selector, into []Source) []event.Selector {
	for _, one := range into {
		all = append(slices.Clip(all), one.ChangedBy()...)
	}
	return all
}

func usedAs(used []Use, as []string) bool {
	return slices.ContainsFunc(used, func(u Use) bool { return as == nil || slices.Contains(as, u.As) })
}

func due(ref Ref, day time.Time, spread int) bool {
	if spread <= 1 {
		return true
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(ref.Kind + ref.Account + ref.Region + ref.ID))
	const length = 24 * 60 * 60 // seconds
	return (int64(hash.Sum32())+day.Unix()/length)%int64(spread) == 0
}
