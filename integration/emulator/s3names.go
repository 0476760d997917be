package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// bucketParts are the S3 sub-resources of a bucket and how operations on them are called (Amazon S3 API Reference).
var bucketParts = map[string]string{
	"accelerate": "BucketAccelerateConfiguration", "acl": "BucketAcl", "cors": "BucketCors", "encryption": "BucketEncryption",
	"lifecycle": "BucketLifecycleConfiguration", "location": "BucketLocation", "logging": "BucketLogging", "notification": "BucketNotificationConfiguration",
	"object-lock": "ObjectLockConfiguration", "ownershipControls": "BucketOwnershipControls", "policy": "BucketPolicy", "policyStatus": "BucketPolicyStatus",
	"publicAccessBlock": "PublicAccessBlock", "replication": "BucketReplication", "requestPayment": "BucketRequestPayment", "tagging": "BucketTagging",
	"versioning": "BucketVersioning", "website": "BucketWebsite",
}

var objectParts = map[string]string{
	"acl": "ObjectAcl", "attributes": "ObjectAttributes", "legal-hold": "ObjectLegalHold", "retention": "ObjectRetention", "tagging": "ObjectTagging",
}

var verbs = map[string]string{http.MethodGet: "Get", http.MethodPut: "Put", http.MethodDelete: "Delete", http.MethodHead: "Head"}

func s3Operation(x *exchange) string {
	query, err := url.ParseQuery(x.query)
	if err != nil {
		return "Unreadable"
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(x.path, "/"), "/")
	switch {
	case query.Get("x-id") != "":
		return query.Get("x-id")
	case bucket == "":
		return "ListBuckets"
	case key != "":
		return objectOperation(x, query)
	}
	for part, name := range bucketParts {
		if query.Has(part) {
			if x.method == http.MethodDelete && part == "lifecycle" {
				name = "BucketLifecycle"
			}
			return verbs[x.method] + name
		}
	}
	return bucketOperation(x.method, query)
}

func bucketOperation(method string, query url.Values) string {
	switch {
	case method == http.MethodPost && query.Has("delete"):
		return "DeleteObjects"
	case method == http.MethodPut:
		return "CreateBucket"
	case method != http.MethodGet:
		return verbs[method] + "Bucket"
	case query.Has("versions"):
		return "ListObjectVersions"
	case query.Has("uploads"):
		return "ListMultipartUploads"
	case query.Get("list-type") == "2":
		return "ListObjectsV2"
	}
	return "ListObjects"
}

func objectOperation(x *exchange, query url.Values) string {
	for part, name := range objectParts {
		if query.Has(part) {
			return verbs[x.method] + name
		}
	}
	switch {
	case x.method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload"
	case x.method == http.MethodPost:
		return "CompleteMultipartUpload"
	case query.Has("partNumber") && x.method == http.MethodPut:
		return "UploadPart"
	case query.Has("uploadId") && x.method == http.MethodDelete:
		return "AbortMultipartUpload"
	case x.header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	}
	return verbs[x.method] + "Object"
}

// controlPrefix begins every path of S3 Control, which is signed as S3.
const controlPrefix = "/v20180820/"

func controlOperation(x *exchange) string {
	switch strings.TrimPrefix(x.path, controlPrefix) {
	case "configuration/publicAccessBlock":
		return verbs[x.method] + "PublicAccessBlock"
	case "accesspoint":
		return "ListAccessPoints"
	}
	return x.method + " " + x.path
}
