package privilege

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// holding are the global condition keys that hold a caller to something when their values are fixed: where the request comes from, on whose
// behalf, and on what it works (IAM User Guide, "AWS global condition context keys"). A name that ends in / is the beginning of one.
// Keys that describe the caller (aws:PrincipalTag/…, aws:PrincipalArn, aws:userid) hold nobody: the policy is the caller's own. Neither do
// aws:RequestedRegion and aws:RequestTag/…, since one region, and a resource with any tag, are enough; nor what callers choose to
// send (aws:UserAgent, aws:Referer) nor times (aws:CurrentTime).
var holding = []string{
	"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
	"aws:ec2instancesourcevpc", "aws:ec2instancesourceprivateipv4",
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths",
	"aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:resourcetag/",
}

// switches are those that hold a caller when they are "true".
var switches = []string{"aws:multifactorauthpresent", "aws:viaawsservice", "aws:principalisawsservice"}

// free are the keys of single services that say how a request is made and not on what, so that whoever makes it meets them at will.
var free = []string{
	"sts:rolesessionname", "sts:externalid", "sts:sourceidentity", "sts:transitivetagkeys", "sts:durationseconds",
	"ec2:region", "ec2:instancetype", "ec2:ebsoptimized", "ec2:tenancy", "ec2:metadatahttptokens", "s3:signatureversion", "s3:authtype", "s3:tlsversion",
	"iam:awsservicename", "kms:requestalias",
}

// passedTo is the key that says to which service iam:PassRole gives a role.
const passedTo = "iam:passedtoservice"

// conditions sort what a statement demands.
type conditions struct {
	any    bool     // there is one, whether it holds anybody or not
	held   bool     // one of them holds the caller to something fixed
	passed []string // the services to which roles may be passed, as patterns; nil: to any
}

func conditionsOf(c policy.Conditions) conditions {
	var out conditions
	for operator, keys := range c {
		for key, values := range keys {
			key = strings.ToLower(key)
			out.any = true
			fixed := Demands(operator) && len(values) > 0 && !slices.ContainsFunc(values, loose)
			switch {
			case key == passedTo && fixed:
				for _, v := range values {
					out.passed = append(out.passed, strings.ToLower(v))
				}
			case key != passedTo && fixed && holds(key), isSwitch(operator, key, values):
				out.held = true
			}
		}
	}
	return out
}

// holds says whether a key holds a caller when its values are fixed. Of the keys of single services, most describe what is worked on.
func holds(key string) bool {
	if strings.HasPrefix(key, "aws:") {
		return slices.ContainsFunc(holding, func(h string) bool { return key == h || strings.HasSuffix(h, "/") && strings.HasPrefix(key, h) })
	}
	return !slices.Contains(free, key)
}

// Demands says whether a condition operator demands one of its values. ...IfExists is met by a request that does not tell, ForAllValues by one that
// tells nothing, Not... by all values but some, and Null asks for a value only (IAM User Guide, "IAM JSON policy elements: Condition operators").
func Demands(operator string) bool {
	operator = strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")
	return slices.Contains([]string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}, operator)
}

// loose says that a value is met by nearly everything: wildcards alone or behind the beginning that all values of a key have, all addresses,
// or all resources of a type, as arn:aws:iam::aws:policy/* is, AdministratorAccess among them.
func loose(value string) bool {
	if slices.Contains([]string{"", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "vpc-*", "vpce-*", "o-*", "arn:*"}, value) || wild(value) {
		return true
	}
	t, _ := targetOf(value)
	return t.resource != "" && t.everything(t.service, "")
}

func isSwitch(operator, key string, values policy.Strings) bool {
	return strings.EqualFold(operator, "Bool") && slices.Contains(switches, key) && len(values) > 0 &&
		!slices.ContainsFunc(values, func(v string) bool { return !strings.EqualFold(v, "true") })
}
