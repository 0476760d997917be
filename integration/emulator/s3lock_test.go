package emulator

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// vault makes a bucket whose objects are locked for a day, in a mode.
func vault(t *testing.T, c *s3.Client, mode types.ObjectLockRetentionMode) *string {
	t.Helper()
	name := s("vault-" + strings.ToLower(string(mode)))
	made, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: name, ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region},
	})
	ok(t, made, err)
	set, err := c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: mode, Days: aws.Int32(1)}},
	}})
	ok(t, set, err)
	return name
}

// put writes the object "record", and gives its version.
func put(t *testing.T, c *s3.Client, bucket *string, text string) *string {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: s("record"), Body: strings.NewReader(text), ChecksumAlgorithm: types.ChecksumAlgorithmSha256})
	return ok(t, out, err).VersionId
}

func TestObjectLockKeepsVersions(t *testing.T) {
	t.Parallel()
	c := s3.NewFromConfig(ForTest(t).Config(account, region))
	for mode, bypassed := range map[types.ObjectLockRetentionMode]string{types.ObjectLockRetentionModeGovernance: "", types.ObjectLockRetentionModeCompliance: "AccessDenied"} {
		bucket := vault(t, c, mode)
		first := put(t, c, bucket, "true")
		kept, err := c.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: bucket, Key: s("record")})
		equal(t, "mode by default", ok(t, kept, err).Retention.Mode, mode)
		equal(t, "kept for less than a day", time.Until(*kept.Retention.RetainUntilDate) < 23*time.Hour, false)

		second := put(t, c, bucket, "altered") // another version is no rewrite
		equal(t, "the same version", *second == *first, false)
		remove := func(version *string, bypass *bool) error {
			_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: s("record"), VersionId: version, BypassGovernanceRetention: bypass})
			return err
		}
		refused(t, remove(first, nil), "AccessDenied")
		refused(t, remove(first, aws.Bool(false)), "AccessDenied")
		ok(t, 0, remove(nil, nil)) // which only hides it
		_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: s("record")})
		refused(t, err, "NoSuchKey")
		there, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: s("record"), VersionId: first})
		equal(t, "size of the first version", *ok(t, there, err).ContentLength, 4)

		shorten := func(bypass bool) error {
			_, err := c.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
				Bucket: bucket, Key: s("record"), VersionId: first, BypassGovernanceRetention: &bypass, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
				Retention: &types.ObjectLockRetention{Mode: mode, RetainUntilDate: aws.Time(time.Now().Add(time.Minute))},
			})
			return err
		}
		refused(t, shorten(false), "AccessDenied")
		if bypassed == "" {
			ok(t, 0, shorten(true))
			ok(t, 0, remove(first, aws.Bool(true)))
			continue
		}
		refused(t, shorten(true), bypassed)
		refused(t, remove(first, aws.Bool(true)), bypassed)
	}
}

func TestObjectLockOfABucket(t *testing.T) {
	t.Parallel()
	c := s3.NewFromConfig(ForTest(t).Config(account, region))
	bucket := vault(t, c, types.ObjectLockRetentionModeGovernance)
	set, err := c.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: bucket})
	byDefault := ok(t, set, err).ObjectLockConfiguration.Rule.DefaultRetention
	equal(t, "days", *byDefault.Days, 1)
	equal(t, "years beside days", byDefault.Years == nil, true)
	_, err = c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})
	refused(t, err, "InvalidBucketState")
	_, err = c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance}},
	}})
	refused(t, err, "MalformedXML")
	plain := newBucket(t, c, "plain")
	_, err = c.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: plain})
	refused(t, err, "ObjectLockConfigurationNotFoundError")
	put(t, c, plain, "true")
	_, err = c.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: plain, Key: s("record")})
	refused(t, err, "NoSuchObjectLockConfiguration")
	_, err = c.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: plain, Key: s("none")})
	refused(t, err, "NoSuchKey")
}

// Of many who write what must not be there yet one succeeds, however often that is tried.
func TestOneConditionalObjectIsWritten(t *testing.T) {
	t.Parallel()
	c := s3.NewFromConfig(ForTest(t).Config(account, region))
	bucket := newBucket(t, c, "once")
	for round := range 40 {
		var writers sync.WaitGroup
		var won atomic.Int32
		for range 16 {
			writers.Go(func() {
				in := &s3.PutObjectInput{Bucket: bucket, Key: s(string(rune(0x4e00 + round))), Body: strings.NewReader(strings.Repeat("x", 1<<18)), ChecksumAlgorithm: types.ChecksumAlgorithmSha256, IfNoneMatch: s("*")}
				if _, err := c.PutObject(t.Context(), in); err == nil {
					won.Add(1)
				} else {
					refused(t, err, "PreconditionFailed")
				}
			})
		}
		writers.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d writers succeeded", round, won.Load())
		}
	}
}
