package emulator

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// bucketMarks is what the front remembers of a bucket, because moto does not tell a fresh one from one that was stripped.
type bucketMarks struct {
	owner     string // account
	blockSet  bool   // the public access block was put or deleted
	ownersSet bool   // the ownership controls were put or deleted
	locked    bool   // Object Lock is on, which nobody can switch off

	encryption *encryptionRules // as they were put; nil for none
	mfaDelete  string           // Enabled or Disabled; "" where it was never switched
}

func (a *AWS) marks(bucket string) *bucketMarks {
	m := a.buckets[bucket]
	if m == nil {
		m = &bucketMarks{}
		a.buckets[bucket] = m
	}
	return m
}

const xmlns = "http://s3.amazonaws.com/doc/2006-03-01/"

// mendS3 stands before every S3 call: it checks the expected owner, lets the operation's own mend or moto answer, and keeps the marks.
func mendS3(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	a.mu.Lock()
	owner := a.marks(x.bucket).owner
	a.mu.Unlock()
	if owner == "" {
		owner = x.Account
	}
	if expected := x.header.Get("X-Amz-Expected-Bucket-Owner"); expected != "" && expected != owner {
		return nil, &problem{status: http.StatusForbidden, code: "AccessDenied", message: "Access Denied"}
	}
	mend := a.pass
	if special, ok := a.mended["s3."+x.Operation]; ok {
		mend = func(ctx context.Context, x *exchange) (*answer, error) { return special(ctx, a, x) }
	}
	reply, err := mend(ctx, x)
	if err == nil && reply.status < http.StatusMultipleChoices {
		a.markBucket(x)
	}
	return reply, err
}

func (a *AWS) markBucket(x *exchange) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.marks(x.bucket)
	switch x.Operation {
	case "CreateBucket":
		*m = bucketMarks{
			owner: x.Account, ownersSet: x.header.Get("X-Amz-Object-Ownership") != "",
			locked: strings.EqualFold(x.header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true"),
		}
	case "PutObjectLockConfiguration":
		m.locked = true
	case "DeleteBucket":
		delete(a.buckets, x.bucket)
	case "PutPublicAccessBlock", "DeletePublicAccessBlock":
		m.blockSet = true
	case "PutBucketOwnershipControls", "DeleteBucketOwnershipControls":
		m.ownersSet = true
	case "DeleteBucketEncryption":
		m.encryption = nil
	}
}

// s3Mends are the S3 operations that moto gets wrong. What a fresh bucket has today is from the Amazon S3 User Guide:
// encryption since January 2023, the public access block and disabled ACLs since April 2023.
func s3Mends() map[string]mended {
	return map[string]mended{
		"s3":                            mendS3,
		"s3control":                     mendControl,
		"s3.GetBucketEncryption":        getBucketEncryption,
		"s3.PutBucketEncryption":        putBucketEncryption,
		"s3.GetPublicAccessBlock":       fresh("NoSuchPublicAccessBlockConfiguration", blockedBucket{NS: xmlns, Acls: true, Ignore: true, Policy: true, Restrict: true}, func(m *bucketMarks) bool { return m.blockSet }),
		"s3.GetBucketOwnershipControls": fresh("OwnershipControlsNotFoundError", ownedBucket{NS: xmlns, Ownership: enforced}, func(m *bucketMarks) bool { return m.ownersSet }),
		"s3.GetBucketPolicyStatus":      bucketPolicyStatus,
		"s3.GetBucketVersioning":        getBucketVersioning,
		"s3.PutBucketVersioning":        putBucketVersioning,
		"s3.ListBuckets":                allBuckets,
		"s3.GetBucketAcl":               bucketACL,
		"s3.PutBucketAcl":               putBucketACL,
		"s3.PutBucketPolicy":            putBucketPolicy,
		"s3.HeadObject":                 sealedObject,
		"s3.GetObject":                  sealedObject,
	}
}

type encryptedBucket struct {
	XMLName   xml.Name `xml:"ServerSideEncryptionConfiguration"`
	NS        string   `xml:"xmlns,attr"`
	Algorithm string   `xml:"Rule>ApplyServerSideEncryptionByDefault>SSEAlgorithm"`
	Key       bool     `xml:"Rule>BucketKeyEnabled"`
}

type blockedBucket struct {
	XMLName  xml.Name `xml:"PublicAccessBlockConfiguration"`
	NS       string   `xml:"xmlns,attr"`
	Acls     bool     `xml:"BlockPublicAcls"`
	Ignore   bool     `xml:"IgnorePublicAcls"`
	Policy   bool     `xml:"BlockPublicPolicy"`
	Restrict bool     `xml:"RestrictPublicBuckets"`
}

type ownedBucket struct {
	XMLName   xml.Name `xml:"OwnershipControls"`
	NS        string   `xml:"xmlns,attr"`
	Ownership string   `xml:"Rule>ObjectOwnership"`
}

const enforced = "BucketOwnerEnforced"

// fresh answers with a default where moto says that nothing was set, unless touched says that it was and was taken away.
func fresh(code string, standard any, touched func(*bucketMarks) bool) mended {
	return func(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
		reply, err := a.pass(ctx, x)
		if err != nil || reply.status != http.StatusNotFound || !strings.Contains(string(reply.body), "<Code>"+code+"</Code>") {
			return reply, err
		}
		a.mu.Lock()
		gone := touched != nil && touched(a.marks(x.bucket))
		a.mu.Unlock()
		if gone {
			return reply, nil
		}
		return xmlAnswer(http.StatusOK, standard), nil
	}
}

// allBuckets answers with all at once: moto cuts the list at MaxBuckets and gives no token to go on with.
func allBuckets(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	query, err := url.ParseQuery(x.query)
	if err != nil {
		return nil, refusal("InvalidArgument", "%v", err)
	}
	query.Del("max-buckets")
	x.query = query.Encode()
	return a.pass(ctx, x)
}

// sealedObject names the encryption that every object has since January 2023 (S3 User Guide, "Setting default server-side encryption
// behavior"), where moto is silent.
func sealedObject(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	const header = "X-Amz-Server-Side-Encryption"
	if err == nil && reply.status < http.StatusMultipleChoices && reply.header.Get(header) == "" && reply.header.Get(header+"-Customer-Algorithm") == "" {
		reply.header.Set(header, "AES256")
	}
	return reply, err
}
