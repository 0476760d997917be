// Package bucketremovepublicgrants takes out of a bucket's policy and ACL what they grant to everyone, and leaves the rest.
package bucketremovepublicgrants

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// buckets is the resource of all writes: the ARN of a bucket has neither account nor region.
const buckets = "arn:{partition}:s3:::*"

// Remedy takes out statements and grants one by one. A policy of which nothing is left is deleted, because S3 takes none without a statement.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "bucket-remove-public-grants", Risk: remedy.Disruptive,
	On:    []resource.Source{bucket.Kind},
	Reads: []string{"s3:GetBucketAcl", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus"},
	Grants: []remedy.Grant{
		{Action: "s3:PutBucketPolicy", Resource: buckets}, {Action: "s3:DeleteBucketPolicy", Resource: buckets}, {Action: "s3:PutBucketAcl", Resource: buckets},
	},
}, remedy.Change[grants]{What: "policy and ACL of the bucket", Read: read, Aim: aim, Requests: requests, Same: same, Words: words, Stepwise: true})

// grants are the parts of a bucket that are touched.
type grants struct {
	Policy bucket.Policy `json:"policy"` // null: none
	ACL    *acl          `json:"acl"`    // null: it is not touched, because it grants everyone nothing that S3 shows
}

// acl is an access control list as it is sent back: as a whole, with the owner that S3 gave.
type acl struct {
	Owner  *types.Owner
	Grants []types.Grant
}

// MarshalJSON writes it as S3's API names it.
func (a acl) MarshalJSON() ([]byte, error) {
	type whole acl
	return resource.SDKJSON(whole(a))
}

func (a acl) public() bool { return slices.ContainsFunc(a.Grants, public) }

func public(g types.Grant) bool {
	return g.Grantee != nil && bucket.PublicGroup(aws.ToString(g.Grantee.URI))
}

// read looks at the ACL also where it is not touched: S3 shows no public grant of it while they are ignored, and such a list must not be
// written back, because what is not shown would be gone (S3 User Guide, "Blocking public access to your Amazon S3 storage").
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, from *grants) (grants, error) {
	if err := remedy.Owned(ref); err != nil {
		return grants{}, err
	}
	p, err := bucket.ReadPolicy(ctx, cfg, ref)
	if err != nil {
		return grants{}, err
	}
	out, err := bucket.Client(cfg, ref).GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)})
	if err != nil {
		return grants{}, fmt.Errorf("read ACL of bucket %s: %w", ref.ID, err)
	}
	found := grants{Policy: p}
	list := acl{Owner: out.Owner, Grants: out.Grants}
	if from == nil && list.public() || from != nil && from.ACL != nil {
		found.ACL = &list
	}
	return found, nil
}

func aim(ctx context.Context, cfg aws.Config, _ remedy.Case, ref resource.Ref, found grants) (remedy.Aim[grants], error) {
	open, err := openStatements(ctx, cfg, ref, found.Policy)
	if err != nil {
		return remedy.Aim[grants]{}, err
	}
	enforced, err := bucketOwnerEnforced(ctx, cfg, ref)
	if err != nil {
		return remedy.Aim[grants]{}, err
	}
	to, what := found, named(open)
	for _, v := range slices.Backward(open) { // from the end, so that the places of the others stay
		if to.Policy.Document, err = to.Policy.Without(v.Index); err != nil {
			return remedy.Aim[grants]{}, fmt.Errorf("policy of bucket %s: %w", ref.ID, err)
		}
	}
	if found.ACL != nil && !enforced { // where ownership is enforced ACLs have no effect, and S3 takes none
		to.ACL = &acl{Owner: found.ACL.Owner, Grants: slices.DeleteFunc(slices.Clone(found.ACL.Grants), public)}
		what = append(what, "the public grants of the ACL")
	}
	if len(what) == 0 {
		return remedy.Aim[grants]{To: found, Summary: "Neither policy nor ACL of the bucket " + ref.ID + " grants anything to everyone, as far as S3 shows it."}, nil
	}
	return remedy.Aim[grants]{To: to, Summary: "Take " + strings.Join(what, " and ") + " out of the bucket " + ref.ID + ", and leave the rest.", Breaks: breaks(found, to, ref)}, nil
}

