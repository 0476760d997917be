package emulator

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
)

// signMends are signing and its keys. moto takes a digest for a message, and signs the digest of that.
func signMends() map[string]mended {
	const enabled = "Enabled"
	return map[string]mended{
		"kms.GetPublicKey": inState(publicKey, enabled),
		"kms.Sign":         inState(sign, enabled),
		"kms.Verify":       inState(verify, enabled),
	}
}

// curve is what a key of elliptic curves signs with (AWS KMS Developer Guide, "Key spec reference").
type curve struct {
	curve     elliptic.Curve
	algorithm string
	hash      crypto.Hash
}

var curves = map[string]curve{
	"ECC_NIST_P256": {elliptic.P256(), "ECDSA_SHA_256", crypto.SHA256},
	"ECC_NIST_P384": {elliptic.P384(), "ECDSA_SHA_384", crypto.SHA384},
	"ECC_NIST_P521": {elliptic.P521(), "ECDSA_SHA_512", crypto.SHA512},
}

const signVerify = "SIGN_VERIFY"

// signingKey is a key's private half, which the front makes when it is asked for first. Of keys other than those on the curves of NIST it has none.
func (a *AWS) signingKey(x *exchange, key object) (*ecdsa.PrivateKey, curve, error) {
	c, known := curves[text(key, "KeySpec")]
	if !known {
		return nil, curve{}, a.unimplemented("kms." + x.Operation + " with " + text(key, "KeySpec"))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	here, id := a.estate(place{x.Account, x.Region}), text(key, "KeyId")
	if here.signing[id] == nil {
		made, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			return nil, curve{}, broken(err)
		}
		here.signing[id] = made
	}
	return here.signing[id], c, nil
}

// publicKey gives the public half (AWS KMS API Reference, "GetPublicKey").
func publicKey(_ context.Context, a *AWS, x *exchange, _, key object) (*answer, error) {
	spec := text(key, "KeySpec")
	if spec == "SYMMETRIC_DEFAULT" || strings.HasPrefix(spec, "HMAC") {
		return nil, refusal("UnsupportedOperationException", "%s has no public key.", text(key, "Arn"))
	}
	private, c, err := a.signingKey(x, key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, broken(err)
	}
	return jsonAnswer(http.StatusOK, object{
		"KeyId": text(key, "Arn"), "KeySpec": spec, "CustomerMasterKeySpec": spec, "KeyUsage": text(key, "KeyUsage"),
		"SigningAlgorithms": []string{c.algorithm}, "PublicKey": base64.StdEncoding.EncodeToString(der),
	}), nil
}

// sign answers with a signature in DER (AWS KMS API Reference, "Sign").
func sign(_ context.Context, a *AWS, x *exchange, in, key object) (*answer, error) {
	private, digest, err := a.toSign(x, in, key)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, private, digest)
	if err != nil {
		return nil, broken(err)
	}
	return jsonAnswer(http.StatusOK, object{
		"KeyId": text(key, "Arn"), "SigningAlgorithm": text(in, "SigningAlgorithm"), "Signature": base64.StdEncoding.EncodeToString(signature),
	}), nil
}

// verify refuses a signature that is not the key's (AWS KMS API Reference, "Verify").
func verify(_ context.Context, a *AWS, x *exchange, in, key object) (*answer, error) {
	private, digest, err := a.toSign(x, in, key)
	if err != nil {
		return nil, err
	}
	signature, err := base64.StdEncoding.DecodeString(text(in, "Signature"))
	if err != nil {
		return nil, refusal("SerializationException", "the signature is not in base64")
	}
	if !ecdsa.VerifyASN1(&private.PublicKey, digest, signature) {
		return nil, refusal("KMSInvalidSignatureException", "The signature is not valid.")
	}
	return jsonAnswer(http.StatusOK, object{"KeyId": text(key, "Arn"), "SigningAlgorithm": text(in, "SigningAlgorithm"), "SignatureValid": true}), nil
}

// longest is the most bytes of a message that is not sent as a digest.
const longest = 4096

// toSign is the digest that a call is about, and the key for it.
func (a *AWS) toSign(x *exchange, in, key object) (*ecdsa.PrivateKey, []byte, error) {
	if text(key, "KeyUsage") != signVerify {
		return nil, nil, refusal("InvalidKeyUsageException", "%s key usage is %s which is not valid for %s.", text(key, "Arn"), text(key, "KeyUsage"), x.Operation)
	}
	private, c, err := a.signingKey(x, key)
	if err != nil {
		return nil, nil, err
	}
	algorithm := text(in, "SigningAlgorithm")
	if algorithm != c.algorithm {
		return nil, nil, refusal("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", algorithm, text(key, "KeySpec"))
	}
	digest, err := c.digest(in)
	return private, digest, err
}

// digest is that of the message in a call, or what was sent as one.
func (c curve) digest(in object) ([]byte, error) {
	message, err := base64.StdEncoding.DecodeString(text(in, "Message"))
	if err != nil {
		return nil, refusal("SerializationException", "the message is not in base64")
	}
	switch kind := text(in, "MessageType"); {
	case kind == "DIGEST" && len(message) != c.hash.Size():
		return nil, refusal("ValidationException", "Digest is invalid length for algorithm %s.", c.algorithm)
	case kind == "DIGEST":
		return message, nil
	case kind != "" && kind != "RAW":
		return nil, refusal("ValidationException", "%s is no type of message that %s takes", kind, c.algorithm)
	case len(message) == 0 || len(message) > longest:
		return nil, refusal("ValidationException", "a message is of 1 to %d bytes", longest)
	}
	hash := c.hash.New()
	hash.Write(message)
	return hash.Sum(nil), nil
}
