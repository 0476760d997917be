package evidence

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Key is a public key that manifests are checked with.
type Key struct {
	Fingerprint string // SHA-256 of its DER form (SubjectPublicKeyInfo), in hex: openssl pkey -pubin -in public-key.pem -outform DER | sha256sum
	public      *ecdsa.PublicKey
}

const pemType = "PUBLIC KEY"

// DecodeKey reads a public key in PEM: ECDSA on the curve P-256.
func DecodeKey(text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return Key{}, errors.New("decode key: it is no public key in PEM")
	}
	return keyOf(block.Bytes)
}

// keyOf reads a public key in DER, as AWS KMS gives it (AWS KMS API Reference, GetPublicKey).
func keyOf(der []byte) (Key, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return Key{}, fmt.Errorf("decode key: %w", err)
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Key{}, errors.New("decode key: it is none of ECDSA on the curve P-256")
	}
	return Key{Fingerprint: hashOf(der), public: public}, nil
}

// verifies says whether a signature (DER) is the key's, over the SHA-256 of a text.
func (k Key) verifies(text, signature []byte) bool {
	sum := sha256.Sum256(text)
	return ecdsa.VerifyASN1(k.public, sum[:], signature)
}

// keyName is where another key than the first one is kept.
func keyName(fingerprint string) string { return keyPrefix + "-" + fingerprint + ".pem" }
