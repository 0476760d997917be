package bucket

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Why a part of the state was not read.
var (
	errCovered  = errors.New("not read: the bucket's own flags are all on")
	errHidden   = errors.New("not read: S3 hides public grants while IgnorePublicAcls is on")
	errNoPublic = errors.New("not read: the ACL has no public grant")
)

// unread is a call that was not answered. Its text is the same each time, without request ids, because it gets into findings.
type unread struct {
	call string
	err  error
}

func (u *unread) Error() string { return u.call + ": " + awserr.Reason(u.err) }
func (u *unread) Unwrap() error { return u.err }

type reader struct {
	*s3.Client
	cfg   aws.Config
	ref   resource.Ref
	name  *string
	owner *string // ExpectedBucketOwner: names are global, and a bucket may be made anew by somebody else
}

func newReader(cfg aws.Config, ref resource.Ref) *reader {
	r := &reader{Client: Client(cfg, ref), cfg: cfg, ref: ref, name: &ref.ID}
	if ref.Account != "" {
		r.owner = &ref.Account
	}
	return r
}

// Client speaks to S3 in the bucket's region.
func Client(cfg aws.Config, ref resource.Ref) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if ref.Region != "" {
			o.Region = ref.Region
		}
	})
}

// read takes two calls for a bucket with all flags on and a policy that admits nobody, three with one that does, six at most. It fails
// when the bucket is gone and when nothing at all was learned.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	r := newReader(cfg, ref)
	var s State
	var all error
	for _, step := range []func(context.Context, *State) error{r.blocks, r.policy, r.policyStatus, r.acl, r.ownership} {
		err := step(ctx, &s)
		if awserr.IsNotFound(err) || ctx.Err() != nil {
			return State{}, fmt.Errorf("read bucket %s: %w", ref.ID, errors.Join(err, ctx.Err()))
		}
		all = errors.Join(all, err)
	}
	if all != nil && !s.learned() {
		return State{}, fmt.Errorf("read bucket %s: %w", ref.ID, all)
	}
	return s, nil
}

func (s State) learned() bool {
	return s.Block.Err() == nil || s.AccountBlock.Err() == nil || s.Policy.Err() == nil || s.PolicyPublic.Err() == nil || s.ACL.Err() == nil
}

func (r *reader) blocks(ctx context.Context, s *State) error {
	own, _, err := r.block(ctx)
	s.Block = fact(own, err)
	if err == nil && own == AllOn() {
		s.AccountBlock = resource.Unlearned[Flags](errCovered)
		return nil
	}
	if awserr.IsNotFound(err) {
		return err
	}
	account, failed := ReadAccountBlock(ctx, r.cfg, r.ref)
	s.AccountBlock = fact(account, failed)
	return errors.Join(err, failed)
}

func (r *reader) policy(ctx context.Context, s *State) error {
	out, err := r.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if awserr.Is(err, "NoSuchBucketPolicy") {
		s.Policy = resource.Known(Policy{})
		return nil
	}
	if err != nil {
		err = &unread{"GetBucketPolicy", err}
		s.Policy = resource.Unlearned[Policy](err)
		return err
	}
	document, err := policy.Parse([]byte(aws.ToString(out.Policy)))
	s.Policy = fact(Policy{document}, err)
	return err
}

// policyStatus asks also when the policy itself could not be read: the status alone decides. A policy that only denies is not public by
// S3's rule (S3 User Guide, "Blocking public access to your Amazon S3 storage"), so nobody is asked about it.
func (r *reader) policyStatus(ctx context.Context, s *State) error {
	if s.Policy.Is(Policy.onlyDenies) {
		s.PolicyPublic = resource.Known(false)
		return nil
	}
	out, err := r.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	switch {
	case awserr.Is(err, "NoSuchBucketPolicy"):
		s.Policy, s.PolicyPublic = resource.Known(Policy{}), resource.Known(false)
	case err == nil && (out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil):
		s.PolicyPublic = resource.Unlearned[bool](errors.New("GetBucketPolicyStatus: the answer says nothing"))
	case err == nil:
		s.PolicyPublic = resource.Known(*out.PolicyStatus.IsPublic)
	default:
		err = &unread{"GetBucketPolicyStatus", err}
		s.PolicyPublic = resource.Unlearned[bool](err)
		return err
	}
	return nil
}

func (r *reader) acl(ctx context.Context, s *State) error {
	if s.Block.Is(ignores) || s.AccountBlock.Is(ignores) {
		s.ACL = resource.Unlearned[ACL](errHidden)
		return nil
	}
	out, err := r.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if err != nil {
		err = &unread{"GetBucketAcl", err}
		s.ACL = resource.Unlearned[ACL](err)
		return err
	}
	shown := ACL{Shown: true}
	for _, g := range out.Grants {
		if g.Grantee != nil {
			who := aws.ToString(g.Grantee.URI)
			if who == "" {
				who = aws.ToString(g.Grantee.ID)
			}
			shown.Grants = append(shown.Grants, Grant{Grantee: who, Permission: string(g.Permission)})
		}
	}
	s.ACL = resource.Known(shown)
	return nil
}

func (r *reader) ownership(ctx context.Context, s *State) error {
	if !s.ACL.Is(ACL.public) {
		s.Ownership = resource.Unlearned[string](errNoPublic)
		return nil
	}
	out, err := r.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: r.name, ExpectedBucketOwner: r.owner})
	if err != nil && !awserr.Is(err, "OwnershipControlsNotFoundError") {
		err = &unread{"GetBucketOwnershipControls", err}
		s.Ownership = resource.Unlearned[string](err)
		return err
	}
	s.Ownership = resource.Known("")
	if err == nil && out.OwnershipControls != nil && len(out.OwnershipControls.Rules) > 0 {
		s.Ownership = resource.Known(string(out.OwnershipControls.Rules[0].ObjectOwnership))
	}
	return nil
}

// enforced is the ownership under which ACLs have no effect.
const enforced = string(types.ObjectOwnershipBucketOwnerEnforced)

func fact[T any](value T, err error) resource.Fact[T] {
	if err != nil {
		return resource.Unlearned[T](err)
	}
	return resource.Known(value)
}
