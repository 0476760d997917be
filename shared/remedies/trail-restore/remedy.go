// Package trailrestore has a trail cover again what it covered before somebody cut it down.
package trailrestore

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// trails is the resource of both writes: trails at home in any region (Service Authorization Reference, "AWS CloudTrail").
const trails = "arn:{partition}:cloudtrail:*:{account}:trail/*"

// Remedy switches on again what was on, and puts the event selectors back, where what is kept of the trail covers more than it does now. Where
// its files go, and under which key, is not touched.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "trail-restore", Risk: remedy.Disruptive,
	On:     []resource.Source{trail.Kind},
	Reads:  []string{"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"},
	Grants: []remedy.Grant{{Action: "cloudtrail:PutEventSelectors", Resource: trails}, {Action: "cloudtrail:UpdateTrail", Resource: trails}},
}, remedy.Change[coverage]{What: "coverage of trail", Read: read, Aim: aim, Requests: requests, Same: same, Stepwise: true})

// coverage is the part of a trail that is touched, which trail it is, and where its files go: more of them is not to go to somebody else. Of basic
// and advanced selectors it has one form.
type coverage struct {
	ARN       string          `json:"trailARN"`
	Bucket    string          `json:"S3BucketName"`
	Switches  switches        `json:"trail"`
	Selectors trail.Selection `json:"selectors"`
}

// switches are turned by one call, so that where only some of them are turned that was somebody else.
type switches struct {
	MultiRegion bool `json:"IsMultiRegionTrail"`
	Global      bool `json:"IncludeGlobalServiceEvents"`
	Validation  bool `json:"EnableLogFileValidation"`
}

// same has no regard to the order of selectors and of what they name.
func same(found, want coverage) bool {
	return found.ARN == want.ARN && found.Bucket == want.Bucket && found.Switches == want.Switches && alike(found.Selectors, want.Selectors)
}

func alike(a, b trail.Selection) bool {
	x, errX := a.MarshalJSON()
	y, errY := b.MarshalJSON()
	return errX == nil && errY == nil && resource.Alike(x, y)
}

// read looks at the trail that is at home where the Ref says. One that is at home elsewhere, or belongs to another account, is another one.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *coverage) (coverage, error) {
	t, found, err := trail.Find(ctx, cfg, ref)
	switch {
	case err != nil:
		return coverage{}, err
	case !found && t.TrailARN != nil:
		return coverage{}, &remedy.RefusedError{Why: "The trail " + ref.ID + " is " + aws.ToString(t.TrailARN) +
			": it can be changed only there, by the account that it belongs to or the organisation's delegated administrator."}
	case !found:
		return coverage{}, fmt.Errorf("read trail %s: %w", ref.ID, trail.ErrGone)
	}
	s, err := trail.ReadSelectors(ctx, cfg, t)
	c := trail.ConfigurationOf(t)
	return coverage{
		ARN: c.TrailARN, Bucket: c.S3BucketName, Selectors: s,
		Switches: switches{MultiRegion: c.IsMultiRegionTrail, Global: c.IncludeGlobalServiceEvents, Validation: c.EnableLogFileValidation},
	}, err
}

// aim takes from what is kept only what covers more, so that a trail which was kept when it was cut down already is no worse for it.
func aim(ctx context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found coverage) (remedy.Aim[coverage], error) {
	kept, err := formerly(ctx, c, found)
	if err != nil {
		return remedy.Aim[coverage]{}, err
	}
	to, sources := kept.over(found)
	if len(reported(c, found.left())) == 0 && (!c.Restore || same(found, to)) {
		return remedy.Aim[coverage]{To: found, Summary: "The trail " + ref.ID + " leaves nothing of that out any more."}, nil
	}
	if why := kept.unfit(ref, found, reported(c, to.left())); why != "" {
		return remedy.Aim[coverage]{}, &remedy.RefusedError{Why: why}
	}
	return remedy.Aim[coverage]{
		To: to, Summary: "Have the trail " + ref.ID + " cover again what it covered in " + strings.Join(sources, " and in ") + ".",
		Breaks: "No work stops; it writes more, which is paid for, and selectors that were added since go with those that are replaced.",
	}, nil
}

// requests go to the region of the Ref, where the trail was found to be at home: another region refuses. What UpdateTrail is not sent stays as it was; the selectors
// that PutEventSelectors is sent replace the former ones, of either form (AWS CloudTrail API Reference).
func requests(ref resource.Ref, from, to coverage) ([]remedy.Request, error) {
	var all []remedy.Request
	if from.Switches != to.Switches {
		in := &cloudtrail.UpdateTrailInput{
			Name: &ref.ID, IsMultiRegionTrail: &to.Switches.MultiRegion, IncludeGlobalServiceEvents: &to.Switches.Global, EnableLogFileValidation: &to.Switches.Validation,
		}
		all = append(all, remedy.Write(in, cloudtrail.NewFromConfig, (*cloudtrail.Client).UpdateTrail))
	}
	if !alike(from.Selectors, to.Selectors) {
		in := &cloudtrail.PutEventSelectorsInput{
			TrailName: &ref.ID, EventSelectors: to.Selectors.EventSelectors, AdvancedEventSelectors: to.Selectors.AdvancedEventSelectors,
		}
		all = append(all, remedy.Write(in, cloudtrail.NewFromConfig, (*cloudtrail.Client).PutEventSelectors))
	}
	return all, nil
}
