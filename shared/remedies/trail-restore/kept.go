package trailrestore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// kept is what the ledger has of a trail: its own definition, and that of its selectors. Both are nil where nobody vouches for them.
type kept struct {
	configuration *trail.Configuration
	selection     *trail.Selection
	from          [2]string // which definitions these are, in words
	bucket        string    // where its files went; "" where that is not kept. To compare with it is enough that it was seen
	unvouched     string    // a definition that was only first seen, in words; "" for none
}

// formerly reads what is kept. What is kept of another trail of that name says nothing. To what was only first seen nobody goes back who was
// not asked to by a person: whoever made the trail may have put it so.
func formerly(ctx context.Context, c remedy.Case, found coverage) (kept, error) {
	var k kept
	var configuration trail.Configuration
	usable, err := k.take(ctx, c, 0, trail.Kind.Part(), &configuration)
	if err != nil {
		return kept{}, err
	}
	if configuration.TrailARN == found.ARN {
		k.bucket = configuration.S3BucketName
		if usable {
			k.configuration = &configuration
		}
	}
	var selection trail.Selection
	if usable, err = k.take(ctx, c, 1, trail.Selectors.Part(), &selection); err != nil {
		return kept{}, err
	}
	if usable {
		selection.InsightSelectors, selection.Tags = nil, nil
		k.selection = &selection
	}
	return k, nil
}

// take reads what is kept of a part, and says whether anybody goes back to it.
func (k *kept) take(ctx context.Context, c remedy.Case, i int, part string, into any) (usable bool, err error) {
	if c.Trusted == nil {
		return false, nil
	}
	d, err := c.Trusted(ctx, part)
	if err != nil || d == nil {
		return false, err
	}
	if err := json.Unmarshal(d.Body, into); err != nil {
		return false, fmt.Errorf("read %s: %w", d.Said(), err)
	}
	k.from[i] = d.Said()
	if d.How == remedy.FirstSeen && !c.Restore {
		k.unvouched = d.Said()
		return false, nil
	}
	return true, nil
}

// over is the trail as it would be with what is kept put over it, and from which definitions that comes.
func (k kept) over(found coverage) (to coverage, sources []string) {
	to = found
	if c := k.configuration; c != nil {
		on := &to.Switches
		on.MultiRegion, on.Global, on.Validation = on.MultiRegion || c.IsMultiRegionTrail, on.Global || c.IncludeGlobalServiceEvents, on.Validation || c.EnableLogFileValidation
		if to.Switches != found.Switches {
			sources = append(sources, k.from[0])
		}
	}
	if k.selection != nil && more(k.selection.Management(), found.Selectors.Management()) {
		to.Selectors = *k.selection
		if !slices.Contains(sources, k.from[1]) {
			sources = append(sources, k.from[1])
		}
	}
	return to, sources
}

// unfit says why a trail is left as it is, of which these things would still be left out; "" when it is not. A trail that was turned to
// another bucket is left to people: what it would write more is no business of whoever owns that one.
func (k kept) unfit(ref resource.Ref, found coverage, still []string) string {
	left := strings.Join(still, ", ")
	switch {
	case len(still) > 0 && k.unvouched != "":
		return "No definition of the trail " + ref.ID + " that somebody vouches for is kept and covers more (" + left + "); there is " + k.unvouched +
			". Put it right by hand, and vouch for it: pipewarden trust trail " + ref.ID
	case len(still) > 0:
		return "No definition of the trail " + ref.ID + " is kept that covers more (" + left + "): put it right by hand."
	case k.bucket == "":
		return "Into which bucket the files of the trail " + ref.ID + " went is not kept, so that it is not known whether they go to the right one: put it right by hand."
	case k.bucket != found.Bucket:
		return "The files of the trail " + ref.ID + " go to the bucket " + found.Bucket + ", and went to " + k.bucket + ": see whose bucket that is before more is sent there."
	}
	return ""
}

// more says whether selectors let more of the events pass that change something, and leave nothing out that the others do not.
func more(then, now trail.Management) bool {
	if !passes(then) {
		return false
	}
	left := func(service string) bool { return !slices.Contains(now.Excludes, service) }
	return !passes(now) || len(then.Excludes) < len(now.Excludes) && !slices.ContainsFunc(then.Excludes, left)
}

func passes(m trail.Management) bool { return m.Writes.Is(func(pass bool) bool { return pass }) }

// left are the things that a trail leaves out, as trail-weakened calls them.
func (c coverage) left() []string {
	var all []string
	for label, on := range map[string]bool{"Multi-region": c.Switches.MultiRegion, "Global events": c.Switches.Global, "Log file validation": c.Switches.Validation} {
		if !on {
			all = append(all, label)
		}
	}
	switch m := c.Selectors.Management(); {
	case !passes(m):
		all = append(all, "Management events")
	case len(m.Excludes) > 0:
		all = append(all, "Left out")
	}
	return all
}

// reported are those of them that the finding is about, in its order. What other trails make up for, it is not about.
func reported(c remedy.Case, left []string) []string {
	var all []string
	for _, fact := range c.Finding.Facts {
		if slices.Contains(left, fact.Label) {
			all = append(all, fact.Label)
		}
	}
	return all
}