// openStatements are those of the policy that admit everyone. S3's own verdict decides whether there are any; where it may not be asked, ours does.
func openStatements(ctx context.Context, cfg aws.Config, ref resource.Ref, p bucket.Policy) ([]policy.StatementVerdict, error) {
	open := slices.DeleteFunc(p.Judge(policy.Bucket, ref.Account).Statements, func(v policy.StatementVerdict) bool { return !v.Public })
	out, err := bucket.Client(cfg, ref).GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)})
	switch {
	case awserr.Is(err, "NoSuchBucketPolicy"):
		return nil, nil
	case awserr.IsDenied(err):
		return open, nil
	case err != nil:
		return nil, fmt.Errorf("read policy status of bucket %s: %w", ref.ID, err)
	case out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil:
		return open, nil
	case !*out.PolicyStatus.IsPublic:
		return nil, nil
	case len(open) == 0:
		return nil, &remedy.RefusedError{Why: "S3 calls the policy of " + ref.ID + " public, and which of its statements makes it so cannot be told."}
	}
	return open, nil
}

func bucketOwnerEnforced(ctx context.Context, cfg aws.Config, ref resource.Ref) (bool, error) {
	out, err := bucket.Client(cfg, ref).GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)})
	if awserr.Is(err, "OwnershipControlsNotFoundError") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read ownership of bucket %s: %w", ref.ID, err)
	}
	return out.OwnershipControls != nil && slices.ContainsFunc(out.OwnershipControls.Rules, func(r types.OwnershipControlsRule) bool {
		return r.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
	}), nil
}

func named(open []policy.StatementVerdict) []string {
	if len(open) == 0 {
		return nil
	}
	names := make([]string, 0, len(open))
	for _, v := range open {
		names = append(names, v.Name())
	}
	return []string{"what the policy grants to everyone (statement " + strings.Join(names, ", ") + ")"}
}

// breaks tells of two effects that are easily missed. The account's own principals, and services, still get in by a public statement while Block
// Public Access holds everyone else off; and whom the rest of the policy names from outside gets in again, because a policy without a public
// statement is not held back (S3 User Guide, "Blocking public access to your Amazon S3 storage").
func breaks(found, to grants, ref resource.Ref) string {
	text := "Principals of the account and AWS services that get in by nothing else no longer do; to undo it, Block Public Access has to be switched off first, because S3 takes no public grant while it is on."
	left := to.Policy.Judge(policy.Bucket, ref.Account).Outside
	if len(left) == 0 || found.Policy.Same(to.Policy.Document) {
		return text
	}
	return strings.TrimSuffix(text, ".") + "; whom the rest of the policy admits from outside is not held back with it any more: " + strings.Join(left, ", ") + "."
}

func same(found, want grants) bool {
	return found.Policy.Same(want.Policy.Document) && found.ACL.same(want.ACL)
}

// same says whether both lists grant the same; the order of grants says nothing.
func (a *acl) same(b *acl) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.lines(), b.lines())
}

// lines are the grants in words: "READ to http://acs.amazonaws.com/groups/global/AllUsers".
func (a *acl) lines() []string {
	if a == nil {
		return nil
	}
	var all []string
	for _, g := range a.Grants {
		who := types.Grantee{}
		if g.Grantee != nil {
			who = *g.Grantee
		}
		all = append(all, string(g.Permission)+" to "+cmp.Or(aws.ToString(who.URI), aws.ToString(who.ID), aws.ToString(who.EmailAddress), "nobody"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func words(from, to grants) []string {
	all := from.Policy.Changes(to.Policy.Document)
	was, is := from.ACL.lines(), to.ACL.lines()
	if from.ACL == nil || to.ACL == nil {
		return all
	}
	for _, line := range was {
		if !slices.Contains(is, line) {
			all = append(all, "ACL, "+line+": there -> gone")
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			all = append(all, "ACL, "+line+": not there -> there")
		}
	}
	return all
}

func requests(ref resource.Ref, from, to grants) ([]remedy.Request, error) {
	var all []remedy.Request
	switch {
	case from.Policy.Same(to.Policy.Document):
	case to.Policy.Document == nil:
		in := &s3.DeleteBucketPolicyInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)}
		all = append(all, remedy.Write(in, s3.NewFromConfig, (*s3.Client).DeleteBucketPolicy))
	default:
		in := &s3.PutBucketPolicyInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref), Policy: aws.String(string(to.Policy.JSON()))}
		all = append(all, remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutBucketPolicy))
	}
	if to.ACL != nil && !from.ACL.same(to.ACL) {
		in := &s3.PutBucketAclInput{
			Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref), AccessControlPolicy: &types.AccessControlPolicy{Owner: to.ACL.Owner, Grants: to.ACL.Grants},
		}
		all = append(all, remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutBucketAcl))
	}
	return all, nil
}
