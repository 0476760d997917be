// Package privilege says what a principal may do by its identity policies, and where that is more than a pipeline needs.
package privilege

import (
	"errors"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// Grants are the documents that decide what a principal may do, as far as they lie with the principal. What an organisation's
// policies, a resource's own policy or a session's policy take away or add is not among them.
type Grants struct {
	Policies []*policy.Document // managed and inline
	Boundary *policy.Document   // the permissions boundary; nil: there is none
}

// Permissions are grants, made ready to be asked. They are read-only, and so safe for concurrent use.
type Permissions struct {
	identity []rule
	boundary []rule
	bounded  bool
}

// mostText is twice what a role can hold, in bytes: twenty managed policies of 6,144 characters and 10,240 of inline ones
// (IAM User Guide, "IAM and AWS STS quotas"). What holds more was not written for IAM.
const mostText = 256 << 10

// ErrTooLarge is the reason why grants were not judged that are larger than IAM takes.
var ErrTooLarge = errors.New("the policies are larger than IAM takes")

// Of reads grants. Documents that are nil count for nothing. It is an error, ErrTooLarge, when there is more than IAM would ever hold.
func Of(g Grants) (*Permissions, error) {
	p := &Permissions{bounded: g.Boundary != nil}
	left := mostText
	for _, d := range g.Policies {
		rules, err := compile(d, &left)
		if err != nil {
			return nil, err
		}
		p.identity = append(p.identity, rules...)
	}
	rules, err := compile(g.Boundary, &left)
	p.boundary = rules
	return p, err
}

func compile(d *policy.Document, left *int) ([]rule, error) {
	if d == nil {
		return nil, nil
	}
	rules := make([]rule, 0, len(d.Statements))
	for i := range d.Statements {
		s := &d.Statements[i]
		if *left -= sizeOf(s); *left < 0 {
			return nil, fmt.Errorf("judge permissions: %w: more than %d bytes", ErrTooLarge, mostText)
		}
		rules = append(rules, ruleOf(s))
	}
	return rules, nil
}

func sizeOf(s *policy.Statement) int {
	const each = 8 // what a statement or a list's member takes in JSON besides its text
	size := each
	add := func(list policy.Strings) {
		for _, text := range list {
			size += each + len(text)
		}
	}
	for _, list := range []policy.Strings{s.Action, s.NotAction, s.Resource, s.NotResource} {
		add(list)
	}
	for _, keys := range s.Condition {
		for _, values := range keys {
			add(values)
		}
	}
	return size
}

// Judgement is what Judge says of grants.
type Judgement struct {
	Administrator bool         `json:"administrator"`
	Wildcards     []string     `json:"wildcards"`
	Escalations   []Escalation `json:"escalations"`
}

// Judge asks all there is to ask. self are ARNs of what the principal could turn on itself: its own, and those of its customer managed policies.
func (p *Permissions) Judge(self ...string) Judgement {
	return Judgement{Administrator: p.Administrator(), Wildcards: p.Wildcards(), Escalations: p.Escalations(self...)}
}

// selfMade are calls any of which gives whoever makes it on every role, user or policy all permissions that there are.
var selfMade = []string{"iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:AttachUserPolicy", "iam:PutUserPolicy"}

// Administrator says whether the principal may do everything everywhere: actions of services that nobody named yet, and changes of
// permissions, the own among them. A Deny of single actions does not make it less; one of all of IAM does, and so does a boundary that
// holds either back.
func (p *Permissions) Administrator() bool {
	if !p.Everywhere(nobodys + ":" + nobodys) {
		return false
	}
	for _, action := range selfMade {
		if p.Everywhere(action) {
			return true
		}
	}
	return false
}
