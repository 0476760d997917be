package bucket

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// EncryptionAction is the IAM action that reading a default encryption takes.
const EncryptionAction = "s3:GetEncryptionConfiguration"

// Encryption is how a bucket encrypts what is put into it without saying how.
type Encryption struct {
	Algorithm string `json:"algorithm"`       // AES256, aws:kms, aws:kms:dsse or aws:fsx
	KeyID     string `json:"keyId,omitempty"` // key id, ARN or alias; "" under aws:kms means aws/s3
}

// readEncryption reads a bucket's default encryption.
// A bucket without a rule of its own is under AES256: S3 has encrypted every new object since January 2023
// (S3 User Guide, "Amazon S3 now automatically encrypts all new objects").
func readEncryption(ctx context.Context, cfg aws.Config, ref resource.Ref) (Encryption, error) {
	byDefault := Encryption{Algorithm: string(types.ServerSideEncryptionAes256)}
	r := newReader(cfg, ref)
	out, err := r.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if awserr.Is(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return byDefault, nil
	}
	if err != nil {
		return Encryption{}, fmt.Errorf("read encryption of bucket %s: %w", ref.ID, &unread{"GetBucketEncryption", err})
	}
	if out.ServerSideEncryptionConfiguration == nil {
		return byDefault, nil
	}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil && d.SSEAlgorithm != "" {
			return Encryption{Algorithm: string(d.SSEAlgorithm), KeyID: aws.ToString(d.KMSMasterKeyID)}, nil
		}
	}
	return byDefault, nil
}
