package bucket

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// told builds the state as far as a call set it. A policy that was cut is unlearned; what the call did not touch is not told.
func told(e *event.Event) (State, bool) {
	if e.Service() != service || !e.Succeeded() || e.Request() == nil {
		return State{}, false
	}
	var s State
	switch e.Name() {
	case "PutBucketPolicy":
		raw := e.Request().JSON("bucketPolicy")
		if raw == nil {
			return State{}, false
		}
		document, err := policy.Parse(raw)
		s.Policy = fact(Policy{document}, err)
	case "DeleteBucketPolicy":
		s.Policy, s.PolicyPublic = resource.Known(Policy{}), resource.Known(false)
	case "PutBucketAcl":
		acl, ok := toldACL(e.Request())
		if !ok {
			return State{}, false
		}
		s.ACL = resource.Known(acl)
	case "PutBucketPublicAccessBlock", "PutPublicAccessBlock":
		sent := e.Request().Object("PublicAccessBlockConfiguration")
		if sent == nil {
			return State{}, false
		}
		s.Block = resource.Known(toldFlags(sent))
	case "DeleteBucketPublicAccessBlock", "DeletePublicAccessBlock":
		s.Block = resource.Known(Flags{})
	default:
		return State{}, false
	}
	return s, refs(e) != nil
}

// toldFlags takes a flag that was not sent for off: the call replaces all four.
func toldFlags(sent event.Fields) Flags {
	on := func(name string) bool {
		value, _ := sent.Bool(name)
		return value
	}
	return Flags{on("BlockPublicAcls"), on("IgnorePublicAcls"), on("BlockPublicPolicy"), on("RestrictPublicBuckets")}
}

// canned are the ready-made ACLs that grant to everyone (S3 User Guide, "Access control list (ACL) overview").
var canned = map[string][]Grant{
	"public-read":        {{allUsers, "READ"}},
	"public-read-write":  {{allUsers, "READ"}, {allUsers, "WRITE"}},
	"authenticated-read": {{authenticatedUsers, "READ"}},
}

// grantHeaders are the third way to send an ACL: a permission each, with the grantees as uri="…", id="…".
var grantHeaders = []struct{ name, permission string }{
	{"x-amz-grant-read", "READ"}, {"x-amz-grant-write", "WRITE"}, {"x-amz-grant-read-acp", "READ_ACP"},
	{"x-amz-grant-write-acp", "WRITE_ACP"}, {"x-amz-grant-full-control", "FULL_CONTROL"},
}

func toldACL(sent event.Fields) (acl ACL, ok bool) {
	if list := sent.Object("AccessControlPolicy"); list != nil {
		ok = true
		grants := list.Objects("AccessControlList", "Grant")
		if one := list.Object("AccessControlList", "Grant"); one != nil { // XML does not tell one from a list of one
			grants = append(grants, one)
		}
		for _, g := range grants {
			who := g.String("Grantee", "URI")
			if who == "" {
				who = g.String("Grantee", "ID")
			}
			acl.Grants = append(acl.Grants, Grant{Grantee: who, Permission: g.String("Permission")})
		}
	}
	for _, name := range sent.Strings("x-amz-acl") {
		ok = true
		acl.Grants = append(acl.Grants, canned[strings.ToLower(name)]...)
	}
	for _, header := range grantHeaders {
		for _, value := range sent.Strings(header.name) {
			ok = true
			for _, group := range []string{allUsers, authenticatedUsers} {
				if strings.Contains(value, group) {
					acl.Grants = append(acl.Grants, Grant{Grantee: group, Permission: header.permission})
				}
			}
		}
	}
	return acl, ok
}
