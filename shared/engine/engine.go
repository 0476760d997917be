// Package engine judges: it finds the checks that an event wakes, reads what they ask for once, and runs them.
package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Engine holds what judging takes. Every field but Checks may be left out: without Config it judges offline,
// by what events tell.
type Engine struct {
	Checks       []*check.Check
	Options      check.Options
	Identity     func(time.Time) identity.Rules                                                    // what the settings say of who may act, at that time; nil: nothing
	Config       func(ctx context.Context, account, region string) (aws.Config, error)             // credentials for where a resource lives; ErrForeign when that is none of ours
	Closed       func(ctx context.Context, account string) error                                   // asked of an account that Config let in and that refuses readings: ErrClosed when it was closed since; nil: never
	Local        func(Place) (possible []Local, unsure string)                                     // what the settings say for a place, one thing unless it is unsure; nil: Options, everywhere
	Units        func(ctx context.Context, account string) (ids []string, unknown string)          // the organisational units that an account lies in, and the root, or why they are not known; nil: they are not
	Role         func(ctx context.Context, cfg aws.Config, roleARN string) (*identity.Role, error) // what tells a person's role from a machine's
	WholeAccount bool                                                                              // judge also what nothing in scope uses
	Everything   bool                                                                              // a look reads also what sweeps take turns at
	Own          check.Own                                                                         // what belongs to this auditor
	Now          func() time.Time

	index dispatch
	roles *roles
}

// ErrForeign says that an event comes from an account or region that is not ours to look into.
var ErrForeign = errors.New("not an account or region that this auditor watches")

// ErrUnjudged says that no check which is on reads resources of a kind.
var ErrUnjudged = errors.New("no check reads resources of this kind")

// New prepares an engine for judging.
func New(e Engine) *Engine {
	e.index, e.roles = newDispatch(e.Checks), &roles{}
	return &e
}

// Wants says whether any check wakes for a CloudTrail call of that name on that service.
// It is a first sieve: an event that passes may still wake nobody.
func (e *Engine) Wants(service, name string) bool { return e.index.wants(service, name) }

// Sources lists the kinds that the checks read, each once, in the order of their names. Of the parts of one kind the one is listed
// that tells what its resources lean on.
func (e *Engine) Sources() []resource.Source {
	byName := map[string]resource.Source{}
	for _, c := range e.Checks {
		if c.Reads == nil {
			continue
		}
		if known := byName[c.Reads.Kind()]; known == nil || c.Reads.Part() < known.Part() {
			byName[c.Reads.Kind()] = c.Reads
		}
	}
	sources := make([]resource.Source, 0, len(byName))
	for _, s := range byName {
		sources = append(sources, s)
	}
	slices.SortFunc(sources, func(a, b resource.Source) int { return compare(a.Kind(), b.Kind()) })
	return sources
}

// NeedsUse says whether resources of the kind count only while something uses them, whatever part of them is read.
func (e *Engine) NeedsUse(kind string) bool {
	return !slices.ContainsFunc(e.reading(kind), func(c *check.Check) bool { return !c.Reads.NeedsUse() })
}

// Judges says whether any check reads resources of that kind.
func (e *Engine) Judges(kind string) bool { return len(e.reading(kind)) > 0 }

func (e *Engine) reading(kind string) []*check.Check {
	var readers []*check.Check
	for _, c := range e.Checks {
		if c.Reads != nil && c.Reads.Kind() == kind {
			readers = append(readers, c)
		}
	}
	return readers
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d+$`)

// config gives the credentials for a resource, in its region; home is the region of what led there, for resources that have none.
func (e *Engine) config(ctx context.Context, ref resource.Ref, home string) (aws.Config, error) {
	region := ref.Region
	if region == "" {
		region = home
	}
	if region != "" && !regionName.MatchString(region) {
		return aws.Config{}, fmt.Errorf("region %.40q: %w", region, ErrForeign)
	}
	return e.Config(ctx, ref.Account, region)
}

// Recall gives what is remembered of a resource; its Before only where that is going to be compared.
type Recall func(ctx context.Context, ref resource.Ref, compared bool) (check.Memory, error)
