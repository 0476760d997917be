package bucket

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const putVersioning = "PutBucketVersioning"

// The states of versioning, besides "" for a bucket on which it was never switched on (S3 API Reference, GetBucketVersioning).
const (
	VersioningEnabled   = string(types.BucketVersioningStatusEnabled)
	VersioningSuspended = string(types.BucketVersioningStatusSuspended)
)

// Versioning is whether former versions of a bucket's objects are kept. It is asked of artifact stores and of the buckets that pipelines
// take their source from.
var Versioning = &resource.Kind[VersioningState]{
	Name: kind, Facet: "versioning",
	Changed: []event.Selector{event.Calls(service, putVersioning, "DeleteBucket")},
	Refs:    refs,
	Read:    readVersioning,
	List:    list,
	Told:    toldVersioning,
	Actions: []string{"s3:GetBucketVersioning", "s3:ListAllMyBuckets"},
	Scoped:  true,
	UsedAs:  []string{usedAsStore, usedAsSource},
	Spread:  7,
}

// VersioningState is what GetBucketVersioning tells.
type VersioningState struct {
	Status    string `json:"status"`              // VersioningEnabled, VersioningSuspended, or "": never switched on
	MFADelete bool   `json:"mfaDelete,omitempty"` // only root may change it, with an MFA device
}

// Kept says whether objects that are overwritten or deleted stay as former versions.
func (s VersioningState) Kept() bool { return s.Status == VersioningEnabled }

func readVersioning(ctx context.Context, cfg aws.Config, ref resource.Ref) (VersioningState, error) {
	s, err := newReader(cfg, ref).versioning(ctx)
	if err != nil {
		return VersioningState{}, fmt.Errorf("read versioning of bucket %s: %w", ref.ID, err)
	}
	return s, nil
}

func (r *reader) versioning(ctx context.Context) (VersioningState, error) {
	out, err := r.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if err != nil {
		return VersioningState{}, &unread{"GetBucketVersioning", err}
	}
	return VersioningState{Status: string(out.Status), MFADelete: out.MFADelete == types.MFADeleteStatusEnabled}, nil
}

// toldVersioning takes only the two states that can be asked for.
func toldVersioning(e *event.Event) (VersioningState, bool) {
	if e.Name() != putVersioning || !e.Succeeded() || len(refs(e)) == 0 {
		return VersioningState{}, false
	}
	sent := e.Request().Object("VersioningConfiguration")
	s := VersioningState{Status: sent.String("Status"), MFADelete: sent.String("MfaDelete") == string(types.MFADeleteStatusEnabled)}
	return s, s.Status == VersioningEnabled || s.Status == VersioningSuspended
}
