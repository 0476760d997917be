// Package bucketrequiretls has a bucket's policy refuse requests over plain HTTP.
package bucketrequiretls

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// buckets is the resource of both writes: the ARN of a bucket has neither account nor region.
const buckets = "arn:{partition}:s3:::*"

// Remedy adds one statement to the policy as it is. Deleting is for undoing where there was no policy.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "bucket-require-tls", Risk: remedy.Contained,
	On:     []resource.Source{bucket.Kind},
	Reads:  []string{"s3:GetAccountPublicAccessBlock", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"},
	Grants: []remedy.Grant{{Action: "s3:PutBucketPolicy", Resource: buckets}, {Action: "s3:DeleteBucketPolicy", Resource: buckets}},
}, remedy.Change[rules]{What: "policy of the bucket", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// rules are the part of a bucket that is touched: its policy as a whole, because S3 replaces it as a whole.
type rules struct {
	Policy bucket.Policy `json:"policy"` // null: none
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *rules) (rules, error) {
	if err := remedy.Owned(ref); err != nil {
		return rules{}, err
	}
	p, err := bucket.ReadPolicy(ctx, cfg, ref)
	return rules{p}, err
}

func aim(ctx context.Context, cfg aws.Config, _ remedy.Case, ref resource.Ref, found rules) (remedy.Aim[rules], error) {
	blocked, err := blocksPublicPolicies(ctx, cfg, ref)
	switch {
	case err != nil:
		return remedy.Aim[rules]{}, err
	case found.Policy.DeniesPlaintext(bucket.ARN(ref)):
		return remedy.Aim[rules]{To: found, Summary: "The policy of the bucket " + ref.ID + " refuses plain HTTP."}, nil
	case blocked && found.Policy.Judge(policy.Bucket, ref.Account).Public:
		return remedy.Aim[rules]{}, &remedy.RefusedError{Why: "S3 takes no policy with a public statement while Block Public Access is on, and that of " + ref.ID +
			" has one: take it out first (bucket-remove-public-grants)."}
	}
	more, err := found.Policy.With([]byte(bucket.DenyPlaintext(ref, found.Policy.FreeSid("DenyPlaintext"))))
	if err != nil {
		return remedy.Aim[rules]{}, fmt.Errorf("policy of bucket %s: %w", ref.ID, err)
	}
	if n := len(more.JSON()); n > bucket.LongestPolicy {
		return remedy.Aim[rules]{}, &remedy.RefusedError{Why: fmt.Sprintf("With the statement the policy of %s would have %d bytes, and S3 takes %d.", ref.ID, n, bucket.LongestPolicy)}
	}
	return remedy.Aim[rules]{
		To:      rules{bucket.Policy{Document: more}},
		Summary: "Have the policy of the bucket " + ref.ID + " refuse plain HTTP.",
		Breaks:  "Clients that reach the bucket over http:// are refused; the tools and services of AWS use TLS.",
	}, nil
}

// blocksPublicPolicies says whether S3 refuses public policies for the bucket or its account. What may not be asked is taken for off: S3 itself
// refuses then, and nothing is lost.
func blocksPublicPolicies(ctx context.Context, cfg aws.Config, ref resource.Ref) (bool, error) {
	own, _, err := bucket.ReadBlock(ctx, cfg, ref)
	if err != nil && !awserr.IsDenied(err) {
		return false, fmt.Errorf("read block of bucket %s: %w", ref.ID, err)
	}
	account, err := bucket.ReadAccountBlock(ctx, cfg, ref)
	if err != nil && !awserr.IsDenied(err) {
		return false, fmt.Errorf("read block of account %s: %w", ref.Account, err)
	}
	return own.Or(account).BlockPublicPolicy, nil
}

func same(found, want rules) bool { return found.Policy.Same(want.Policy.Document) }

func words(from, to rules) []string { return from.Policy.Changes(to.Policy.Document) }

func requests(ref resource.Ref, _, to rules) ([]remedy.Request, error) {
	if to.Policy.Document == nil {
		in := &s3.DeleteBucketPolicyInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)}
		return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).DeleteBucketPolicy)}, nil
	}
	in := &s3.PutBucketPolicyInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref), Policy: aws.String(string(to.Policy.JSON()))}
	return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutBucketPolicy)}, nil
}
