package emulator

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// judgePublic says whether a bucket policy makes the bucket public, by the rule that S3 documents.
func judgePublic(raw []byte) (bool, error) {
	doc, err := policy.Parse(raw)
	if err != nil {
		return false, refusal("MalformedPolicy", "%v", err)
	}
	return doc.Judge(policy.Bucket, "").Public, nil
}

func bucketPolicyStatus(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x.again(http.MethodGet, x.path, "policy", nil))
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	public, err := judgePublic(reply.body)
	if err != nil {
		return nil, err
	}
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"PolicyStatus"`
		Public  bool     `xml:"IsPublic"`
	}{Public: public}), nil
}

// putBucketPolicy refuses a public policy where the public access block says so, which moto does not.
func putBucketPolicy(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	public, err := judgePublic(x.body)
	if err != nil || !public {
		return a.pass(ctx, x) // moto says what is wrong with an unreadable one
	}
	blocked, err := a.blocked(ctx, x, "BlockPublicPolicy")
	if err != nil {
		return nil, err
	}
	if blocked {
		return nil, denied("public policies are blocked by the BlockPublicPolicy block public access setting")
	}
	return a.pass(ctx, x)
}

// putBucketACL refuses what a bucket with disabled ACLs, or with public ones blocked, refuses.
func putBucketACL(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.mended["s3.GetBucketOwnershipControls"](ctx, a, x.again(http.MethodGet, x.path, "ownershipControls", nil))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(reply.body, []byte(enforced)) {
		return nil, refusal("AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	if publicACL(x) {
		blocked, err := a.blocked(ctx, x, "BlockPublicAcls")
		if err != nil {
			return nil, err
		}
		if blocked {
			return nil, denied("public ACLs are blocked by the BlockPublicAcls block public access setting")
		}
	}
	return a.pass(ctx, x)
}

func denied(why string) error {
	return &problem{status: http.StatusForbidden, code: "AccessDenied", message: "Access Denied: " + why}
}

func publicACL(x *exchange) bool {
	if strings.HasPrefix(x.header.Get("X-Amz-Acl"), "public-") || x.header.Get("X-Amz-Acl") == "authenticated-read" {
		return true
	}
	text := string(x.body)
	for name, values := range x.header {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			text += strings.Join(values, " ")
		}
	}
	return publicGrantee(text)
}

// publicGrantee knows the groups that S3 calls public (Amazon S3 User Guide, "The meaning of public").
func publicGrantee(text string) bool {
	return strings.Contains(text, "/groups/global/AllUsers") || strings.Contains(text, "/groups/global/AuthenticatedUsers")
}

// blocked says whether the bucket's public access block or the account's sets the flag: the stricter one holds.
func (a *AWS) blocked(ctx context.Context, x *exchange, flag string) (bool, error) {
	reply, err := a.mended["s3.GetPublicAccessBlock"](ctx, a, x.again(http.MethodGet, x.path, "publicAccessBlock", nil))
	if err != nil {
		return false, err
	}
	if on, _ := childObject(reply.body, "PublicAccessBlockConfiguration")[flag].(bool); on {
		return true, nil
	}
	ask := x.again(http.MethodGet, controlPrefix+"configuration/publicAccessBlock", "", nil)
	ask.header.Set("X-Amz-Account-Id", x.Account)
	if reply, err = a.pass(ctx, ask); err != nil {
		return false, err
	}
	on, _ := childObject(reply.body, "PublicAccessBlockConfiguration")[flag].(bool)
	return on, nil
}

// bucketACL hides public grants that IgnorePublicAcls makes void: S3 answers with the permissions that hold
// (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage").
func bucketACL(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK || !publicGrantee(string(reply.body)) {
		return reply, err
	}
	ignored, err := a.blocked(ctx, x, "IgnorePublicAcls")
	if err != nil || !ignored {
		return reply, err
	}
	var kept []byte
	rest := reply.body
	for {
		before, after, found := bytes.Cut(rest, []byte("<Grant>"))
		kept = append(kept, before...)
		if !found {
			break
		}
		grant, tail, _ := bytes.Cut(after, []byte("</Grant>"))
		if !publicGrantee(string(grant)) {
			kept = append(append(append(kept, "<Grant>"...), grant...), "</Grant>"...)
		}
		rest = tail
	}
	reply.body = kept
	return reply, nil
}

// mendControl answers S3 Control. The account is the host's first label, which moto reads from a header as well.
func mendControl(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	if x.header.Get("X-Amz-Account-Id") == "" {
		label, _, _ := strings.Cut(x.host, ".")
		x.header.Set("X-Amz-Account-Id", url.PathEscape(label))
	}
	if account := x.header.Get("X-Amz-Account-Id"); account != x.Account {
		return nil, denied("the account " + account + " is not the caller's")
	}
	return a.pass(ctx, x)
}
