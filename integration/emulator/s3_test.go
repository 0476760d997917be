package emulator

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

const publicPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}]}`

func newBucket(t *testing.T, c *s3.Client, name string) *string {
	t.Helper()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: s(name), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}})
	if err != nil {
		t.Fatal(err)
	}
	return s(name)
}

func TestFreshBucket(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	for name, style := range map[string]bool{"virtual-host": false, "path-style": true} {
		t.Run(name, func(t *testing.T) {
			c := s3.NewFromConfig(a.Config(account, region), func(o *s3.Options) { o.UsePathStyle = style })
			bucket := newBucket(t, c, name)

			_, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
			refused(t, err, "NoSuchBucketPolicy")
			_, err = c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: bucket})
			refused(t, err, "NoSuchBucketPolicy")
			sealed, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
			rule := ok(t, sealed, err).ServerSideEncryptionConfiguration.Rules[0]
			equal(t, "algorithm", rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
			owners, err := c.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
			equal(t, "ownership", ok(t, owners, err).OwnershipControls.Rules[0].ObjectOwnership, types.ObjectOwnershipBucketOwnerEnforced)
			block, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
			have := *ok(t, block, err).PublicAccessBlockConfiguration
			equal(t, "all flags", *have.BlockPublicAcls && *have.IgnorePublicAcls && *have.BlockPublicPolicy && *have.RestrictPublicBuckets, true)
		})
	}
}

func TestStrippedBucket(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := s3.NewFromConfig(a.Config(account, region))
	bucket := newBucket(t, c, "artifacts")

	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: s(publicPolicy)})
	refused(t, err, "AccessDenied")
	_, err = c.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: bucket, ACL: types.BucketCannedACLPublicRead})
	refused(t, err, "AccessControlListNotSupported")

	deleted, err := c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: bucket})
	ok(t, deleted, err)
	_, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
	refused(t, err, "NoSuchPublicAccessBlockConfiguration")
	put, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: s(publicPolicy)})
	ok(t, put, err)
	status, err := c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: bucket})
	equal(t, "public", aws.ToBool(ok(t, status, err).PolicyStatus.IsPublic), true)

	narrow := strings.Replace(publicPolicy, `"*"`, `{"AWS":"arn:aws:iam::444455556666:root"}`, 1)
	put, err = c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: s(narrow)})
	ok(t, put, err)
	status, err = c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: bucket})
	equal(t, "public", aws.ToBool(ok(t, status, err).PolicyStatus.IsPublic), false)

	object, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: s("a/b c.txt"), Body: strings.NewReader("x"), IfNoneMatch: s("*")})
	equal(t, "seal", ok(t, object, err).ServerSideEncryption, types.ServerSideEncryptionAes256)
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: s("a/b c.txt"), Body: strings.NewReader("y"), IfNoneMatch: s("*")})
	refused(t, err, "PreconditionFailed")
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: s("a/b c.txt")})
	equal(t, "length", *ok(t, head, err).ContentLength, 1)
}

func TestPublicGrantsAreHiddenWhereIgnored(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	cfg := a.Config(account, region)
	c := s3.NewFromConfig(cfg)
	bucket := newBucket(t, c, "artifacts")
	grants := func() (public int) {
		acl, err := c.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: bucket})
		for _, g := range ok(t, acl, err).Grants {
			if strings.HasSuffix(aws.ToString(g.Grantee.URI), "AllUsers") {
				public++
			}
		}
		return public
	}
	opened, err := c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: bucket})
	ok(t, opened, err)
	owners, err := c.PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{Bucket: bucket, OwnershipControls: &types.OwnershipControls{
		Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipObjectWriter}},
	}})
	ok(t, owners, err)
	acl, err := c.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: bucket, ACL: types.BucketCannedACLPublicRead})
	ok(t, acl, err)
	equal(t, "public grants", grants(), 1)

	control := s3control.NewFromConfig(cfg)
	_, err = control.GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: s(account)})
	refused(t, err, "NoSuchPublicAccessBlockConfiguration")
	put, err := control.PutPublicAccessBlock(t.Context(), &s3control.PutPublicAccessBlockInput{AccountId: s(account), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
		IgnorePublicAcls: aws.Bool(true), BlockPublicAcls: aws.Bool(false), BlockPublicPolicy: aws.Bool(false), RestrictPublicBuckets: aws.Bool(false),
	}})
	ok(t, put, err)
	equal(t, "public grants under the account's block", grants(), 0)
	got, err := control.GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: s(account)})
	equal(t, "flag", *ok(t, got, err).PublicAccessBlockConfiguration.IgnorePublicAcls, true)
}

func TestExpectedBucketOwner(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := s3.NewFromConfig(a.Config(account, region))
	bucket := newBucket(t, c, "artifacts")
	location, err := c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: bucket, ExpectedBucketOwner: s(account)})
	equal(t, "location", ok(t, location, err).LocationConstraint, region)
	_, err = c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: bucket, ExpectedBucketOwner: s(other)})
	refused(t, err, "AccessDenied")
	versions, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: bucket, ExpectedBucketOwner: s(account),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	ok(t, versions, err)
	got, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	equal(t, "versioning", ok(t, got, err).Status, types.BucketVersioningStatusEnabled)
	tagged, err := c.PutBucketTagging(t.Context(), &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: s("a"), Value: s("b")}}}})
	ok(t, tagged, err)
	newBucket(t, c, "another")
	listed, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(1)})
	equal(t, "buckets", len(ok(t, listed, err).Buckets), 2)
}
