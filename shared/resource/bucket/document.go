package bucket

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// LongestPolicy is how many bytes a bucket's policy may have (Amazon S3 User Guide, "Bucket policies for Amazon S3").
const LongestPolicy = 20 * 1024

// ReadPolicy reads the bucket's policy, and nothing else of it; the Document is nil when there is none. awserr.IsNotFound when the bucket is gone.
func ReadPolicy(ctx context.Context, cfg aws.Config, ref resource.Ref) (Policy, error) {
	var s State
	_ = newReader(cfg, ref).policy(ctx, &s) // what it failed of is in the fact
	p, known := s.Policy.Get()
	if !known {
		return Policy{}, fmt.Errorf("read policy of bucket %s: %w", ref.ID, s.Policy.Err())
	}
	return p, nil
}

// DenyPlaintext is the statement that refuses requests without TLS, for the bucket and all its objects (Amazon S3 User Guide, "Security best
// practices for Amazon S3").
func DenyPlaintext(ref resource.Ref, sid string) string {
	arn := ARN(ref)
	return fmt.Sprintf(`{"Sid":"%s","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["%s","%s/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, sid, arn, arn)
}
