package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// asking is a request as policies see it.
type asking struct {
	action, resource string
	who              []string            // ARNs by which a policy may name the caller: the role, the session, the user
	account          string              // of the caller; "" for a service
	service          string              // of a caller that is one: events.amazonaws.com
	keys             map[string][]string // condition keys in small letters that a request like this one carries. A key that is nil: known, and not there
}

// verdict is what a policy says to a request.
type verdict struct{ allows, denies, named bool } // named: a statement that allows names the caller itself, not its account

// judge evaluates a policy (AWS IAM User Guide, "Policy evaluation logic"). Of a policy without principals, that of an identity, every statement
// is about the caller. What the front does not understand, an operator or a key, is told by unknown, and does not hold.
func (q asking) judge(document *policy.Document, identity bool, unknown func(string)) verdict {
	var v verdict
	for i := range document.Statements {
		s := &document.Statements[i]
		admitted, named := true, true
		if !identity {
			admitted, named = q.principal(s)
		}
		if !admitted || !q.covers(s) || !q.meets(s.Condition, unknown) {
			continue
		}
		if s.Effect == "Deny" {
			v.denies = true
			continue
		}
		v.allows, v.named = true, v.named || named
	}
	v.allows = v.allows && !v.denies
	return v
}

// principal says whether a statement is about the caller, and whether it names it.
func (q asking) principal(s *policy.Statement) (admitted, named bool) {
	if s.NotPrincipal.Present {
		return false, false // AWS advises against it with Allow; nobody here is meant by it
	}
	if q.service != "" {
		return slices.Contains(s.Principal.Service, q.service), true
	}
	for _, who := range s.Principal.AWS {
		switch {
		case slices.Contains(q.who, who):
			return true, true
		case who == q.account || strings.HasPrefix(who, "arn:") && strings.HasSuffix(who, ":iam::"+q.account+":root"):
			admitted = true
		case strings.HasSuffix(who, ":iam::*:root"): // how moto keeps everybody
			admitted = true
		}
	}
	return admitted || s.Principal.Any, false
}

// covers says whether a statement is about the action and the resource. A trust policy names no resource.
func (q asking) covers(s *policy.Statement) bool {
	fits := func(patterns policy.Strings, one string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool { return policy.Fits(strings.ToLower(pattern), strings.ToLower(one)) })
	}
	switch {
	case len(s.NotAction) > 0 && fits(s.NotAction, q.action), len(s.NotAction) == 0 && !fits(s.Action, q.action):
		return false
	case len(s.NotResource) > 0:
		return !fits(s.NotResource, q.resource)
	}
	return len(s.Resource) == 0 || slices.ContainsFunc(s.Resource, func(pattern string) bool { return policy.Fits(pattern, q.resource) })
}

// meets says whether all conditions hold.
func (q asking) meets(conditions policy.Conditions, unknown func(string)) bool {
	met := true
	for operator, keys := range conditions {
		for key, values := range keys {
			met = q.holds(operator, key, values, unknown) && met
		}
	}
	return met
}

// holds evaluates one condition (AWS IAM User Guide, "Condition operators", and "Set operators for multivalued context keys").
func (q asking) holds(operator, key string, values []string, unknown func(string)) bool {
	set, plain, isSet := strings.Cut(operator, ":")
	if !isSet {
		set, plain = "", operator
	}
	plain, ifExists := strings.CutSuffix(plain, "IfExists")
	have, known := q.key(key)
	if operators[plain] == nil || !known || !slices.Contains([]string{"", "ForAllValues", "ForAnyValue"}, set) {
		unknown(fmt.Sprintf("%s on the condition %s %s", q.action, operator, key))
		return false
	}
	one := func(v string) bool { return among(plain, values, v) }
	switch {
	case set == "ForAllValues":
		return !slices.ContainsFunc(have, func(v string) bool { return !one(v) })
	case len(have) == 0:
		return ifExists || strings.HasPrefix(plain, "StringNot")
	}
	return slices.ContainsFunc(have, one)
}

// key gives the values of a condition key, and whether requests like this one can have it.
func (q asking) key(name string) (values []string, known bool) {
	name = strings.ToLower(name)
	values, known = q.keys[name]
	return values, known || strings.HasPrefix(name, "aws:requesttag/")
}

// among compares a value of the request with those of the policy: one of them has to be met, and where the operator says not, each.
func among(operator string, values []string, v string) bool {
	is := operators[operator]
	if strings.HasPrefix(operator, "StringNot") {
		return !slices.ContainsFunc(values, func(pattern string) bool { return !is(pattern, v) })
	}
	return slices.ContainsFunc(values, func(pattern string) bool { return is(pattern, v) })
}

// operators compare one value of a policy with one of the request.
var operators = map[string]func(pattern, v string) bool{
	"StringEquals":    func(pattern, v string) bool { return pattern == v },
	"StringNotEquals": func(pattern, v string) bool { return pattern != v },
	"StringLike":      policy.Fits,
	"ArnEquals":       policy.Fits,
	"ArnLike":         policy.Fits,
	"Bool":            strings.EqualFold,
}
