package bucketblockpublic

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

func apply(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	if p.Done() {
		return nil
	}
	return move(ctx, cfg, p, false)
}

func undo(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	if p.Done() {
		return nil
	}
	return move(ctx, cfg, p, true)
}

// move takes the bucket from one end of the plan to the other, and leaves it alone when it is at neither.
func move(ctx context.Context, cfg aws.Config, p remedy.Plan, back bool) error {
	var from, to state
	if err := json.Unmarshal(p.Before, &from); err != nil {
		return fmt.Errorf("decode plan: %w", err)
	}
	if err := json.Unmarshal(p.After, &to); err != nil {
		return fmt.Errorf("decode plan: %w", err)
	}
	if back {
		from, to = to, from
	}
	ref := resource.Ref(p.Resource)
	now, err := read(ctx, cfg, ref)
	switch {
	case err != nil:
		return err
	case now.equal(to):
		return nil
	case !now.equal(from):
		return &remedy.MovedError{What: "Block Public Access of the bucket " + ref.ID, Want: from.String(), Got: now.String()}
	}
	if err := write(ctx, cfg, ref, to); err != nil {
		return fmt.Errorf("write block of bucket %s: %w", ref.ID, err)
	}
	return nil
}

func write(ctx context.Context, cfg aws.Config, ref resource.Ref, to state) error {
	client := bucket.Client(cfg, ref)
	if to.Configuration == nil {
		_, err := client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &ref.ID, ExpectedBucketOwner: owner(ref)})
		return err
	}
	_, err := client.PutPublicAccessBlock(ctx, put(ref, *to.Configuration))
	return err
}

// put replaces all four flags.
func put(ref resource.Ref, f bucket.Flags) *s3.PutPublicAccessBlockInput {
	return &s3.PutPublicAccessBlockInput{
		Bucket: &ref.ID, ExpectedBucketOwner: owner(ref),
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
			BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
		},
	}
}

// sent is the input of the call as the API spells it.
type sent struct {
	Bucket                         string          `json:"Bucket"`
	ExpectedBucketOwner            string          `json:"ExpectedBucketOwner,omitempty"`
	PublicAccessBlockConfiguration map[string]bool `json:"PublicAccessBlockConfiguration"`
}

func putCall(ref resource.Ref, f bucket.Flags) (remedy.Call, error) {
	raw, err := json.Marshal(sent{Bucket: ref.ID, ExpectedBucketOwner: ref.Account, PublicAccessBlockConfiguration: map[string]bool{
		"BlockPublicAcls": f.BlockPublicAcls, "IgnorePublicAcls": f.IgnorePublicAcls,
		"BlockPublicPolicy": f.BlockPublicPolicy, "RestrictPublicBuckets": f.RestrictPublicBuckets,
	}})
	if err != nil {
		return remedy.Call{}, fmt.Errorf("encode call: %w", err)
	}
	return remedy.Call{Service: "s3", Operation: "PutPublicAccessBlock", Input: raw}, nil
}

// owner is who the bucket has to belong to: names are global, and a bucket may be made anew by somebody else.
func owner(ref resource.Ref) *string {
	if ref.Account == "" {
		return nil
	}
	return &ref.Account
}
