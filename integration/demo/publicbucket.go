package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
)

func (d *demo) publicBucket(ctx context.Context) error {
	d.say("Somebody in the role Admin wants to share an artifact with a partner: Block Public Access is switched off, and a policy lets everyone " +
		"read the bucket in which web-prod keeps what it deploys.")
	v, mails, err := d.follow(ctx, happening{service: "s3", calls: []string{"DeleteBucketPublicAccessBlock", "PutBucketPolicy"}, do: d.share, look: d.bucket})
	if err != nil {
		return err
	}
	d.head("GetPublicAccessBlock, GetBucketPolicyStatus")
	d.compare([]string{estate.Artifacts, "before", "after the change", "after pipewarden"}, bucketLabels, v.before, v.after, v.done)
	d.gap()
	d.say("The policy is still there: pipewarden takes it out of effect and does not edit what somebody wrote.")
	found := find(mails, announce.Found, "bucket-public")
	if found < 0 {
		return fmt.Errorf("no message says that bucket-public was found")
	}
	d.mail(mails[found], []string{"1. ", "The path", "What pipewarden"})
	fixed := max(find(mails, announce.Fixed, "bucket-public"), find(mails, announce.Fixed, "bucket-block-public-off"))
	if fixed < 0 {
		return fmt.Errorf("no message says that bucket-public was put right")
	}
	d.mail(mails[fixed], []string{"What was done", "Undo"})
	d.others(mails, found, fixed)
	return nil
}

func (d *demo) share(ctx context.Context) error {
	c := s3.NewFromConfig(d.aws.As(estate.Admin, estate.Region))
	if _, err := c.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(estate.Artifacts)}); err != nil {
		return err
	}
	_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(estate.Artifacts), Policy: estate.Policy(estate.Artifacts, estate.DenyPlainHTTP, estate.OpenToAll)})
	return err
}

var bucketLabels = []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets", "policy is public (S3 says)", "everyone can read objects"}

func (d *demo) bucket(ctx context.Context) ([]string, error) {
	c := s3.NewFromConfig(d.system.Config())
	var acls, ignored, policy, restricted bool
	flags, err := c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(estate.Artifacts)})
	switch {
	case err == nil:
		f := flags.PublicAccessBlockConfiguration
		acls, ignored, policy, restricted = aws.ToBool(f.BlockPublicAcls), aws.ToBool(f.IgnorePublicAcls), aws.ToBool(f.BlockPublicPolicy), aws.ToBool(f.RestrictPublicBuckets)
	case !awserr.IsNotFound(err) && awserr.Code(err) != "NoSuchPublicAccessBlockConfiguration":
		return nil, err
	}
	status, err := c.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: aws.String(estate.Artifacts)})
	if err != nil {
		return nil, err
	}
	public := aws.ToBool(status.PolicyStatus.IsPublic)
	return []string{on(acls), on(ignored), on(policy), on(restricted), yes(public), yes(public && !restricted)}, nil
}

func on(b bool) string {
	if b {
		return "on"
	}
	return "off"
}
