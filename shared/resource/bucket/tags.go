package bucket

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	r := newReader(cfg, ref)
	out, err := r.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if awserr.Is(err, "NoSuchTagSet") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tags of bucket %s: %w", ref.ID, err)
	}
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

// Owner is whom a bucket has to belong to, for calls that change it: names are global, and a bucket may be made anew by somebody else.
func Owner(ref resource.Ref) *string {
	if ref.Account == "" {
		return nil
	}
	return &ref.Account
}
