package bucket

import (
	"slices"
	"strings"
)

// The predefined groups that make an ACL public (S3 User Guide, "Blocking public access to your Amazon S3 storage").
const (
	allUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
)

// Grant is one line of an ACL. The grantee is the URI of a group or the canonical id of a user.
type Grant struct {
	Grantee    string `json:"grantee"`
	Permission string `json:"permission"`
}

// ACL is a bucket's access control list.
type ACL struct {
	Grants []Grant `json:"grants,omitempty"`

	// Shown says that GetBucketAcl gave it. S3 shows what is in effect: no public grant while IgnorePublicAcls is on or ownership is
	// BucketOwnerEnforced. A public grant that is shown works, whatever else could not be read.
	Shown bool `json:"shown,omitempty"`
}

// PublicGroup says whether the URI of a grantee stands for everyone, with or without an AWS account.
func PublicGroup(uri string) bool { return uri == allUsers || uri == authenticatedUsers }

func (a ACL) public() bool { return len(a.ways()) > 0 }

// ways says to whom of the public groups the ACL grants what.
func (a ACL) ways() []Way {
	var ways []Way
	for _, group := range []struct{ uri, who string }{
		{allUsers, "everyone (AllUsers)"}, {authenticatedUsers, "everyone with an AWS account (AuthenticatedUsers)"},
	} {
		var may []string
		for _, g := range a.Grants {
			if g.Grantee == group.uri && !slices.Contains(may, g.Permission) {
				may = append(may, g.Permission)
			}
		}
		if len(may) > 0 {
			slices.Sort(may)
			ways = append(ways, Way{By: "ACL", Short: "ACL grant to " + group.who, Why: "Its ACL grants " + group.who + " " + strings.Join(may, ", ") + ".", Chain: []string{"ACL", group.uri[strings.LastIndexByte(group.uri, '/')+1:]}})
		}
	}
	return ways
}
