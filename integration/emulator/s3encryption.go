package emulator

import (
	"context"
	"encoding/xml"
	"net/http"
	"strings"
)

// encryptionRules are a bucket's default encryption as it is sent and shown. moto forgets which types of encryption are blocked.
type encryptionRules struct {
	XMLName xml.Name         `xml:"ServerSideEncryptionConfiguration"`
	NS      string           `xml:"xmlns,attr"`
	Rules   []encryptionRule `xml:"Rule"`
}

type encryptionRule struct {
	By *struct {
		SSEAlgorithm   string
		KMSMasterKeyID string `xml:",omitempty"`
	} `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKeyEnabled bool
	Blocked          *struct{ EncryptionType []string } `xml:"BlockedEncryptionTypes"`
}

// freshEncryption is what a bucket has that was given nothing else.
var freshEncryption = fresh("ServerSideEncryptionConfigurationNotFoundError", encryptedBucket{NS: xmlns, Algorithm: "AES256"}, nil)

func getBucketEncryption(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := freshEncryption(ctx, a, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if rules := a.marks(x.bucket).encryption; rules != nil {
		return xmlAnswer(http.StatusOK, rules), nil
	}
	return reply, nil
}

// putBucketEncryption replaces the rule as a whole. S3 takes one, and no key of KMS for AES256; whether a key exists it does not look
// (Amazon S3 API Reference, "PutBucketEncryption" and "ServerSideEncryptionByDefault").
func putBucketEncryption(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	rules := &encryptionRules{}
	if xml.Unmarshal(x.body, rules) != nil || len(rules.Rules) != 1 {
		return nil, refusal("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	if by := rules.Rules[0].By; by != nil && by.KMSMasterKeyID != "" && !strings.HasPrefix(by.SSEAlgorithm, "aws:kms") {
		return nil, refusal("InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	}
	reply, err := a.pass(ctx, x)
	if err == nil && reply.status < http.StatusMultipleChoices {
		rules.XMLName, rules.NS = xml.Name{}, xmlns
		a.mu.Lock()
		defer a.mu.Unlock()
		a.marks(x.bucket).encryption = rules
	}
	return reply, err
}
