package bucket

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// list yields the buckets of one region; of all regions when the Ref names none. S3 tells a bucket's region only to a request that has
// some parameter, and filters by region only at that region's endpoint (API Reference, ListBuckets).
func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		const perPage = 1000
		input := &s3.ListBucketsInput{MaxBuckets: aws.Int32(perPage)}
		if in.Region != "" {
			input.BucketRegion = &in.Region
		}
		pages := s3.NewListBucketsPaginator(Client(cfg, in), input)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list buckets: %w", err))
				return
			}
			for _, b := range page.Buckets {
				region := aws.ToString(b.BucketRegion)
				if region == "" {
					region = in.Region
				}
				if in.Region != "" && region != in.Region {
					continue
				}
				if !yield(resource.Ref{Kind: kind, ID: aws.ToString(b.Name), Account: in.Account, Region: region}, nil) {
					return
				}
			}
		}
	}
}
