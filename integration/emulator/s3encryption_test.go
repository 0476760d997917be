package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestBucketEncryption(t *testing.T) {
	t.Parallel()
	c := s3.NewFromConfig(ForTest(t).Config(account, region))
	bucket := newBucket(t, c, "artifacts")
	put := func(rules ...types.ServerSideEncryptionRule) error {
		_, err := c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
			Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules},
		})
		return err
	}
	now := func() types.ServerSideEncryptionRule {
		t.Helper()
		out, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
		return ok(t, out, err).ServerSideEncryptionConfiguration.Rules[0]
	}
	whole := types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: s("alias/none")},
		BucketKeyEnabled:                   new(true), BlockedEncryptionTypes: &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeSseC}},
	}
	ok(t, 0, put(whole))
	have := now()
	equal(t, "key", *have.ApplyServerSideEncryptionByDefault.KMSMasterKeyID, "alias/none")
	equal(t, "bucket key", *have.BucketKeyEnabled, true)
	equal(t, "blocked", have.BlockedEncryptionTypes.EncryptionType[0], types.EncryptionTypeSseC)

	refused(t, put(whole, whole), "MalformedXML")
	wrong := types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256, KMSMasterKeyID: s("k")}}
	refused(t, put(wrong), "InvalidArgument")
	equal(t, "what was refused changed nothing", *now().BucketKeyEnabled, true)

	ok(t, 0, put(types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}))
	equal(t, "replaced as a whole: blocked", now().BlockedEncryptionTypes == nil, true)
	equal(t, "replaced as a whole: bucket key", *now().BucketKeyEnabled, false)

	ok(t, 0, put(whole))
	gone, err := c.DeleteBucketEncryption(t.Context(), &s3.DeleteBucketEncryptionInput{Bucket: bucket})
	ok(t, gone, err)
	equal(t, "without a rule", now().ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
}
