package bucket

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

const putLogging = "PutBucketLogging"

// Logging is whether anybody writes down who reads and writes a bucket's objects: S3 by server access logging, or a trail by data events.
// It is asked of buckets that trails deliver to, and of those that artifacts lie in.
var Logging = &resource.Kind[LoggingState]{
	Name: kind, Facet: "logging",
	Changed: []event.Selector{event.Calls(service, putLogging, "DeleteBucket")},
	Refs:    refs,
	Read:    readLogging,
	List:    list,
	Told:    toldLogging,
	Actions: []string{"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "s3:GetBucketLogging", "s3:ListAllMyBuckets"},
	Scoped:  true,
	UsedAs:  []string{usedAsTrailLogs, usedAsStore, usedAsArtifacts},
	Spread:  7,
}

// LoggingState is where the use of a bucket's objects is written down.
type LoggingState struct {
	Target string                            `json:"target,omitempty"` // the bucket that access logs are delivered to; "" for none
	Data   resource.Fact[trail.ObjectEvents] `json:"data,omitzero"`    // what trails log of it; asked only without access logs
}

// readLogging takes one call for a bucket with access logs; else one more for all trails, and one for each trail with selectors of its
// own, of which trail.ReadObjectEvents asks a few at most.
func readLogging(ctx context.Context, cfg aws.Config, ref resource.Ref) (LoggingState, error) {
	r := newReader(cfg, ref)
	out, err := r.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if err != nil {
		return LoggingState{}, fmt.Errorf("read logging of bucket %s: %w", ref.ID, &unread{"GetBucketLogging", err})
	}
	if out.LoggingEnabled != nil {
		return LoggingState{Target: aws.ToString(out.LoggingEnabled.TargetBucket)}, nil
	}
	events, err := trail.ReadObjectEvents(ctx, cfg, ref.Region, ARN(ref))
	return LoggingState{Data: fact(events, err)}, nil
}

func toldLogging(e *event.Event) (LoggingState, bool) {
	if e.Name() != putLogging || !e.Succeeded() || len(refs(e)) == 0 {
		return LoggingState{}, false
	}
	sent := e.Request()
	return LoggingState{Target: sent.String("BucketLoggingStatus", "LoggingEnabled", "TargetBucket")}, sent.Has("BucketLoggingStatus")
}
