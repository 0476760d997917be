package evidence

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// SignActions lists the IAM actions of the signer that NewKMS makes.
var SignActions = []string{"kms:GetPublicKey", "kms:Sign"}

type kmsSigner struct {
	client *kms.Client
	key    string

	mu     sync.Mutex
	public []byte // once it was read: a key's public half never changes
}

// NewKMS signs with a key of AWS KMS, of the spec ECC_NIST_P256, by its ARN or alias.
func NewKMS(cfg aws.Config, key string) Signer {
	return &kmsSigner{client: kms.NewFromConfig(cfg), key: key}
}

func (k *kmsSigner) Public(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.public != nil {
		return k.public, nil
	}
	out, err := k.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &k.key})
	if err != nil {
		return nil, fmt.Errorf("read the public key of %s: %w", k.key, err)
	}
	k.public = out.PublicKey
	return k.public, nil
}

// Sign has KMS sign a digest (AWS KMS API Reference, Sign: message type DIGEST; the signature is in DER).
func (k *kmsSigner) Sign(ctx context.Context, digest []byte) ([]byte, error) {
	out, err := k.client.Sign(ctx, &kms.SignInput{
		KeyId: &k.key, Message: digest, MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k.key, err)
	}
	return out.Signature, nil
}
