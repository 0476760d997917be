package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// sealScenes are those of the default encryption of buckets.
func sealScenes(at resource.Ref) []scene {
	byS3 := types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}
	return []scene{
		{ // with a bucket key, and a type of encryption that is blocked, both of which are to stay
			remedy: "bucket-encrypt", check: "bucket-default-encryption", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(nil, work) }, w.customerKey, func() error {
					return w.seal(types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: w.lastKey()}, types.EncryptionTypeSseC)
				}, w.rightAs((*world).storeState), func() error { return w.seal(byS3, types.EncryptionTypeSseC) })
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.seal(byS3, types.EncryptionTypeNone) },
		},
		{ // twice, under the key of AWS
			remedy: "bucket-encrypt", check: "bucket-default-encryption", about: at,
			make: func(w *world) error {
				twice := types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKmsDsse}
				return inTurn(func() error { return w.store(nil) }, w.customerKey, func() error {
					return w.seal(types.ServerSideEncryptionByDefault{SSEAlgorithm: twice.SSEAlgorithm, KMSMasterKeyID: w.lastKey()}, types.EncryptionTypeSseC)
				}, w.rightAs((*world).storeState), func() error { return w.seal(twice, types.EncryptionTypeSseC) })
			},
			state: (*world).storeState,
			move: func(w *world) error {
				_, err := s3.NewFromConfig(w.cfg).DeleteBucketEncryption(w, &s3.DeleteBucketEncryptionInput{Bucket: aws.String(store)})
				return err
			},
		},
	}
}

// customerKey makes a key, which the settings name from then on.
func (w *world) customerKey() error {
	err := w.key()
	w.set.Options.CustomerKeys = w.keys
	return err
}

// seal sets the default encryption, with a bucket key.
func (w *world) seal(by types.ServerSideEncryptionByDefault, blocked types.EncryptionType) error {
	_, err := s3.NewFromConfig(w.cfg).PutBucketEncryption(w, &s3.PutBucketEncryptionInput{Bucket: aws.String(store), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &by, BucketKeyEnabled: aws.Bool(true),
			BlockedEncryptionTypes: &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{blocked}},
		}},
	}})
	return err
}

// accountState is Block Public Access of the account, and a bucket below it, of which S3 shows what is left in effect.
func (w *world) accountState() (any, error) {
	own, err := asking(s3control.NewFromConfig(w.cfg).GetPublicAccessBlock, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(account)})(w)
	if err != nil {
		return nil, err
	}
	below, err := w.storeState()
	return map[string]any{"block": own, "bucket": below}, err
}
