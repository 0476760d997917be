package policy

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// class is a family of condition operators that can hold a key to a value.
type class int

const (
	none class = iota
	stringClass
	arnClass
	addressClass
)

// rule says how one condition key can be held to fixed values.
type rule struct {
	name    string
	classes []class
	kinds   []Kind              // of documents; nil: all
	flaw    func(string) string // "" for a fixed value, else what keeps it from being one
	pins    func(string) string // the account, or else the organisation, to which a fixed value ties the caller; nil: none
}

func (r rule) speaksOf(kind Kind) bool { return r.kinds == nil || slices.Contains(r.kinds, kind) }

// rules are the keys whose fixed values clear an Allow, by their names in lower case. The first two groups are the list of the
// S3 User Guide, "Blocking public access to your Amazon S3 storage", the meaning of "public"; what else there is has its reason beside it.
var rules = byName(
	rule{name: "aws:SourceIp", classes: []class{addressClass}, flaw: broadRange},
	rule{name: "aws:SourceArn", classes: []class{stringClass, arnClass}, flaw: notLiteral, pins: account},
	rule{name: "aws:SourceVpc", classes: []class{stringClass}, flaw: notLiteral},
	rule{name: "aws:SourceVpce", classes: []class{stringClass}, flaw: notLiteral},
	rule{name: "aws:SourceOwner", classes: []class{stringClass}, flaw: notLiteral, pins: account},
	rule{name: "aws:SourceAccount", classes: []class{stringClass}, flaw: notLiteral, pins: account},
	rule{name: "aws:userid", classes: []class{stringClass}, flaw: notLiteral}, // AROLEID:* has a wildcard and so is out

	rule{name: "s3:x-amz-server-side-encryption-aws-kms-key-id", classes: []class{stringClass, arnClass}, kinds: []Kind{Bucket, AccessPoint}, flaw: notLiteral},
	rule{name: "s3:DataAccessPointArn", classes: []class{stringClass, arnClass}, kinds: []Kind{Bucket}, flaw: notAccessPoint, pins: account},
	rule{name: "s3:DataAccessPointAccount", classes: []class{stringClass}, kinds: []Kind{Bucket}, flaw: notLiteral, pins: account},

	// "An AWS principal, user, role, or service principal": the keys that say which one it is.
	rule{name: "aws:PrincipalOrgID", classes: []class{stringClass}, flaw: notLiteral, pins: organisation},
	rule{name: "aws:PrincipalAccount", classes: []class{stringClass}, flaw: notLiteral, pins: account},
	rule{name: "aws:PrincipalArn", classes: []class{stringClass, arnClass}, flaw: notLiteral, pins: account},
	rule{name: "aws:PrincipalServiceName", classes: []class{stringClass}, flaw: notLiteral},
	// A path starts with the organisation; what follows only narrows it, so a wildcard there opens nothing.
	rule{name: "aws:PrincipalOrgPaths", classes: []class{stringClass}, flaw: notInOrganisation, pins: organisation},
	// The same statement about the resource for which a service calls.
	rule{name: "aws:SourceOrgID", classes: []class{stringClass}, flaw: notLiteral, pins: organisation},
	rule{name: "aws:SourceOrgPaths", classes: []class{stringClass}, flaw: notInOrganisation, pins: organisation},
	// Whose VPC endpoint it is: wider than aws:SourceVpce by the endpoints of one owner.
	rule{name: "aws:VpceAccount", classes: []class{stringClass}, flaw: notLiteral},
	rule{name: "aws:VpceOrgID", classes: []class{stringClass}, flaw: notLiteral},
	// KMS Developer Guide, "AWS KMS condition keys": the caller's account. kms:ViaService says by which way, not who.
	rule{name: "kms:CallerAccount", classes: []class{stringClass}, kinds: []Kind{Key}, flaw: notLiteral, pins: account},
)

