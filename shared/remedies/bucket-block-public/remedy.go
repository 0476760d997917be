// Package bucketblockpublic switches on all four flags of Block Public Access for a bucket.
package bucketblockpublic

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Remedy leaves policy and ACL alone: it takes their public part out of effect. One IAM action covers writing and deleting the configuration
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "bucket-block-public", Risk: remedy.Disruptive,
	On:     []resource.Source{bucket.Kind},
	Reads:  []string{"s3:GetBucketPublicAccessBlock", "s3:GetAccountPublicAccessBlock"},
	Grants: []remedy.Grant{{Action: "s3:PutBucketPublicAccessBlock", Resource: "arn:{partition}:s3:::*"}},
}, remedy.Change[block]{What: "Block Public Access of the bucket", Read: read, Aim: aim, Requests: requests})

// block is the part of a bucket that is touched. No configuration is not the same as one with all flags off: undoing gives back which it was.
type block struct {
	Configuration *bucket.Flags `json:"configuration"`
}

func (b block) flags() bucket.Flags {
	if b.Configuration == nil {
		return bucket.Flags{}
	}
	return *b.Configuration
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *block) (block, error) {
	if err := remedy.Owned(ref); err != nil {
		return block{}, err
	}
	f, configured, err := bucket.ReadBlock(ctx, cfg, ref)
	if err != nil {
		return block{}, fmt.Errorf("read block of bucket %s: %w", ref.ID, err)
	}
	if !configured {
		return block{}, nil
	}
	return block{&f}, nil
}

func aim(ctx context.Context, cfg aws.Config, _ remedy.Case, ref resource.Ref, found block) (remedy.Aim[block], error) {
	all := bucket.AllOn()
	if found.flags() == all {
		return remedy.Aim[block]{To: found, Summary: "All four flags of Block Public Access are on for " + ref.ID + "."}, nil
	}
	account, err := bucket.ReadAccountBlock(ctx, cfg, ref)
	switch {
	case awserr.IsDenied(err): // the bucket's own are set: that harms nothing that the account's would not
	case err != nil:
		return remedy.Aim[block]{}, fmt.Errorf("read block of account %s: %w", ref.Account, err)
	case found.flags().Or(account) == all:
		return remedy.Aim[block]{To: found, Summary: "The account's own Block Public Access covers " + ref.ID + "."}, nil
	}
	return remedy.Aim[block]{
		To:      block{&all},
		Summary: "Switch on all four flags of Block Public Access for the bucket " + ref.ID + ".",
		Breaks: "Public downloads and websites from it stop, and so does what its policy grants to other accounts while it also has a public statement; " +
			"uploads that send a public ACL are refused.",
	}, nil
}

func requests(ref resource.Ref, _, to block) ([]remedy.Request, error) {
	if to.Configuration == nil {
		in := &s3.DeletePublicAccessBlockInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)}
		return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).DeletePublicAccessBlock)}, nil
	}
	f := *to.Configuration
	in := &s3.PutPublicAccessBlockInput{
		Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref),
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
			BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
		},
	}
	return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutPublicAccessBlock)}, nil
}
