package bucket

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

const deleteLifecycle = "DeleteBucketLifecycle"

// Lifecycle is when a bucket's objects are deleted by themselves. It is asked of buckets that trails deliver to.
var Lifecycle = &resource.Kind[LifecycleState]{
	Name: kind, Facet: "lifecycle",
	Changed: []event.Selector{event.Calls(service, "PutBucketLifecycle", "PutBucketLifecycleConfiguration", deleteLifecycle, "DeleteBucket")},
	Refs:    refs,
	Read:    readLifecycle,
	List:    list,
	Told:    toldLifecycle,
	Actions: []string{"cloudtrail:DescribeTrails", "s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:ListAllMyBuckets"},
	Scoped:  true,
	UsedAs:  []string{usedAsTrailLogs},
}

// LifecycleState is the rules that delete, and what decides whether they reach the files of a trail.
type LifecycleState struct {
	Expiries []Expiry `json:"expiries,omitempty"` // of enabled rules that need no tag on the object; rules that only move objects are none

	// Versioning is asked only where former versions expire: without it there are none.
	Versioning resource.Fact[VersioningState] `json:"versioning,omitzero"`

	// Prefixes are those below which the trails that are seen from here deliver to the bucket, "" for its top. They are asked only where
	// it matters.
	Prefixes resource.Fact[[]string] `json:"prefixes,omitzero"`
}

// Expiry is one rule that deletes (S3 API Reference, "LifecycleRule").
type Expiry struct {
	Rule       string    `json:"rule,omitempty"`       // its ID
	Prefix     string    `json:"prefix,omitempty"`     // of the objects that it holds for; "" for all
	Days       int       `json:"days,omitempty"`       // after their creation objects are deleted; 0: not by their age
	Date       time.Time `json:"date,omitzero"`        // from when on all objects are deleted, however young
	FormerDays int       `json:"formerDays,omitempty"` // after they became former versions these are deleted; 0: never
	Spares     int       `json:"spares,omitempty"`     // so many of the newest former versions stay all the same
}

// deletesFormer says that no former version is sure to stay.
func (x Expiry) deletesFormer() bool { return x.FormerDays > 0 && x.Spares == 0 }

// readLifecycle takes one call for most buckets, and three at most.
func readLifecycle(ctx context.Context, cfg aws.Config, ref resource.Ref) (LifecycleState, error) {
	r := newReader(cfg, ref)
	out, err := r.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if awserr.Is(err, "NoSuchLifecycleConfiguration") {
		return LifecycleState{}, nil
	}
	if err != nil {
		return LifecycleState{}, fmt.Errorf("read lifecycle of bucket %s: %w", ref.ID, &unread{"GetBucketLifecycleConfiguration", err})
	}
	var s LifecycleState
	former, place := false, false
	for _, rule := range out.Rules {
		if x, deletes := expiryOf(rule); deletes {
			s.Expiries = append(s.Expiries, x)
			former, place = former || x.deletesFormer(), place || needsPlace(x.Prefix)
		}
	}
	if former {
		versioning, err := r.versioning(ctx)
		s.Versioning = fact(versioning, err)
	}
	if place {
		prefixes, err := trail.Prefixes(ctx, cfg, ref.Region, ref.ID)
		s.Prefixes = fact(prefixes, err)
	}
	return s, nil
}

// expiryOf leaves out what deletes no trail's file: rules that are off, that only move objects or clear away uploads that broke off, and those
// for objects with a tag, since CloudTrail sets none.
func expiryOf(rule types.LifecycleRule) (x Expiry, deletes bool) {
	if f := rule.Filter; f != nil && (f.Tag != nil || f.And != nil && len(f.And.Tags) > 0) {
		return Expiry{}, false
	}
	x = Expiry{Rule: aws.ToString(rule.ID), Prefix: prefixOf(rule)}
	if e := rule.Expiration; e != nil {
		x.Days, x.Date = int(aws.ToInt32(e.Days)), aws.ToTime(e.Date)
	}
	if n := rule.NoncurrentVersionExpiration; n != nil {
		x.FormerDays, x.Spares = int(aws.ToInt32(n.NoncurrentDays)), int(aws.ToInt32(n.NewerNoncurrentVersions))
	}
	return x, rule.Status == types.ExpirationStatusEnabled && (x.Days > 0 || !x.Date.IsZero() || x.FormerDays > 0)
}

// prefixOf finds the prefix in one of the three places where rules have it, the first of which is that of older ones.
func prefixOf(rule types.LifecycleRule) string {
	prefix := aws.ToString(rule.Prefix) //nolint:staticcheck // deprecated, and still given
	if f := rule.Filter; f != nil {
		prefix += aws.ToString(f.Prefix)
		if f.And != nil {
			prefix += aws.ToString(f.And.Prefix)
		}
	}
	return prefix
}
