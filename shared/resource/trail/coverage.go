package trail

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Selectors is what a trail lets through of all that happens, and what makes up for what it does not.
var Selectors = &resource.Kind[Coverage]{
	Name: name, Facet: "selectors",
	Changed: []event.Selector{event.Calls(service, "CreateTrail", updateTrail, "DeleteTrail", putSelectors)},
	Refs:    refs,
	Read:    readCoverage,
	List:    list,
	Told:    toldCoverage,
	Actions: []string{
		"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus",
		"cloudtrail:ListTags", "cloudtrail:ListTrails",
	},
	Definition: selected,
}

// Coverage is what one trail covers.
type Coverage struct {
	Name         string              `json:"name"`
	ARN          string              `json:"arn,omitempty"`
	HomeRegion   string              `json:"homeRegion,omitempty"`
	MultiRegion  resource.Fact[bool] `json:"multiRegion,omitzero"`
	GlobalEvents resource.Fact[bool] `json:"globalEvents,omitzero"` // of services without a region
	Validation   resource.Fact[bool] `json:"validation,omitzero"`   // of log files
	Management   Management          `json:"management,omitzero"`

	// Other is the trail among those that are seen from this one's home which is most likely to make up for what this one leaves out; without
	// a name when there is none. It is asked only where this one leaves something out, and nil elsewhere.
	Other *Other `json:"other,omitempty"`

	// Selection is what putting the selectors back would take. It is not asked for of another account's trail.
	Selection resource.Fact[Selection] `json:"selection,omitzero"`
}

// Other is another trail, as far as it logs what this one leaves out. Its facts are zero where nobody asked.
type Other struct {
	Name         string              `json:"name,omitempty"`
	MultiRegion  bool                `json:"multiRegion,omitempty"`
	GlobalEvents bool                `json:"globalEvents,omitempty"`
	Logging      resource.Fact[bool] `json:"logging,omitzero"`
	Management   Management          `json:"management,omitzero"`
}

// Owner is the account that the trail belongs to; "" when that is not known.
func (c Coverage) Owner() string {
	_, account, _ := parse(c.ARN)
	return account
}

// Gaps says that the trail leaves something out, or may.
func (c Coverage) Gaps() bool {
	on := func(v bool) bool { return v }
	return !c.MultiRegion.Is(on) || !c.GlobalEvents.Is(on) || c.Management.gaps()
}

func (m Management) gaps() bool {
	return !m.Writes.Is(func(pass bool) bool { return pass }) || len(m.Excludes) > 0
}

// readCoverage takes three calls, the third for tags; one more for a trail that looks for what is unusual; and one or two more where another
// trail has to be asked: only where this one leaves something out.
func readCoverage(ctx context.Context, cfg aws.Config, ref resource.Ref) (Coverage, error) {
	all, err := seen(ctx, cfg, ref.Region)
	if err != nil {
		return Coverage{}, fmt.Errorf("read selectors of trail %s: %w", ref.ID, err)
	}
	t, found := named(all, ref)
	if !found {
		return Coverage{}, fmt.Errorf("read selectors of trail %s: %w", ref.ID, ErrGone)
	}
	s := stateOf(t, ref)
	c := Coverage{
		Name: ref.ID, ARN: s.ARN, HomeRegion: s.HomeRegion, MultiRegion: s.MultiRegion, GlobalEvents: s.GlobalEvents, Validation: s.Validation,
	}
	c.read(ctx, cfg, t, ref)
	if c.Gaps() {
		c.Other = other(ctx, cfg, all, c)
	}
	return c, nil
}

// ErrGone is the error of a trail that is not there. It has the code with which CloudTrail itself says so.
var ErrGone = &smithy.GenericAPIError{Code: "TrailNotFoundException", Message: "there is no trail of that name", Fault: smithy.FaultClient}

