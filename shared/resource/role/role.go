// Package role reads IAM roles: whom they admit and whether a person among them needs MFA, what they may do, and what of that they use.
package role

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "role"
	service = "iam.amazonaws.com"
)

// Kind is the IAM role and its trust policy. A Ref's ID is the role's name without its path: names are unique in an account. Roles have no region.
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{event.Calls(service, "CreateRole", "UpdateRole", "DeleteRole", "UpdateAssumeRolePolicy")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Tagged:  tagged,
	Actions: []string{"iam:GetRole", "iam:ListRoles"}, TagActions: []string{"iam:GetRole"},
	Global:     true,
	Scoped:     true,
	UsedAs:     usedAs,
	Definition: definition,
}

// usedAs are the edges by which pipelines and build projects lean on roles.
var usedAs = []string{"service role", "action role"}

// Delivers says whether a pipeline or a build project is among those that use a role.
func Delivers(used []resource.Use) bool {
	return slices.ContainsFunc(used, func(u resource.Use) bool { return slices.Contains(usedAs, u.As) })
}

// State is one role.
type State struct {
	ARN   string                           `json:"arn,omitempty"`
	ID    string                           `json:"roleId,omitempty"` // another one for a role that is made anew under the same name
	Name  string                           `json:"name"`
	Path  string                           `json:"path,omitempty"`
	Made  time.Time                        `json:"created,omitzero"`
	Trust resource.Fact[Document]          `json:"trust,omitzero"` // who may assume it; unlearned when the document cannot be read
	Facts resource.Fact[policy.TrustFacts] `json:"facts,omitzero"` // what Trust comes down to
}

// Document is a policy, written as JSON in its own words.
type Document struct{ *policy.Document }

// MarshalJSON writes the document, or null.
func (d Document) MarshalJSON() ([]byte, error) {
	if d.Document == nil {
		return []byte("null"), nil
	}
	return d.JSON(), nil
}

// UnmarshalJSON reads a document, or null.
func (d *Document) UnmarshalJSON(raw []byte) error {
	d.Document = nil
	if string(raw) == "null" {
		return nil
	}
	document, err := policy.Parse(raw)
	d.Document = document
	return err
}

// trusting adds the trust policy, as IAM or an event gave it. What is cut or torn stays unlearned: it admits nobody knows whom.
func (s State) trusting(raw []byte, account string) State {
	document, err := policy.Parse(raw)
	if err != nil {
		err = fmt.Errorf("trust policy of role %s: %w", s.Name, err)
		s.Trust, s.Facts = resource.Unlearned[Document](err), resource.Unlearned[policy.TrustFacts](err)
		return s
	}
	s.Trust, s.Facts = resource.Known(Document{document}), resource.Known(document.Trust(account))
	return s
}

// unvouched is after every event, so that nobody's word is taken for a definition that was changed then.
var unvouched = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// definition is the trust policy. IAM does not tell when that was last changed, so that whoever changes something else of the role vouches
// for it as well; a policy that admits everyone is therefore never taken on anybody's word. What AWS itself keeps is not restored.
func definition(s State) (body []byte, changed time.Time) {
	document, known := s.Trust.Get()
	if !known || s.OfAWS() {
		return nil, time.Time{}
	}
	if s.Facts.Is(func(f policy.TrustFacts) bool { return f.Open }) {
		changed = unvouched
	}
	return document.JSON(), changed
}

// OfAWS says whether AWS itself made the role and keeps it: nobody else can change it (IAM User Guide, "Service-linked roles"; IAM Identity
// Center User Guide, "Permission sets").
func (s State) OfAWS() bool { return ofAWS(s.Path) || strings.HasPrefix(s.Name, "AWSReservedSSO_") }

func ofAWS(path string) bool {
	return strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/")
}
