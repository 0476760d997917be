package lambdahost

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// makeBucket makes a bucket as the template has it, but for what happens there by itself in time. Its policy is left out: moto heeds it without its
// conditions, so that one which denies plain HTTP denies everything.
func makeBucket(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	given := name(p, "BucketName", strings.ToLower(fmt.Sprintf("%s-%s-%s", id, d.Account, d.Region)))
	in := &s3.CreateBucketInput{Bucket: aws.String(given)}
	if d.Region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(d.Region)}
	}
	if p["ObjectLockEnabled"] == true {
		in.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	c := s3.NewFromConfig(d.cfg)
	if _, err := c.CreateBucket(ctx, in); err != nil {
		return nil, err
	}
	err := errors.Join(
		version(ctx, c, &given, p["VersioningConfiguration"]), lock(ctx, c, &given, p["ObjectLockConfiguration"]),
		block(ctx, c, &given, p["PublicAccessBlockConfiguration"]), encrypt(ctx, c, &given, p["BucketEncryption"]),
	)
	return Attributes{"Ref": given, "Arn": "arn:" + d.partition() + ":s3:::" + given, "DomainName": given + ".s3.amazonaws.com"}, err
}

func version(ctx context.Context, c *s3.Client, bucket *string, given any) error {
	spec, ok := given.(object)
	if !ok {
		return nil
	}
	in := &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{}}
	if err := into(spec, in.VersioningConfiguration); err != nil {
		return err
	}
	_, err := c.PutBucketVersioning(ctx, in)
	return err
}

func lock(ctx context.Context, c *s3.Client, bucket *string, given any) error {
	spec, ok := given.(object)
	if !ok {
		return nil
	}
	in := &s3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{}}
	if err := into(spec, in.ObjectLockConfiguration); err != nil {
		return err
	}
	_, err := c.PutObjectLockConfiguration(ctx, in)
	return err
}

func block(ctx context.Context, c *s3.Client, bucket *string, given any) error {
	spec, ok := given.(object)
	if !ok {
		return nil
	}
	in := &s3.PutPublicAccessBlockInput{Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{}}
	if err := into(spec, in.PublicAccessBlockConfiguration); err != nil {
		return err
	}
	_, err := c.PutPublicAccessBlock(ctx, in)
	return err
}

// encrypt sets the bucket's encryption. CloudFormation calls the rules otherwise than the API does.
func encrypt(ctx context.Context, c *s3.Client, bucket *string, given any) error {
	spec, ok := given.(object)
	if !ok {
		return nil
	}
	in := &s3.PutBucketEncryptionInput{Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{}}
	for _, one := range objects(spec["ServerSideEncryptionConfiguration"]) {
		rule := types.ServerSideEncryptionRule{}
		by, _ := one["ServerSideEncryptionByDefault"].(object)
		if err := into(object{"BucketKeyEnabled": one["BucketKeyEnabled"], "ApplyServerSideEncryptionByDefault": by}, &rule); err != nil {
			return err
		}
		in.ServerSideEncryptionConfiguration.Rules = append(in.ServerSideEncryptionConfiguration.Rules, rule)
	}
	_, err := c.PutBucketEncryption(ctx, in)
	return err
}
