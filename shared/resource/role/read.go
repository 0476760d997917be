package role

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return State{}, err
	}
	s := State{
		ARN: aws.ToString(found.Arn), ID: aws.ToString(found.RoleId), Name: ref.ID, Path: aws.ToString(found.Path), Made: aws.ToTime(found.CreateDate),
	}
	account := accountOf(s.ARN)
	if account == "" {
		account = ref.Account
	}
	return s.trusting([]byte(aws.ToString(found.AssumeRolePolicyDocument)), account), nil
}

// get is the one call that all facets begin with.
func get(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.Role, error) {
	out, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(ref.ID)})
	if err != nil {
		return nil, fmt.Errorf("read role %s: %w", ref.ID, err)
	}
	if out.Role == nil {
		return nil, fmt.Errorf("read role %s: the answer holds no role", ref.ID)
	}
	return out.Role, nil
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := iam.NewListRolesPaginator(iam.NewFromConfig(cfg), &iam.ListRolesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list roles: %w", err))
				return
			}
			for _, one := range page.Roles {
				if !yield(resource.Ref{Kind: name, ID: aws.ToString(one.RoleName), Account: in.Account}, nil) {
					return
				}
			}
		}
	}
}

// Actor reads the role behind a session and says what its trust policy proves of those who are in it, for identity.Judge.
// It is an error when the policy cannot be read, and when the role of that name is another one than the session's:
// one that was made anew under another path, or one of another account.
func Actor(ctx context.Context, cfg aws.Config, roleARN string) (*identity.Role, error) {
	id := nameOf(roleARN)
	if id == "" || !strings.HasPrefix(roleARN, "arn:") {
		return nil, fmt.Errorf("read role: %.100q is not the ARN of a role", roleARN)
	}
	s, err := read(ctx, cfg, resource.Ref{Kind: name, ID: id, Account: accountOf(roleARN)})
	if err != nil {
		return nil, err
	}
	if s.ARN != roleARN {
		return nil, fmt.Errorf("read role %s: %s was asked for, %s was found", id, roleARN, s.ARN)
	}
	facts, ok := s.Facts.Get()
	if !ok {
		return nil, s.Facts.Err()
	}
	return &identity.Role{Automation: facts.Automation, RequiresMFA: facts.RequiresMFA}, nil
}

func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}
