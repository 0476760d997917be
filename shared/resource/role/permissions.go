package role

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Rights is what a role may do. Reading it alone takes three calls, one more for each inline policy and two for each managed one, the boundary
// included: IAM has no call that gives them together for one role. Within a batch the versions that several roles have are read once, and
// many roles are read together. CreatePolicyVersion, SetDefaultPolicyVersion and DeletePolicyVersion name a policy and not the
// roles that have it: what they change is found by the sweep.
var Rights = &resource.Kind[Permissions]{
	Name: name, Facet: "permissions",
	Changed: []event.Selector{event.Calls(service,
		"CreateRole", "DeleteRole", "AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy",
		"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")},
	Refs:     refs,
	Read:     readRights,
	ReadMany: readManyRights,
	List:     list,
	Told:     toldRights,
	Actions: []string{
		"iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
		"iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles",
	},
	Global: true,
	Scoped: true,
	UsedAs: usedAs,
}

// Permissions are the policies of a role.
type Permissions struct {
	ARN      string                `json:"arn,omitempty"`
	Name     string                `json:"name"`
	Path     string                `json:"path,omitempty"`
	LastUsed time.Time             `json:"lastUsed,omitzero"`  // within the last 400 days; zero: not in that time, or not told
	Policies []Policy              `json:"policies,omitempty"` // managed and inline, as far as they are known
	Whole    resource.Fact[bool]   `json:"whole,omitzero"`     // learned when Policies are all that there are
	Boundary resource.Fact[string] `json:"boundary,omitzero"`  // ARN of the permissions boundary, "" for none
	Bounds   *Policy               `json:"bounds,omitempty"`   // the boundary's document
}

// Policy is one policy of a role.
type Policy struct {
	Name     string                  `json:"name"`
	ARN      string                  `json:"arn,omitempty"` // "" for an inline policy
	Document resource.Fact[Document] `json:"document,omitzero"`
}

// OfAWS is as State has it.
func (s Permissions) OfAWS() bool { return ofAWS(s.Path) }

// Missing is why the policies are not all known, the first reason of several; nil when they are.
func (s Permissions) Missing() error {
	all := []error{s.Whole.Err(), s.Boundary.Err()}
	for _, p := range s.Policies {
		all = append(all, p.Document.Err())
	}
	if s.Bounds != nil {
		all = append(all, s.Bounds.Document.Err())
	}
	return cmp.Or(all...)
}

// Granted are the permissions as far as they are known, and what is not known of them. They are nil when nothing can be said for certain:
// no policy was read, or the boundary was refused. A boundary that an event did not tell is taken for none; whoever judges an event says so.
func (s Permissions) Granted() (*privilege.Permissions, error) {
	missing := s.Missing()
	grants := privilege.Grants{}
	for _, p := range s.Policies {
		if document, ok := p.Document.Get(); ok {
			grants.Policies = append(grants.Policies, document.Document)
		}
	}
	if s.Bounds != nil {
		document, ok := s.Bounds.Document.Get()
		if !ok {
			return nil, missing
		}
		grants.Boundary = document.Document
	}
	if err := s.Boundary.Err(); err != nil && !errors.Is(err, resource.ErrNotTold) || len(grants.Policies) == 0 && missing != nil {
		return nil, missing
	}
	permissions, err := privilege.Of(grants)
	if err != nil {
		return nil, err
	}
	return permissions, missing
}

// Self are the ARNs by which the role could change what it may do: its own, and those of its customer managed policies.
func (s Permissions) Self() []string {
	var out []string
	if s.ARN != "" {
		out = append(out, s.ARN)
	}
	for _, p := range s.Policies {
		if p.ARN != "" && accountOf(p.ARN) != "aws" {
			out = append(out, p.ARN)
		}
	}
	return out
}

func readRights(ctx context.Context, cfg aws.Config, ref resource.Ref) (Permissions, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return Permissions{}, err
	}
	s := Permissions{ARN: aws.ToString(found.Arn), Name: ref.ID, Path: aws.ToString(found.Path), LastUsed: lastUsed(found.RoleLastUsed)}
	client := iam.NewFromConfig(cfg)
	attached, err := attachedOf(ctx, client, ref.ID)
	inline, second := inlineOf(ctx, client, ref.ID)
	if s.Policies, s.Whole = slices.Concat(attached, inline), resource.Known(true); err == nil {
		err = second
	}
	if err != nil {
		s.Whole = resource.Unlearned[bool](err)
	}
	s.Boundary = resource.Known("")
	if b := found.PermissionsBoundary; b != nil {
		arn := aws.ToString(b.PermissionsBoundaryArn)
		s.Boundary, s.Bounds = resource.Known(arn), new(managed(ctx, client, arn))
	}
	return s, nil
}

func lastUsed(u *types.RoleLastUsed) time.Time {
	if u == nil {
		return time.Time{}
	}
	return aws.ToTime(u.LastUsedDate)
}

func attachedOf(ctx context.Context, client *iam.Client, id string) ([]Policy, error) {
	var list []Policy
	pages := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list, awserr.Plain("list attached policies of role "+id, err)
		}
		for _, one := range page.AttachedPolicies {
			list = append(list, managed(ctx, client, aws.ToString(one.PolicyArn)))
		}
	}
	return list, nil
}

func inlineOf(ctx context.Context, client *iam.Client, id string) ([]Policy, error) {
	var list []Policy
	pages := iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list, awserr.Plain("list inline policies of role "+id, err)
		}
		for _, one := range page.PolicyNames {
			p := Policy{Name: one}
			out, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &id, PolicyName: &one})
			if err != nil {
				p.Document = resource.Unlearned[Document](awserr.Plain("read inline policy "+one+" of role "+id, err))
			} else {
				p.Document = documentOf(aws.ToString(out.PolicyDocument), "inline policy "+one+" of role "+id)
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// managed reads the version of a managed policy that is in force.
func managed(ctx context.Context, client *iam.Client, arn string) Policy {
	p := Policy{Name: nameInARN(arn), ARN: arn}
	out, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		p.Document = resource.Unlearned[Document](awserr.Plain("read policy "+p.Name, err))
		return p
	}
	if out.Policy == nil {
		p.Document = resource.Unlearned[Document](fmt.Errorf("read policy %s: the answer holds no policy", p.Name))
		return p
	}
	version, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: out.Policy.DefaultVersionId})
	switch {
	case err != nil:
		p.Document = resource.Unlearned[Document](awserr.Plain("read the version in force of policy "+p.Name, err))
	case version.PolicyVersion == nil:
		p.Document = resource.Unlearned[Document](fmt.Errorf("read policy %s: the answer holds no version", p.Name))
	default:
		p.Document = documentOf(aws.ToString(version.PolicyVersion.Document), "policy "+p.Name)
	}
	return p
}

// documentOf reads a document as IAM gives it: URL-encoded JSON.
func documentOf(text, what string) resource.Fact[Document] {
	document, err := policy.Parse([]byte(text))
	if err != nil {
		return resource.Unlearned[Document](fmt.Errorf("%s: %w", what, err))
	}
	return resource.Known(Document{document})
}