// read learns what the trail lets through. That its tags or insight selectors are not to be had keeps nobody from judging that.
func (c *Coverage) read(ctx context.Context, cfg aws.Config, t types.Trail, ref resource.Ref) {
	in := client(cfg, aws.ToString(t.HomeRegion))
	s, err := selectorsOf(ctx, in, t)
	if err != nil {
		err = awserr.Plain("read selectors of trail "+aws.ToString(t.Name), err)
		c.Management, c.Selection = Management{Writes: resource.Unlearned[bool](err)}, resource.Unlearned[Selection](err)
		return
	}
	c.Management = s.Management()
	if ref.Account != "" && c.Owner() != ref.Account {
		return
	}
	if s, err = s.completed(ctx, in, t); err != nil {
		c.Selection = resource.Unlearned[Selection](awserr.Plain("read the rest of trail "+aws.ToString(t.Name), err))
		return
	}
	c.Selection = resource.Known(s)
}

func readManagement(ctx context.Context, cfg aws.Config, t types.Trail) Management {
	s, err := selectorsOf(ctx, client(cfg, aws.ToString(t.HomeRegion)), t)
	if err != nil {
		return Management{Writes: resource.Unlearned[bool](awserr.Plain("read selectors of trail "+aws.ToString(t.Name), err))}
	}
	return s.Management()
}

// other asks the likeliest trail what it logs of what is left out.
func other(ctx context.Context, cfg aws.Config, all []types.Trail, c Coverage) *Other {
	t, found := likeliest(all, c)
	if !found {
		return &Other{}
	}
	o := &Other{
		Name: aws.ToString(t.Name), MultiRegion: aws.ToBool(t.IsMultiRegionTrail), GlobalEvents: aws.ToBool(t.IncludeGlobalServiceEvents),
		Logging: readLogging(ctx, cfg, t),
	}
	switch {
	case !c.Management.gaps():
	case t.HasCustomEventSelectors != nil && !*t.HasCustomEventSelectors:
		o.Management = Management{Writes: resource.Known(true)} // the default (AWS CloudTrail API Reference, "PutEventSelectors")
	default:
		o.Management = readManagement(ctx, cfg, t)
	}
	return o
}

func readLogging(ctx context.Context, cfg aws.Config, t types.Trail) resource.Fact[bool] {
	out, err := client(cfg, aws.ToString(t.HomeRegion)).GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
	switch {
	case err != nil:
		return resource.Unlearned[bool](awserr.Plain("read status of trail "+aws.ToString(t.Name), err))
	case out.IsLogging == nil:
		return resource.Unlearned[bool](errors.New("the answer does not say whether it logs"))
	}
	return resource.Known(*out.IsLogging)
}

// likeliest is the other trail that most likely makes up for what is left out: one of all regions before one of this region, and one that
// logs everything by default before one with selectors of its own.
func likeliest(all []types.Trail, c Coverage) (types.Trail, bool) {
	others := slices.DeleteFunc(slices.Clone(all), func(t types.Trail) bool { return aws.ToString(t.TrailARN) == c.ARN || !covers(t, c.HomeRegion) })
	if len(others) == 0 {
		return types.Trail{}, false
	}
	return slices.MinFunc(others, func(a, b types.Trail) int { return doubt(a) - doubt(b) }), true
}

func doubt(t types.Trail) int {
	n := 0
	if !aws.ToBool(t.IsMultiRegionTrail) {
		n += 2
	}
	if t.HasCustomEventSelectors == nil || *t.HasCustomEventSelectors {
		n++
	}
	return n
}

// named is the trail of that name: of several, the one at home here and of this account.
func named(all []types.Trail, ref resource.Ref) (types.Trail, bool) {
	found := slices.DeleteFunc(slices.Clone(all), func(t types.Trail) bool { return aws.ToString(t.Name) != ref.ID })
	if len(found) == 0 {
		return types.Trail{}, false
	}
	return slices.MinFunc(found, func(a, b types.Trail) int { return strangeness(a, ref) - strangeness(b, ref) }), true
}
