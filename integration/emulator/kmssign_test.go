package emulator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// signingKey makes a key under an alias, and gives the alias.
func signingKey(t *testing.T, c *kms.Client, spec types.KeySpec) *string {
	t.Helper()
	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: types.KeyUsageTypeSignVerify})
	alias := s("alias/" + string(spec))
	named, failed := c.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: alias, TargetKeyId: ok(t, made, err).KeyMetadata.KeyId})
	ok(t, named, failed)
	return alias
}

// A signature is checked with the public key alone, as everybody can outside AWS, whether the message was sent or its digest.
func TestKeysSign(t *testing.T) {
	t.Parallel()
	c := kms.NewFromConfig(ForTest(t).Config(account, region))
	message := []byte("a manifest")
	short, long := sha256.Sum256(message), sha512.Sum384(message)
	for spec, one := range map[types.KeySpec]struct {
		algorithm types.SigningAlgorithmSpec
		digest    []byte
	}{
		types.KeySpecEccNistP256: {types.SigningAlgorithmSpecEcdsaSha256, short[:]},
		types.KeySpecEccNistP384: {types.SigningAlgorithmSpecEcdsaSha384, long[:]},
	} {
		alias := signingKey(t, c, spec)
		shown, err := c.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: alias})
		equal(t, "spec", ok(t, shown, err).KeySpec, spec)
		equal(t, "algorithm", shown.SigningAlgorithms[0], one.algorithm)
		contains(t, "key's name", *shown.KeyId, "arn:aws:kms:eu-west-1:111122223333:key/")
		parsed, err := x509.ParsePKIXPublicKey(shown.PublicKey)
		public, _ := ok(t, parsed, err).(*ecdsa.PublicKey)
		for kind, content := range map[types.MessageType][]byte{types.MessageTypeDigest: one.digest, types.MessageTypeRaw: message} {
			signed, err := c.Sign(t.Context(), &kms.SignInput{KeyId: shown.KeyId, Message: content, MessageType: kind, SigningAlgorithm: one.algorithm})
			equal(t, "signature of a "+string(kind), ecdsa.VerifyASN1(public, one.digest, ok(t, signed, err).Signature), true)
			check := &kms.VerifyInput{KeyId: alias, Message: content, MessageType: kind, SigningAlgorithm: one.algorithm, Signature: signed.Signature}
			checked, err := c.Verify(t.Context(), check)
			equal(t, "verified", ok(t, checked, err).SignatureValid, true)
			check.Signature = bytes.Repeat([]byte{1}, len(signed.Signature))
			_, err = c.Verify(t.Context(), check)
			refused(t, err, "KMSInvalidSignatureException")
		}
	}
}

func TestKeysRefuseToSign(t *testing.T) {
	t.Parallel()
	c := kms.NewFromConfig(ForTest(t).Config(account, region))
	alias := signingKey(t, c, types.KeySpecEccNistP256)
	sign := func(key *string, algorithm types.SigningAlgorithmSpec, message []byte, kind types.MessageType) error {
		_, err := c.Sign(t.Context(), &kms.SignInput{KeyId: key, Message: message, MessageType: kind, SigningAlgorithm: algorithm})
		return err
	}
	public := func(key *string) error {
		_, err := c.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: key})
		return err
	}
	const right = types.SigningAlgorithmSpecEcdsaSha256
	digest := make([]byte, sha256.Size)
	refused(t, sign(alias, types.SigningAlgorithmSpecEcdsaSha384, digest, types.MessageTypeDigest), "InvalidKeyUsageException")
	refused(t, sign(alias, right, digest[1:], types.MessageTypeDigest), "ValidationException")
	refused(t, sign(alias, right, make([]byte, longest+1), types.MessageTypeRaw), "ValidationException")
	refused(t, sign(s("alias/none"), right, digest, types.MessageTypeDigest), "NotFoundException")

	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	seals := ok(t, made, err).KeyMetadata.Arn
	refused(t, sign(seals, right, digest, types.MessageTypeDigest), "InvalidKeyUsageException")
	refused(t, public(seals), "UnsupportedOperationException")
	for _, wrong := range []kms.CreateKeyInput{
		{KeySpec: types.KeySpecEccNistP256}, {KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeEncryptDecrypt},
	} {
		_, err := c.CreateKey(t.Context(), &wrong)
		refused(t, err, "ValidationException")
	}

	shown, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: alias})
	id := ok(t, shown, err).KeyMetadata.KeyId
	off, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: id})
	ok(t, off, err)
	refused(t, sign(alias, right, digest, types.MessageTypeDigest), "DisabledException")
	refused(t, public(alias), "DisabledException")
	dying, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: id})
	ok(t, dying, err)
	refused(t, sign(alias, right, digest, types.MessageTypeDigest), "KMSInvalidStateException")
	refused(t, public(alias), "KMSInvalidStateException")
}
