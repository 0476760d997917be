// Package bucketblockpublic switches on all four flags of Block Public Access for a bucket.
package bucketblockpublic

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

//go:embed doc.md
var doc string

const id = "bucket-block-public"

// Remedy leaves policy and ACL alone: it takes their public part out of effect. One IAM action covers writing and deleting the configuration
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
var Remedy = &remedy.Remedy{
	ID: id, Doc: doc, Risk: remedy.Disruptive,
	Reads:  []string{"s3:GetBucketPublicAccessBlock", "s3:GetAccountPublicAccessBlock", "s3:GetBucketTagging"},
	Grants: []remedy.Grant{{Action: "s3:PutBucketPublicAccessBlock", Resource: "arn:{partition}:s3:::*"}},
	Plan:   plan, Apply: apply, Undo: undo,
}

// state is the part of a bucket that the remedy touches. No configuration is not the same as one with all flags off: undoing gives back which it was.
type state struct {
	Configuration *bucket.Flags `json:"configuration"`
}

func (s state) flags() bucket.Flags {
	if s.Configuration == nil {
		return bucket.Flags{}
	}
	return *s.Configuration
}

func (s state) equal(o state) bool {
	return (s.Configuration == nil) == (o.Configuration == nil) && s.flags() == o.flags()
}

func (s state) String() string {
	switch {
	case s.Configuration == nil:
		return "no configuration"
	case s.flags() == bucket.AllOn():
		return "all four flags on"
	}
	return fmt.Sprintf("off: %v", s.flags().Off())
}

func blocked() state {
	all := bucket.AllOn()
	return state{&all}
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (state, error) {
	f, configured, err := bucket.ReadBlock(ctx, cfg, ref)
	if err != nil {
		return state{}, fmt.Errorf("read block of bucket %s: %w", ref.ID, err)
	}
	if !configured {
		return state{}, nil
	}
	return state{&f}, nil
}

func plan(ctx context.Context, cfg aws.Config, f finding.Finding) (remedy.Plan, error) {
	ref := resource.Ref(f.Resource)
	if ref.Kind != bucket.Kind.Name {
		return remedy.Plan{}, &remedy.RefusedError{Why: "It works on buckets, and the finding is about a " + ref.Kind + "."}
	}
	before, err := read(ctx, cfg, ref)
	if err != nil {
		return remedy.Plan{}, err
	}
	p := remedy.Plan{Remedy: id, Resource: f.Resource, Manual: bucket.BlockCommand(ref)}
	covered := ""
	if before.flags() == bucket.AllOn() {
		covered = "All four flags of Block Public Access are on for " + ref.ID + "."
	} else if covered, err = byAccount(ctx, cfg, ref, before); err != nil {
		return remedy.Plan{}, err
	}
	if covered != "" {
		p.Summary = covered
		return p, fill(&p, before, before)
	}
	if p.Stack, err = stack(ctx, cfg, ref); err != nil {
		return remedy.Plan{}, err
	}
	p.Summary = "Switch on all four flags of Block Public Access for the bucket " + ref.ID + "."
	p.Breaks = "Public downloads and websites from it stop, and so does what its policy grants to other accounts while it also has a public statement; " +
		"uploads that send a public ACL are refused."
	p.Undoable = true
	call, err := putCall(ref, bucket.AllOn())
	if err != nil {
		return remedy.Plan{}, err
	}
	p.Calls = []remedy.Call{call}
	return p, fill(&p, before, blocked())
}

// byAccount says whether the account's flags leave nothing to do. Where they may not be read, the bucket's own are set: that harms nothing that they would not.
func byAccount(ctx context.Context, cfg aws.Config, ref resource.Ref, own state) (string, error) {
	account, err := bucket.ReadAccountBlock(ctx, cfg, ref)
	if ref.Account == "" || awserr.IsDenied(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read block of account %s: %w", ref.Account, err)
	}
	if own.flags().Or(account) == bucket.AllOn() {
		return "The account's own Block Public Access covers " + ref.ID + ".", nil
	}
	return "", nil
}

// stack is the CloudFormation stack that manages the bucket, which CloudFormation writes into its tags; "" for none.
func stack(ctx context.Context, cfg aws.Config, ref resource.Ref) (string, error) {
	input := &s3.GetBucketTaggingInput{Bucket: &ref.ID, ExpectedBucketOwner: owner(ref)}
	out, err := bucket.Client(cfg, ref).GetBucketTagging(ctx, input)
	if awserr.Is(err, "NoSuchTagSet") {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read tags of bucket %s: %w", ref.ID, err)
	}
	for _, tag := range out.TagSet {
		if aws.ToString(tag.Key) == "aws:cloudformation:stack-name" {
			return aws.ToString(tag.Value), nil
		}
	}
	return "", nil
}

func fill(p *remedy.Plan, before, after state) error {
	var err error
	if p.Before, err = json.Marshal(before); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	if p.After, err = json.Marshal(after); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	return nil
}
