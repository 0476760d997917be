// Package accountblockpublic switches on all four flags of Block Public Access for a whole account.
package accountblockpublic

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Remedy leaves the flags, policies and ACLs of each bucket alone. One IAM action covers writing and deleting the configuration, and takes no
// resource (Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "account-block-public", Risk: remedy.Disruptive,
	On:     []resource.Source{account.Kind},
	Reads:  []string{"s3:GetAccountPublicAccessBlock"},
	Grants: []remedy.Grant{{Action: "s3:PutAccountPublicAccessBlock", Resource: "*"}},
}, remedy.Change[block]{What: "Block Public Access of account", Read: read, Aim: aim, Requests: requests})

// block is the part of an account that is touched. No configuration is not the same as one with all flags off: undoing gives back which it was.
type block struct {
	Configuration *bucket.Flags `json:"configuration"`
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *block) (block, error) {
	f, configured, err := bucket.ReadAccountConfiguration(ctx, cfg, ref)
	if err != nil {
		return block{}, fmt.Errorf("read block of account %s: %w", ref.Account, err)
	}
	if !configured {
		return block{}, nil
	}
	return block{&f}, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found block) (remedy.Aim[block], error) {
	all := bucket.AllOn()
	if found.Configuration != nil && *found.Configuration == all {
		return remedy.Aim[block]{To: found, Summary: "All four flags of Block Public Access are on for account " + ref.Account + "."}, nil
	}
	return remedy.Aim[block]{
		To:      block{&all},
		Summary: "Switch on all four flags of Block Public Access for the whole account " + ref.Account + ".",
		Breaks: "Public downloads and websites from every bucket of the account stop, in all regions, those that no pipeline uses included, and so does what a policy " +
			"with a public statement grants to other accounts; uploads that send a public ACL are refused.",
	}, nil
}

func requests(ref resource.Ref, _, to block) ([]remedy.Request, error) {
	if to.Configuration == nil {
		in := &s3control.DeletePublicAccessBlockInput{AccountId: &ref.Account}
		return []remedy.Request{remedy.Write(in, s3control.NewFromConfig, (*s3control.Client).DeletePublicAccessBlock)}, nil
	}
	f := *to.Configuration
	in := &s3control.PutPublicAccessBlockInput{
		AccountId: &ref.Account,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
			BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
		},
	}
	return []remedy.Request{remedy.Write(in, s3control.NewFromConfig, (*s3control.Client).PutPublicAccessBlock)}, nil
}
