package emulator

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// recorded are the services whose changing calls become CloudTrail records.
var recorded = map[string]bool{
	"codebuild": true, "codepipeline": true, "cloudtrail": true, "iam": true, "kms": true, "logs": true, "events": true, "s3": true, "s3control": true,
	"ecr": true, "codeartifact": true, "codedeploy": true, "ssm": true,
}

// renamed are the calls that CloudTrail records under another name than the API's.
var renamed = map[string]string{
	"s3.PutPublicAccessBlock": "PutBucketPublicAccessBlock", "s3.DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
	"s3.PutBucketLifecycleConfiguration": "PutBucketLifecycle", "s3.PutBucketNotificationConfiguration": "PutBucketNotification",
	"s3control.PutPublicAccessBlock": "PutAccountPublicAccessBlock", "s3control.DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
}

// reading are the prefixes of operations that change nothing; quiet are data events and changes that CloudTrail leaves out.
var (
	reading = []string{"Get", "List", "Describe", "BatchGet", "Head", "Filter", "Lookup", "Simulate", "Test", "GET "}
	quiet   = map[string]bool{
		"PutEvents": true, "PutLogEvents": true, "CreateLogStream": true, "StartQuery": true, "Encrypt": true, "Decrypt": true, "GenerateDataKey": true,
		"PutObject": true, "DeleteObject": true, "DeleteObjects": true, "CopyObject": true, "PutObjectAcl": true, "PutObjectTagging": true,
		"CreateMultipartUpload": true, "UploadPart": true, "CompleteMultipartUpload": true, "AbortMultipartUpload": true,
	}
)

// RecordTrail sets who is told of every successful changing call, and of every role that was taken, as a CloudTrail record. moto emits none.
// It is called in the order of the calls' answers, before the caller has the answer; nil ends it.
func (a *AWS) RecordTrail(hear func(record map[string]any)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.onRecord = hear
}

func (a *AWS) record(x *exchange, reply *answer) {
	a.mu.Lock()
	hear := a.onRecord
	a.mu.Unlock()
	if hear == nil || x.who == nil || x.who.identity == nil {
		return
	}
	if x.Service == "sts" && x.Operation == "AssumeRole" {
		a.recordSession(x, reply, hear)
		return
	}
	if !x.changes() {
		return
	}
	name, source, region := x.Operation, x.Service, x.Region
	if other := renamed[x.Service+"."+x.Operation]; other != "" {
		name = other
	}
	switch source {
	case "s3control":
		source = "s3"
	case "iam":
		region = "us-east-1"
	}
	hear(object{
		"eventVersion": "1.11", "userIdentity": x.who.identity, "eventTime": x.Time.Format(time.RFC3339), "eventSource": source + ".amazonaws.com",
		"eventName": name, "awsRegion": region, "sourceIPAddress": "203.0.113.7", "userAgent": x.header.Get("User-Agent"),
		"requestParameters": x.parameters(), "responseElements": responseElements(x, reply), "requestID": newID(), "eventID": newID(),
		"readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": x.Account, "eventCategory": "Management",
	})
}

// changes says whether the call is one that CloudTrail records as a change.
func (x *exchange) changes() bool {
	return recorded[x.Service] && !quiet[x.Operation] && !slices.ContainsFunc(reading, func(prefix string) bool { return strings.HasPrefix(x.Operation, prefix) })
}

// parameters are the request's, as CloudTrail spells them.
func (x *exchange) parameters() any {
	switch x.Service {
	case "s3", "s3control":
		return x.s3Parameters()
	case "iam":
		form, err := url.ParseQuery(string(x.body))
		if err != nil {
			return nil
		}
		out := object{}
		for name, values := range form {
			if name != "Action" && name != "Version" {
				out[lowerFirst(name)] = values[0]
			}
		}
		return out
	}
	return x.told(x.body)
}

func (x *exchange) s3Parameters() object {
	out := object{"Host": "s3." + x.Region + ".amazonaws.com"}
	if x.Service == "s3" {
		out["bucketName"] = x.bucket
	} else {
		out["accountId"] = x.header.Get("X-Amz-Account-Id")
	}
	for part := range bucketParts {
		if name, _, _ := strings.Cut(x.query, "="); name == part {
			out[part] = ""
		}
	}
	if canned := x.header.Get("X-Amz-Acl"); canned != "" {
		out["x-amz-acl"] = canned
	}
	var document any
	if x.Operation == "PutBucketPolicy" && json.Unmarshal(x.body, &document) == nil {
		out["bucketPolicy"] = document
	}
	var root element
	if xml.Unmarshal(x.body, &root) == nil {
		out[root.XMLName.Local] = root.value()
	}
	return out
}

// responseElements are the answer's for services that answer in JSON, and nil for the others and for an empty one.
func responseElements(x *exchange, reply *answer) any {
	if x.sign != "json" {
		return nil
	}
	if out, ok := x.told(reply.body).(object); ok && len(out) > 0 {
		return out
	}
	return nil
}

// told is JSON with its members in lowerCamelCase. CodeBuild and CodePipeline spell them so, and have maps whose keys stay.
func (x *exchange) told(raw []byte) any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	if whole[x.Service] {
		return v
	}
	return lowered(v)
}

func lowered(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for name, inner := range v {
			out[lowerFirst(name)] = lowered(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = lowered(inner)
		}
		return out
	}
	return v
}

func lowerFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToLower(r)) + s[i+len(string(r)):]
	}
	return s
}
