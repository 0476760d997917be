package trailrecreate

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
)

// owned refuses a bucket that the account does not have. Names of buckets are global: whoever deletes a trail may delete its bucket as well, and
// make one of the same name in an account of their own, to which the account's events would go. Whose bucket it was is not kept, so that one of
// another account cannot be told from that. The list has the buckets of all regions, whatever their policies say.
func owned(ctx context.Context, cfg aws.Config, name string) error {
	pages := s3.NewListBucketsPaginator(s3.NewFromConfig(cfg), &s3.ListBucketsInput{Prefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find bucket %s: %w", name, err)
		}
		if slices.ContainsFunc(page.Buckets, func(b types.Bucket) bool { return aws.ToString(b.Name) == name }) {
			return nil
		}
	}
	return &remedy.RefusedError{Why: "The account has no bucket " + name + ", into which the trail's files went. Whose bucket of that name there is by now is not known: make the trail by hand if it is the right one."}
}

// bucket is where the files of the trail go.
func (m made) bucket() string {
	if m.Configuration == nil {
		return ""
	}
	return m.Configuration.S3BucketName
}

// sender is CloudTrail, and the account whose buckets are asked for before.
type sender struct{ cfg aws.Config }

func writer(cfg aws.Config, _ ...func(*cloudtrail.Options)) sender { return sender{cfg} }

// storing has a call wait for the bucket to be found the account's own: some time may have gone by since the plan was made.
func storing[I, O any](bucket string, method func(*cloudtrail.Client, context.Context, *I, ...func(*cloudtrail.Options)) (*O, error)) func(sender, context.Context, *I, ...func(*cloudtrail.Options)) (*O, error) {
	return func(s sender, ctx context.Context, in *I, options ...func(*cloudtrail.Options)) (*O, error) {
		if err := owned(ctx, s.cfg, bucket); err != nil {
			return nil, err
		}
		return method(cloudtrail.NewFromConfig(s.cfg), ctx, in, options...)
	}
}
