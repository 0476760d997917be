package privilege

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// rule is one statement, made ready to be compared.
type rule struct {
	allow       bool
	actions     []string // patterns in lower case: IAM compares actions without regard to case
	butActions  bool     // all actions but those
	targets     []target
	butTargets  bool // all resources but those
	conditions  conditions
	noPrincipal bool // as an identity policy has it
}

func ruleOf(s *policy.Statement) rule {
	r := rule{
		allow: s.Effect == "Allow", conditions: conditionsOf(s.Condition),
		noPrincipal: !s.Principal.Present && !s.NotPrincipal.Present,
	}
	list := s.Action
	if len(s.NotAction) > 0 {
		list, r.butActions = s.NotAction, true
	}
	for _, pattern := range list {
		if text, ok := tidied(strings.ToLower(pattern), longestAction); ok {
			r.actions = append(r.actions, text)
		}
	}
	list = s.Resource
	if len(s.NotResource) > 0 {
		list, r.butTargets = s.NotResource, true
	}
	for _, pattern := range list {
		if t, ok := targetOf(pattern); ok {
			r.targets = append(r.targets, t)
		}
	}
	return r
}

// speaksOf says whether the statement is about an action.
func (r *rule) speaksOf(action string) bool {
	if len(r.actions) == 0 {
		return r.butActions
	}
	return slices.ContainsFunc(r.actions, func(pattern string) bool { return policy.Fits(pattern, action) }) != r.butActions
}

// question is what is asked: whether an action may be done on anything that where takes.
type question struct {
	action  string // in lower case
	service string // of the resources: sts and iam share theirs
	kind    string // type of the resources, where one action has one and the service several; "": any
	on      string // sixth field of one resource's ARN; "": see all
	all     bool   // on every resource (of the kind); else, when on is "", on any at all
	passed  string // the service that is given a role; "" when the action gives none
}

// grants lists the patterns by which an Allow gives what is asked. A statement that holds its caller gives nothing for certain.
func (r *rule) grants(q question) []target {
	if !r.allow || !r.noPrincipal || r.conditions.held || !r.speaksOf(q.action) || !r.passes(q) {
		return nil
	}
	if r.butTargets {
		if slices.ContainsFunc(r.targets, q.exempts) {
			return nil
		}
		return []target{{text: "*", all: true}} // but some, of which the question is not
	}
	var out []target
	for _, t := range r.targets {
		if q.takes(t) {
			out = append(out, t)
		}
	}
	return out
}

// takes says whether a pattern is large enough for the question.
func (q question) takes(t target) bool {
	switch {
	case q.all:
		return t.everything(q.service, q.kind)
	case q.on != "":
		return t.takes(q.service, q.on)
	}
	return t.all || t.resource == "" || policy.Fits(t.service, q.service)
}

// exempts says whether a pattern of NotResource leaves nothing of what is asked for.
func (q question) exempts(t target) bool {
	if q.on != "" {
		return t.takes(q.service, q.on)
	}
	return t.everything(q.service, q.kind)
}

// passes says whether the statement lets a role be given to the service asked about. A statement that names services speaks of no other
// action, since the key is in no other request.
func (r *rule) passes(q question) bool {
	if r.conditions.passed == nil {
		return true
	}
	return q.passed != "" && slices.ContainsFunc(r.conditions.passed, func(pattern string) bool { return policy.Fits(pattern, q.passed) })
}

// denies says whether a Deny takes away what an Allow gave by a pattern. One with a condition may not apply, and counts for nothing.
func (r *rule) denies(q question, given target) bool {
	if r.allow || !r.noPrincipal || r.conditions.any || !r.speaksOf(q.action) {
		return false
	}
	if r.butTargets {
		return !slices.ContainsFunc(r.targets, func(t target) bool { return t.meets(q, given) })
	}
	return slices.ContainsFunc(r.targets, func(t target) bool { return t.over(q, given) })
}

// over says whether the pattern takes in all of another one that is large enough for the question, as far as the question goes.
func (t target) over(q question, given target) bool {
	switch {
	case t.all:
		return true
	case q.all:
		return t.everything(q.service, q.kind)
	case q.on != "":
		return t.takes(q.service, q.on)
	}
	return policy.Fits(t.text, given.text)
}

// meets says whether two patterns may have something in common that the question is about.
func (t target) meets(q question, other target) bool {
	return t.over(q, other) || !q.all && q.on == "" && other.over(q, t)
}
