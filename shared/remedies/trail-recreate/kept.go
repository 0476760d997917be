package trailrecreate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// kept is what the ledger has of the trail.
type kept struct {
	configuration trail.Configuration
	selection     trail.Selection
	said          string // which definition that is, in words
}

// formerly reads it. One that was only first seen does not count: whoever makes a trail into a bucket of theirs would have it made again as
// soon as somebody deletes it. Without selectors that somebody vouches for the trail gets those of a new one, which log all management events.
func formerly(ctx context.Context, c remedy.Case, ref resource.Ref) (kept, error) {
	var k kept
	d, err := definition(ctx, c, trail.Kind.Part(), &k.configuration)
	switch {
	case err != nil:
		return k, err
	case d == nil:
		return k, &remedy.RefusedError{Why: "No definition of the trail " + ref.ID + " is kept to make it by, or none of that number."}
	case !vouched(c, d):
		return k, &remedy.RefusedError{Why: "Nobody vouches for what is kept of the trail " + ref.ID + ": that is " + d.Said() +
			". Make it by hand; pipewarden trust vouches for a trail while it is there."}
	}
	k.said = d.Said()
	if why := unfit(k.configuration, ref); why != "" {
		return k, &remedy.RefusedError{Why: why}
	}
	s, err := definition(ctx, c, trail.Selectors.Part(), &k.selection)
	switch {
	case err != nil:
		return k, err
	case s == nil || !vouched(c, s):
		k.selection = unspoken()
		k.said += " (nobody vouches for selectors and tags of it: it gets the selectors of a new trail, and no tags)"
	case s.Said() != d.Said():
		k.said += " (its selectors and tags by " + s.Said() + ")"
	}
	return k, nil
}

// vouched says whether a definition is one to go back to: a person may ask for any.
func vouched(c remedy.Case, d *remedy.Definition) bool { return d.How != remedy.FirstSeen || c.Restore }

func definition(ctx context.Context, c remedy.Case, part string, into any) (*remedy.Definition, error) {
	if c.Trusted == nil {
		return nil, nil
	}
	d, err := c.Trusted(ctx, part)
	if err != nil || d == nil {
		return nil, err
	}
	if err := json.Unmarshal(d.Body, into); err != nil {
		return nil, fmt.Errorf("read %s: %w", d.Said(), err)
	}
	return d, nil
}

// unfit says why a trail is not made by what is kept; "" when it may be.
func unfit(c trail.Configuration, ref resource.Ref) string {
	parts := strings.SplitN(c.TrailARN, ":", 6)
	switch {
	case c.IsOrganizationTrail:
		return "The trail " + ref.ID + " is the organisation's: to make such a trail takes permissions in the organisation that pipewarden has not. Make it by hand, in the management account."
	case len(parts) != 6 || parts[3] != ref.Region || parts[4] != ref.Account || parts[5] != "trail/"+ref.ID:
		return "What is kept of " + ref.ID + " is another trail: " + c.TrailARN + "."
	case c.HomeRegion != ref.Region:
		return "What is kept of the trail " + ref.ID + " is at home in another region: " + c.HomeRegion + "."
	case c.S3BucketName == "":
		return "What is kept of the trail " + ref.ID + " names no bucket."
	}
	return ""
}
