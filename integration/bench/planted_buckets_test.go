package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const openToAll = `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%[1]s/*"}`

// then does one thing after another to a bucket.
func then(i int, steps ...func(context.Context, *s3.Client, *string) error) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		for _, step := range steps {
			if err := step(ctx, s3.NewFromConfig(e.cfg), aws.String(bucketName(i))); err != nil {
				return err
			}
		}
		return nil
	}
}

func unblock(ctx context.Context, c *s3.Client, name *string) error {
	_, err := c.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: name})
	return err
}

// block switches the block on, all of it or all but the part that holds an open policy back.
func block(all bool) func(context.Context, *s3.Client, *string) error {
	return func(ctx context.Context, c *s3.Client, name *string) error {
		_, err := c.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: &all,
		}})
		return err
	}
}

// statement takes the statement out of a policy.
func statement(policy string) string {
	_, rest, _ := strings.Cut(policy, `"Statement":[`)
	return strings.TrimSuffix(rest, "]}")
}

func allow(statements ...string) func(context.Context, *s3.Client, *string) error {
	return func(ctx context.Context, c *s3.Client, name *string) error {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, *name)
		_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: &text})
		return err
	}
}

func noPolicy(ctx context.Context, c *s3.Client, name *string) error {
	_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: name})
	return err
}

const partner = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%[1]s/*"}`

func plantedBuckets() []plant {
	tls := statement(tlsOnly)
	return []plant{
		{kind: "bucket", id: bucketName(3), checks: "bucket-block-public-off", make: then(3, unblock)},
		{kind: "bucket", id: bucketName(7), checks: "bucket-block-public-off bucket-public", make: then(7, unblock, allow(openToAll, tls))},
		{kind: "bucket", id: bucketName(11), checks: "bucket-public-latent", make: then(11, unblock, allow(openToAll, tls), block(true))},
		{kind: "bucket", id: bucketName(211), checks: "bucket-plaintext-transport bucket-public-latent", make: then(211, unblock, allow(openToAll), block(true))}, // a project's
		{kind: "bucket", id: bucketName(213), checks: "bucket-plaintext-transport", make: then(213, noPolicy)},
		{kind: "bucket", id: bucketName(13), checks: "bucket-unversioned", make: then(13, func(ctx context.Context, c *s3.Client, name *string) error {
			_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended}})
			return err
		})},
		{kind: "bucket", id: bucketName(15), checks: "bucket-access-unlogged", make: then(15, func(ctx context.Context, c *s3.Client, name *string) error {
			_, err := c.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: name, BucketLoggingStatus: &s3types.BucketLoggingStatus{}})
			return err
		})},
		{kind: "bucket", id: bucketName(17), checks: "bucket-foreign-access", make: then(17, allow(partner, tls))},
		{kind: "bucket", id: bucketName(217), checks: "bucket-block-public-off", make: then(217, block(false))}, // three of four
	}
}
