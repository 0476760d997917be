// Package role reads IAM roles: whom they admit, and whether a person among them needs MFA.
package role

import (
	"fmt"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "role"
	service = "iam.amazonaws.com"
)

// Kind is the IAM role. A Ref's ID is the role's name without its path: names are unique in an account. Roles have no region.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{event.Calls(service,
		"CreateRole", "UpdateRole", "DeleteRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachRolePolicy",
		"PutRolePolicy", "DeleteRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Actions: []string{"iam:GetRole", "iam:ListRoles"},
	Scoped:  true,
}

// State is one role.
type State struct {
	ARN   string                           `json:"arn,omitempty"`
	Name  string                           `json:"name"`
	Path  string                           `json:"path,omitempty"`
	Trust resource.Fact[*policy.Document]  `json:"-"`              // who may assume it; unlearned when the document cannot be read
	Facts resource.Fact[policy.TrustFacts] `json:"facts,omitzero"` // what Trust comes down to
}

// trusting adds the trust policy, as IAM or an event gave it. What is cut or torn stays unlearned: it admits nobody knows whom.
func (s State) trusting(raw []byte, account string) State {
	document, err := policy.Parse(raw)
	if err != nil {
		err = fmt.Errorf("trust policy of role %s: %w", s.Name, err)
		s.Trust, s.Facts = resource.Unlearned[*policy.Document](err), resource.Unlearned[policy.TrustFacts](err)
		return s
	}
	s.Trust, s.Facts = resource.Known(document), resource.Known(document.Trust(account))
	return s
}
