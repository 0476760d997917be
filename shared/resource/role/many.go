package role

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// few is how many roles are read one by one: below it that takes fewer calls than going through all of an account's.
const few = 4

// perPage keeps a page to a few megabytes: a role may have 10 kB of inline policies, a managed policy five versions of 6 kB
// (IAM User Guide, "IAM and AWS STS quotas").
const perPage = 200

// readManyRights reads roles of one account together. When there are many it goes through the account's roles and policies, page by page, and stops
// as soon as it has found all roles that were asked for and all policies that these have (IAM API Reference, "GetAccountAuthorizationDetails").
func readManyRights(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]Permissions, error) {
	if len(refs) < few {
		return eachRights(ctx, cfg, refs)
	}
	w := newWanted(refs)
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(iam.NewFromConfig(cfg), &iam.GetAccountAuthorizationDetailsInput{
		Filter:   []types.EntityType{types.EntityTypeRole, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy},
		MaxItems: aws.Int32(perPage),
	})
	for pages.HasMorePages() && !w.complete() {
		page, err := pages.NextPage(resource.Fresh(ctx)) // too large to be kept for others
		if err != nil {
			return nil, fmt.Errorf("read roles and policies of the account: %w", err)
		}
		w.take(page)
	}
	return w.states(ctx, iam.NewFromConfig(cfg)), nil
}

func eachRights(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]Permissions, error) {
	found := make(map[resource.Ref]Permissions, len(refs))
	for _, ref := range refs {
		switch s, err := readRights(ctx, cfg, ref); {
		case err == nil:
			found[ref] = s
		case !awserr.IsNotFound(err):
			return nil, err
		}
	}
	return found, nil
}

// wanted is what is looked for, and what was found of it.
type wanted struct {
	refs      map[string]resource.Ref // by the role's name
	roles     map[string]types.RoleDetail
	documents map[string]resource.Fact[Document] // of policies, by ARN
	needed    map[string]bool                    // ARNs of those that the roles found so far have
}

func newWanted(refs []resource.Ref) *wanted {
	w := &wanted{
		refs: make(map[string]resource.Ref, len(refs)), roles: make(map[string]types.RoleDetail, len(refs)),
		documents: map[string]resource.Fact[Document]{}, needed: map[string]bool{},
	}
	for _, ref := range refs {
		w.refs[ref.ID] = ref
	}
	return w
}

func (w *wanted) take(page *iam.GetAccountAuthorizationDetailsOutput) {
	for _, one := range page.RoleDetailList {
		id := aws.ToString(one.RoleName)
		if _, asked := w.refs[id]; !asked {
			continue
		}
		w.roles[id] = one
		for _, arn := range policiesOf(one) {
			w.needed[arn] = true
		}
	}
	for _, one := range page.Policies {
		arn := aws.ToString(one.Arn)
		// Policies may come before the roles that have them: what is needed is not known until all roles were seen.
		if len(w.roles) == len(w.refs) && !w.needed[arn] {
			continue
		}
		i := slices.IndexFunc(one.PolicyVersionList, func(v types.PolicyVersion) bool { return v.IsDefaultVersion })
		if i >= 0 {
			w.documents[arn] = documentOf(aws.ToString(one.PolicyVersionList[i].Document), "policy "+aws.ToString(one.PolicyName))
		}
	}
}

// policiesOf are the ARNs of the managed policies that a role has, the boundary included.
func policiesOf(one types.RoleDetail) []string {
	var out []string
	for _, p := range one.AttachedManagedPolicies {
		out = append(out, aws.ToString(p.PolicyArn))
	}
	if one.PermissionsBoundary != nil {
		out = append(out, aws.ToString(one.PermissionsBoundary.PermissionsBoundaryArn))
	}
	return out
}

func (w *wanted) complete() bool {
	if len(w.roles) < len(w.refs) {
		return false
	}
	for arn := range w.needed {
		if _, known := w.documents[arn]; !known {
			return false
		}
	}
	return true
}

// states puts together what was found. A policy that the account's pages did not hold is read by itself.
func (w *wanted) states(ctx context.Context, client *iam.Client) map[resource.Ref]Permissions {
	policyOf := func(arn string) Policy {
		document, known := w.documents[arn]
		if !known {
			return managed(ctx, client, arn)
		}
		return Policy{Name: nameInARN(arn), ARN: arn, Document: document}
	}
	out := make(map[resource.Ref]Permissions, len(w.roles))
	for id, one := range w.roles {
		s := Permissions{ARN: aws.ToString(one.Arn), Name: id, Path: aws.ToString(one.Path), LastUsed: lastUsed(one.RoleLastUsed)}
		for _, p := range one.AttachedManagedPolicies {
			s.Policies = append(s.Policies, policyOf(aws.ToString(p.PolicyArn)))
		}
		for _, p := range one.RolePolicyList {
			called := aws.ToString(p.PolicyName)
			s.Policies = append(s.Policies, Policy{Name: called, Document: documentOf(aws.ToString(p.PolicyDocument), "inline policy "+called+" of role "+id)})
		}
		s.Whole, s.Boundary = resource.Known(true), resource.Known("")
		if b := one.PermissionsBoundary; b != nil {
			arn := aws.ToString(b.PermissionsBoundaryArn)
			s.Boundary, s.Bounds = resource.Known(arn), new(policyOf(arn))
		}
		out[w.refs[id]] = s
	}
	return out
}
