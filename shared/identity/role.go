package identity

import (
	"slices"
	"strings"
)

// cdkRoles are the roles of the CDK's bootstrap stack under which a deployment runs: who started it is judged where
// the first of them is assumed (AWS CDK Developer Guide, "AWS CDK bootstrapping").
var cdkRoles = [...]string{"cdk-*-deploy-role-*", "cdk-*-cfn-exec-role-*"}

const identityCenterPrefix = "AWSReservedSSO_"

// role is the role behind a role session.
type role struct {
	arn     string // with its path; "" when the record does not give it
	name    string
	session string
	torn    bool // the session's ARN names another role than its issuer does: no rule about roles applies
}

// roleOf reads the role from the session's issuer, and what the issuer lacks from the session's own ARN.
func roleOf(id object) role {
	var r role
	r.arn = id.text("sessionContext", "sessionIssuer", "arn")
	issuer := parseARN(r.arn)
	r.name = issuer.lastOf("role/")
	if r.name == "" || issuer.service != "iam" {
		r.arn, r.name, issuer = "", "", arn{}
	}
	own := parseARN(id.text("arn"))
	ownName := own.lastOf("role/")
	if rest, ok := strings.CutPrefix(own.resource, "assumed-role/"); ok {
		ownName, r.session, _ = strings.Cut(rest, "/")
	} else if r.arn == "" && ownName != "" && own.service == "iam" {
		r.arn = id.text("arn")
	}
	if r.name != "" && ownName != "" {
		r.torn = !strings.EqualFold(r.name, ownName) || own.account != issuer.account
	}
	if r.session == "" {
		_, r.session, _ = strings.Cut(id.text("principalId"), ":")
	}
	r.name = first(r.name, ownName, id.text("sessionContext", "sessionIssuer", "userName"))
	return r
}

// identityCenter says whether IAM Identity Center made the role, for a permission set.
func (r role) identityCenter() bool {
	return strings.HasPrefix(r.name, identityCenterPrefix) || strings.Contains(r.arn, "/aws-reserved/sso.amazonaws.com/")
}

// label is the role's name for people: of an Identity Center role, the permission set's.
func (r role) label() string {
	set, ok := strings.CutPrefix(r.name, identityCenterPrefix)
	if i := strings.LastIndexByte(set, '_'); ok && i > 0 && isHex16(set[i+1:]) {
		return set[:i]
	}
	return r.name
}

func isHex16(s string) bool { return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == "" }

// anyOf is the first pattern that matches the role. A pattern with a colon is compared with the ARN, any other with the name.
func (r role) anyOf(patterns []string) (pattern string, ok bool) {
	i := slices.IndexFunc(patterns, func(p string) bool {
		if strings.Contains(p, ":") {
			return r.arn != "" && glob(p, r.arn)
		}
		return r.name != "" && glob(p, r.name)
	})
	if i < 0 {
		return "", false
	}
	return patterns[i], true
}

// glob says whether s matches a pattern in which * stands for any text, slashes included.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok || len(parts) == 1 {
		return ok && s == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[last])
}
