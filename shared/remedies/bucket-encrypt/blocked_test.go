package bucketencrypt

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

// Since April 2026 S3 blocks SSE-C by itself where nobody said otherwise: in buckets that are there already, and in rules that do not speak of it
// (S3 User Guide, "Default SSE-C setting for new buckets FAQ"). That is nobody's change, and stays.
func TestWhatS3BlocksByItself(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"before it was written": true, "when it was written": false} {
		w := world(t, site{Rule: rule(types.ServerSideEncryptionAes256, ""), keyPolicy: onlyOwners})
		p := remedytest.Plan(t.Context(), t, Remedy, w, byAWS)
		now := *rule(types.ServerSideEncryptionAes256, "")
		blocks := &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeSseC}}
		if early {
			now.BlockedEncryptionTypes = blocks
		}
		var sent []types.ServerSideEncryptionRule
		w.Fake.On("s3.GetBucketEncryption", func(any) (any, error) {
			return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{now}}}, nil
		}).On("s3.PutBucketEncryption", func(in any) (any, error) {
			now = in.(*s3.PutBucketEncryptionInput).ServerSideEncryptionConfiguration.Rules[0]
			sent = append(sent, now)
			now.BlockedEncryptionTypes = blocks
			return &s3.PutBucketEncryptionOutput{}, nil
		})
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if differs, err := Remedy.Stand(t.Context(), w.Fake.Config(), p); err != nil || len(differs) > 0 {
			t.Errorf("%s: %v, %v", name, differs, err)
		}
		if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(sent) != 2 || sent[1].BlockedEncryptionTypes != blocks || early && sent[0].BlockedEncryptionTypes != blocks || !slices.Equal(now.BlockedEncryptionTypes.EncryptionType, blocks.EncryptionType) {
			t.Errorf("%s: it is no longer blocked: %+v", name, sent)
		}
	}
}
