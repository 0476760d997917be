package emulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const signature = "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260101/eu-west-1/%/aws4_request, SignedHeaders=host, Signature=0"

func TestExchangeKnowsItsOperation(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"s3 GET http://aws.emulator/":                                            "s3.ListBuckets",
		"s3 PUT http://b.aws.emulator/":                                          "s3.CreateBucket",
		"s3 HEAD http://aws.emulator/b":                                          "s3.HeadBucket",
		"s3 GET http://b.aws.emulator/?policyStatus":                             "s3.GetBucketPolicyStatus",
		"s3 DELETE http://b.aws.emulator/?publicAccessBlock":                     "s3.DeletePublicAccessBlock",
		"s3 DELETE http://b.aws.emulator/?lifecycle":                             "s3.DeleteBucketLifecycle",
		"s3 PUT http://b.aws.emulator/?lifecycle":                                "s3.PutBucketLifecycleConfiguration",
		"s3 GET http://b.aws.emulator/?list-type=2":                              "s3.ListObjectsV2",
		"s3 GET http://b.aws.emulator/?versions":                                 "s3.ListObjectVersions",
		"s3 POST http://b.aws.emulator/?delete":                                  "s3.DeleteObjects",
		"s3 PUT http://b.aws.emulator/k/e/y?x-id=PutObject":                      "s3.PutObject",
		"s3 PUT http://b.aws.emulator/k?acl":                                     "s3.PutObjectAcl",
		"s3 PUT http://b.aws.emulator/k?partNumber=1&uploadId=u":                 "s3.UploadPart",
		"s3 POST http://b.aws.emulator/k?uploads":                                "s3.CreateMultipartUpload",
		"s3 GET http://1.aws.emulator/v20180820/configuration/publicAccessBlock": "s3control.GetPublicAccessBlock",
		"lambda GET http://aws.emulator/2015-03-31/functions":                    "lambda.GET /2015-03-31/functions",
	} {
		words := strings.Fields(call)
		r := httptest.NewRequest(words[1], words[2], nil)
		r.Header.Set("Authorization", strings.Replace(signature, "%", words[0], 1))
		x := readExchange(r, nil)
		equal(t, call, x.Service+"."+x.Operation, want)
		equal(t, call, x.Region, "eu-west-1")
		if words[0] == "s3" && x.Service == "s3" && x.bucket != "" {
			equal(t, call, x.bucket, "b")
		}
	}
	r := httptest.NewRequest(http.MethodPost, "http://aws.emulator/", nil)
	r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StopLogging")
	equal(t, "target", readExchange(r, nil).Operation, "StopLogging")
	r = httptest.NewRequest(http.MethodPost, "http://aws.emulator/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	equal(t, "form", readExchange(r, []byte("Action=GetRole&RoleName=x")).Operation, "GetRole")
}

func FuzzExchange(f *testing.F) {
	f.Add("Credential=a/b/c/s3/e", "", "/b/k?acl", []byte(`{}`))
	f.Add("Credential=a/b/c/codepipeline/e", "X.PutApprovalResult", "/", []byte(`{"pipeline":{"stages":[{"actions":[1,null]}]}}`))
	f.Add("", "X.", "/v20180820/?x=%zz", []byte(`<Error><Code>x</Code><a/><a/></Error>`))
	f.Add("", "X.ListWebhooks", "/", []byte(`null`))
	operations := ownedOperations()
	f.Fuzz(func(t *testing.T, authorization, target, path string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "http://aws.emulator/", nil)
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Target", target)
		if parsed, err := r.URL.Parse(path); err == nil {
			r.URL = parsed
		}
		x := readExchange(r, body)
		x.parameters()
		_, _ = readWish(x)
		_, _ = readForwarded(string(body))
		childObject(body, "Error")
		x.refuse(refusal("X", "y"))
		a := &AWS{now: fixedClock, estates: map[place]*estate{}}
		for name, operation := range operations {
			if lastPart(name, ".") == x.Operation {
				_, _ = a.own(x, operation) // must not panic, whatever was sent
			}
		}
	})
}
