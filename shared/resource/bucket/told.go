package bucket

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// told builds the state as far as a call set it. A policy that was cut is unlearned; what the call did not touch is not told.
func told(e *event.Event) (State, bool) {
	tell, known := tellers[e.Name()]
	if !known || !e.Succeeded() || e.Request() == nil || len(refs(e)) == 0 {
		return State{}, false
	}
	return tell(e.Request())
}

// tellers say by the name of a call what its request tells.
var tellers = map[string]func(event.Fields) (State, bool){
	"PutBucketPolicy": toldPolicy,
	"DeleteBucketPolicy": func(event.Fields) (State, bool) {
		return State{Policy: resource.Known(Policy{}), PolicyPublic: resource.Known(false)}, true
	},
	"PutBucketAcl": func(sent event.Fields) (State, bool) {
		acl, ok := toldACL(sent)
		return State{ACL: resource.Known(acl)}, ok
	},
	"PutBucketPublicAccessBlock":    toldFlags,
	"PutPublicAccessBlock":          toldFlags,
	"DeleteBucketPublicAccessBlock": toldNoFlags,
	"DeletePublicAccessBlock":       toldNoFlags,
}

func toldPolicy(sent event.Fields) (State, bool) {
	raw := sent.JSON("bucketPolicy")
	if raw == nil {
		return State{}, false
	}
	document, err := policy.Parse(raw)
	return State{Policy: fact(Policy{document}, err)}, true
}

func toldNoFlags(event.Fields) (State, bool) { return State{Block: resource.Known(Flags{})}, true }

// toldFlags takes a flag that was not sent for off: the call replaces all four.
func toldFlags(request event.Fields) (State, bool) {
	sent := request.Object("PublicAccessBlockConfiguration")
	on := func(name string) bool {
		value, _ := sent.Bool(name)
		return value
	}
	f := Flags{on("BlockPublicAcls"), on("IgnorePublicAcls"), on("BlockPublicPolicy"), on("RestrictPublicBuckets")}
	return State{Block: resource.Known(f)}, sent != nil
}

// canned are the ready-made ACLs that grant to everyone (S3 User Guide, "Access control list (ACL) overview").
var canned = map[string][]Grant{
	"public-read":        {{allUsers, "READ"}},
	"public-read-write":  {{allUsers, "READ"}, {allUsers, "WRITE"}},
	"authenticated-read": {{authenticatedUsers, "READ"}},
}

// grantHeaders are the third way to send an ACL: a permission each, with the grantees as uri="…", id="…".
var grantHeaders = []struct{ name, permission string }{
	{"x-amz-grant-read", "READ"},
	{"x-amz-grant-write", "WRITE"},
	{"x-amz-grant-read-acp", "READ_ACP"},
	{"x-amz-grant-write-acp", "WRITE_ACP"},
	{"x-amz-grant-full-control", "FULL_CONTROL"},
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
