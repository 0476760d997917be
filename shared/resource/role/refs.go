package role

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the role of an IAM event that tells of one.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	id := nameOf(e.Request().String("roleName"))
	if id == "" {
		return nil
	}
	return []resource.Ref{{Kind: name, ID: id, Account: e.Account}}
}

// told builds the state from a trust policy that was sent. No other call tells whom a role admits.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	if len(about) == 0 || !e.Succeeded() {
		return State{}, false
	}
	made := e.Response().Object("role")
	s := State{Name: about[0].ID, ARN: made.String("arn"), Path: made.String("path")}
	switch e.Name() {
	case "UpdateAssumeRolePolicy":
		return s.trusting(e.Request().JSON("policyDocument"), e.Account), true
	case "CreateRole":
		if s.Path == "" {
			s.Path = e.Request().String("path")
		}
		return s.trusting(e.Request().JSON("assumeRolePolicyDocument"), e.Account), true
	}
	return State{}, false
}

// nameOf is the name in a role's ARN, or the name itself. A text that cannot name a role gives ""
// (IAM API Reference, "GetRole": letters, digits and _+=,.@-, 64 at most).
func nameOf(role string) string {
	id := role[strings.LastIndexByte(role, '/')+1:]
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_+=,.@-", r)
	}) {
		return ""
	}
	return id
}
