package privilege

import (
	"iter"
	"slices"
	"strings"
)

// mostWork bounds one question, in comparisons of short texts. It is reached by documents alone that were written to be slow; then what a Deny
// takes away is not looked for any further, so that nothing dangerous is passed over.
const mostWork = 2_000_000

// Everywhere says whether an action may be done on every resource of its service, or on every one of the type that it works on.
func (p *Permissions) Everywhere(action string) bool {
	return p.gives(questionOf(action, true))
}

// Somewhere says whether an action may be done on any resource at all.
func (p *Permissions) Somewhere(action string) bool {
	return p.gives(questionOf(action, false))
}

// On says whether an action may be done on one resource, named by the last field of its ARN: "log-group:/aws/codebuild/web".
// It is taken to lie in the own account, in whatever region.
func (p *Permissions) On(action, resource string) bool {
	q := questionOf(action, false)
	q.on = resource
	return p.gives(q)
}

// Passes lists the patterns of those roles that may be passed to a service ("codebuild.amazonaws.com"); with "" to any at all.
func (p *Permissions) Passes(service string) []string {
	q := questionOf("iam:PassRole", false)
	q.passed = strings.ToLower(service)
	return texts(p.given(q))
}

// passesAny lists the patterns that stand for every role, of those that may be passed to a service.
func (p *Permissions) passesAny(service string) []string {
	q := questionOf("iam:PassRole", true)
	q.passed = service
	return texts(p.given(q))
}

func texts(list iter.Seq[target]) []string {
	var out []string
	for t := range list {
		if !slices.Contains(out, t.text) {
			out = append(out, t.text)
		}
	}
	slices.Sort(out)
	return out
}

func questionOf(action string, all bool) question {
	q := question{action: strings.ToLower(action), all: all}
	q.service, _, _ = strings.Cut(q.action, ":")
	switch q.service {
	case "iam":
		q.kind = kindOf(q.action)
	case "sts":
		q.service, q.kind = "iam", "role"
	case "logs":
		q.kind = "log-group"
	case "ssm":
		if q.action == "ssm:sendcommand" || q.action == "ssm:startsession" { // on what is not a resource of Systems Manager
			q.service, q.kind = "ec2", "instance"
		}
	}
	return q
}

// kindOf is the type of resource that an action of IAM works on, by the noun in its name
// (Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management").
func kindOf(action string) string {
	for _, one := range []struct{ noun, kind string }{
		{"samlprovider", "saml-provider"},
		{"role", "role"},
		{"group", "group"},
		{"user", "user"},
		{"accesskey", "user"},
		{"loginprofile", "user"},
		{"servicespecificcredential", "user"},
		{"policy", "policy"},
	} {
		if strings.Contains(action, one.noun) {
			return one.kind
		}
	}
	return ""
}

// gives says whether the principal has what is asked.
func (p *Permissions) gives(q question) bool {
	for range p.given(q) {
		return true
	}
	return false
}

// given are the patterns by which the principal has what is asked, after what is denied and what the boundary leaves.
func (p *Permissions) given(q question) iter.Seq[target] {
	return func(yield func(target) bool) {
		left := mostWork
		for i := range p.identity {
			for _, t := range p.identity[i].grants(q) {
				if !denied(p.identity, q, t, &left) && p.within(q, t, &left) && !yield(t) {
					return
				}
			}
		}
	}
}

func denied(rules []rule, q question, given target, left *int) bool {
	for i := range rules {
		if r := &rules[i]; !r.allow {
			for _, t := range r.targets {
				*left -= work(t, given)
			}
			if *left < 0 {
				return false
			}
			if r.denies(q, given) {
				return true
			}
		}
	}
	return false
}

// work is what it takes to compare two patterns.
func work(a, b target) int { return 1 + len(a.text)*len(b.text)/64 }

// within says whether the boundary leaves something of what an Allow gives.
func (p *Permissions) within(q question, given target, left *int) bool {
	if !p.bounded {
		return true
	}
	if denied(p.boundary, q, given, left) {
		return false
	}
	for i := range p.boundary {
		for _, t := range p.boundary[i].grants(q) {
			if *left -= work(t, given); *left < 0 || t.meets(q, given) {
				return true
			}
		}
	}
	return false
}