func byName(list ...rule) map[string]rule {
	out := make(map[string]rule, len(list))
	for _, r := range list {
		out[strings.ToLower(r.name)] = r
	}
	return out
}

// held is one condition key that is held to fixed values.
type held struct {
	rule   rule
	values Strings
}

// bound gives the keys that hold a statement to fixed values, in a fixed order, and in words why the first
// that looks like one does not. extra adds keys that bind in this statement only.
func (c Conditions) bound(kind Kind, extra map[string]rule) (keys []held, miss string) {
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		family := classOf(operator)
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			folded := strings.ToLower(key)
			r, ok := rules[folded]
			if !ok {
				r, ok = extra[folded]
			}
			if !ok || !r.speaksOf(kind) {
				continue
			}
			why := flawOf(r, family, operator, c[operator][key])
			if why == "" {
				keys = append(keys, held{rule: r, values: c[operator][key]})
			} else if miss == "" {
				miss = r.name + " " + why
			}
		}
	}
	return keys, miss
}

// flawOf asks all values: they are alternatives, so a single loose one opens the statement.
func flawOf(r rule, family class, operator string, values Strings) string {
	if !slices.Contains(r.classes, family) {
		return "is under " + short(operator) + ", which holds it to no fixed value"
	}
	if len(values) == 0 {
		return "has no value"
	}
	for _, v := range values {
		if why := r.flaw(v); why != "" {
			return why
		}
	}
	return ""
}

// classOf is none for every operator that is met by a missing key or by all values but some: ForAllValues, ...IfExists, Null, Not...
// (IAM User Guide, "IAM JSON policy elements: Condition operators").
func classOf(operator string) class {
	switch strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:") {
	case "stringequals", "stringequalsignorecase", "stringlike":
		return stringClass
	case "arnequals", "arnlike":
		return arnClass
	case "ipaddress":
		return addressClass
	}
	return none
}

// notLiteral asks the value and not the operator: a * under StringEquals is a plain character to IAM,
// but the written rule calls a value with a wildcard not fixed.
func notLiteral(v string) string {
	switch {
	case v == "":
		return "is empty"
	case hasVariable(v):
		return "has a policy variable"
	case hasWildcard(v):
		return "has a wildcard"
	}
	return ""
}

// notAccessPoint lets the name of the access point be a pattern once the account is fixed.
func notAccessPoint(v string) string {
	parts := strings.SplitN(v, ":", 6)
	if len(parts) == 6 && !hasVariable(v) && !hasWildcard(strings.Join(parts[:5], ":")) &&
		account(v) != "" && strings.HasPrefix(parts[5], "accesspoint/") {
		return ""
	}
	return notLiteral(v)
}

func notInOrganisation(v string) string {
	org, _, below := strings.Cut(v, "/")
	if !below || !strings.HasPrefix(org, "o-") || hasVariable(v) {
		return notLiteral(v)
	}
	return notLiteral(org)
}

// broadRange goes by the length of the prefix: /8 and /32 are the widest that S3 takes for fixed. The private ranges of
// RFC 1918 are excepted there; none of them is wider than /8, so they pass by their length. An IPv4 range written
// as an IPv6 one (::ffff:0.0.0.0/96) counts as what it is.
func broadRange(v string) string {
	prefix, err := netip.ParsePrefix(v)
	if err != nil {
		address, err := netip.ParseAddr(v)
		if err != nil || address.Zone() != "" {
			return "is no address range"
		}
		return ""
	}
	bits, least := prefix.Bits(), 32
	switch {
	case prefix.Addr().Is4():
		least = 8
	case prefix.Addr().Is4In6():
		bits, least = bits-96, 8
	}
	if bits < least {
		return "is broader than /8 (IPv4) or /32 (IPv6)"
	}
	return ""
}

func organisation(v string) string {
	org, _, _ := strings.Cut(v, "/")
	if !strings.HasPrefix(org, "o-") {
		return ""
	}
	return org
}
