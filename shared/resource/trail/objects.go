package trail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

const objects = "AWS::S3::Object" // resource type of data events on objects (AWS CloudTrail API Reference, "DataResource")

// mostAsked bounds the trails whose selectors are asked for on behalf of a bucket: with more of them some are left out, and the answer
// may then be an error, never a false one.
const mostAsked = 3

// ObjectEvents is what trails log of the use of all objects of a bucket.
type ObjectEvents struct {
	Reads  bool     `json:"reads"`
	Writes bool     `json:"writes"`
	By     []string `json:"by,omitempty"` // names of the trails
}

func (o ObjectEvents) complete() bool { return o.Reads && o.Writes }

// ReadObjectEvents asks the trails that are seen in a region what they log of a bucket's objects: one call for all of them, and one for each
// that has selectors of its own, since no others log data events. It stops when all is known to be logged. Whether those trails log
// at this moment is not asked. An error says which trails may log more than was found.
func ReadObjectEvents(ctx context.Context, cfg aws.Config, region, bucketARN string) (ObjectEvents, error) {
	all, err := seen(ctx, cfg, region)
	if err != nil {
		return ObjectEvents{}, err
	}
	var found ObjectEvents
	var missed error // the first reason; the text gets into findings
	asked := 0
	for _, t := range all {
		custom := t.HasCustomEventSelectors == nil || *t.HasCustomEventSelectors
		if !custom || found.complete() || !covers(t, region) {
			continue
		}
		if asked++; asked > mostAsked {
			missed = cmp.Or(missed, errManyTrails)
			break
		}
		out, err := client(cfg, aws.ToString(t.HomeRegion)).GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
		if err != nil {
			missed = cmp.Or(missed, awserr.Plain("read selectors of trail "+aws.ToString(t.Name), err))
			continue
		}
		found.add(aws.ToString(t.Name), objectEventsOf(out, bucketARN))
	}
	if found.complete() {
		return found, nil
	}
	return found, missed
}

var errManyTrails = errors.New("there are more trails with selectors of their own than are asked")

// seen describes the trails that are seen in a region: those at home there, and those of other regions and of the organisation that cover it.
func seen(ctx context.Context, cfg aws.Config, region string) ([]types.Trail, error) {
	out, err := client(cfg, region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return nil, awserr.Plain("describe trails", err)
	}
	return out.TrailList, nil
}

func covers(t types.Trail, region string) bool {
	return aws.ToBool(t.IsMultiRegionTrail) || aws.ToString(t.HomeRegion) == region
}

// Prefixes lists below which prefixes the trails that are seen in a region deliver to a bucket, "" for its top.
func Prefixes(ctx context.Context, cfg aws.Config, region, bucket string) ([]string, error) {
	all, err := seen(ctx, cfg, region)
	if err != nil {
		return nil, fmt.Errorf("find trails of bucket %s: %w", bucket, err)
	}
	prefixes := []string{}
	for _, t := range all {
		if p := aws.ToString(t.S3KeyPrefix); aws.ToString(t.S3BucketName) == bucket && !slices.Contains(prefixes, p) {
			prefixes = append(prefixes, p)
		}
	}
	return prefixes, nil
}

func (o *ObjectEvents) add(name string, more ObjectEvents) {
	if more.Reads || more.Writes {
		o.Reads, o.Writes, o.By = o.Reads || more.Reads, o.Writes || more.Writes, append(o.By, name)
	}
}

// objectEventsOf judges one trail's selectors. A selector counts only for all objects of the bucket and all calls on them.
func objectEventsOf(out *cloudtrail.GetEventSelectorsOutput, bucketARN string) ObjectEvents {
	var found ObjectEvents
	for _, s := range out.EventSelectors {
		if slices.ContainsFunc(s.DataResources, func(r types.DataResource) bool {
			return aws.ToString(r.Type) == objects && slices.ContainsFunc(r.Values, func(v string) bool { return holds(v, bucketARN) })
		}) {
			found.Reads = found.Reads || s.ReadWriteType != types.ReadWriteTypeWriteOnly
			found.Writes = found.Writes || s.ReadWriteType != types.ReadWriteTypeReadOnly
		}
	}
	for _, s := range out.AdvancedEventSelectors {
		reads, writes := onObjects(s.FieldSelectors, bucketARN)
		found.Reads, found.Writes = found.Reads || reads, found.Writes || writes
	}
	return found
}

// holds says whether all objects of the bucket lie below what a selector names; the beginning of all ARNs of S3 means every bucket.
func holds(value, bucketARN string) bool {
	return value != "" && strings.HasPrefix(bucketARN+"/", value)
}

// onObjects says whether an advanced selector lets reading, and writing, of all objects of the bucket through. One with a field of
// another kind lets only some of it through.
func onObjects(fields []types.AdvancedFieldSelector, bucketARN string) (reads, writes bool) {
	holds := map[string]bool{byReadOnly: true, byARN: true} // both may be missing
	reads, writes = true, true
	for _, f := range fields {
		field := aws.ToString(f.Field)
		switch field {
		case byCategory:
			holds[field] = slices.Contains(f.Equals, "Data")
		case byType:
			holds[field] = slices.Contains(f.Equals, objects)
		case byARN:
			holds[field] = allObjects(f, bucketARN)
		case byReadOnly:
			reads, writes = slices.Contains(f.Equals, "true"), slices.Contains(f.Equals, "false")
		}
		if !holds[field] {
			return false, false
		}
	}
	whole := holds[byCategory] && holds[byType]
	return whole && reads, whole && writes
}

// allObjects says whether a condition on ARNs lets every object of the bucket through. What it excludes must lie in other buckets.
func allObjects(f types.AdvancedFieldSelector, bucketARN string) bool {
	if len(f.Equals)+len(f.EndsWith)+len(f.NotEndsWith) > 0 {
		return false
	}
	within := func(v string) bool { return holds(v, bucketARN) || strings.HasPrefix(v, bucketARN+"/") }
	if slices.ContainsFunc(f.NotStartsWith, within) || slices.ContainsFunc(f.NotEquals, within) {
		return false
	}
	return len(f.StartsWith) == 0 || slices.ContainsFunc(f.StartsWith, func(v string) bool { return holds(v, bucketARN) })
}
