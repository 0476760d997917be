package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestMFADelete(t *testing.T) {
	t.Parallel()
	c := s3.NewFromConfig(ForTest(t).Config(account, region))
	bucket := newBucket(t, c, "artifacts")
	put := func(status types.BucketVersioningStatus, mfa types.MFADelete, code *string) error {
		_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, MFA: code, VersioningConfiguration: &types.VersioningConfiguration{Status: status, MFADelete: mfa}})
		return err
	}
	now := func() (types.BucketVersioningStatus, types.MFADeleteStatus) {
		t.Helper()
		out, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
		return ok(t, out, err).Status, out.MFADelete
	}
	status, mfa := now()
	equal(t, "never switched on", status, "")
	equal(t, "MFA delete of a new bucket", mfa, "")
	refused(t, put("", "", nil), "IllegalVersioningConfigurationException")
	refused(t, put("Enabled", types.MFADeleteEnabled, nil), "AccessDenied")
	ok(t, 0, put("Enabled", types.MFADeleteEnabled, s("arn:aws:iam::111122223333:mfa/root 123456")))
	status, mfa = now()
	equal(t, "status", status, types.BucketVersioningStatusEnabled)
	equal(t, "MFA delete", mfa, types.MFADeleteStatusEnabled)
	refused(t, put("Suspended", "", nil), "AccessDenied")
	status, _ = now()
	equal(t, "refused: status", status, types.BucketVersioningStatusEnabled)
	ok(t, 0, put("Enabled", types.MFADeleteDisabled, s("arn:aws:iam::111122223333:mfa/root 123456")))
	ok(t, 0, put("Suspended", "", nil))
	status, mfa = now()
	equal(t, "status", status, types.BucketVersioningStatusSuspended)
	equal(t, "MFA delete", mfa, types.MFADeleteStatusDisabled)
}
