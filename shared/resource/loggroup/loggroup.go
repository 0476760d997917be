// Package loggroup reads CloudWatch log groups: how long they keep what is logged, under which key, and to whom they stream it.
package loggroup

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "loggroup"
	service = "logs.amazonaws.com"

	describe = "logs:DescribeLogGroups"
)

// usedAs is what a log group must be used as to count: log groups of functions and the like are nobody's business here.
var usedAs = []string{"build logs", "pipeline logs", "trail logs"}

// Kind is the CloudWatch log group. A Ref's ID is the group's name.
var Kind = &resource.Kind[State]{
	Name: name,
	Changed: []event.Selector{event.Calls(service,
		"AssociateKmsKey", "DisassociateKmsKey", "PutRetentionPolicy", "DeleteRetentionPolicy", "DeleteLogGroup")},
	Refs:     refs,
	Read:     read,
	ReadMany: readMany,
	List:     list,
	Told:     told,
	Uses:     uses,
	Tagged:   tagged,
	Actions:  []string{describe}, TagActions: []string{"logs:ListTagsForResource"},
	Scoped: true,
	UsedAs: usedAs,
}

// State is one log group.
type State struct {
	Name      string                `json:"name"`
	ARN       string                `json:"arn,omitempty"`      // without :* at its end
	Retention resource.Fact[int]    `json:"retention,omitzero"` // days; 0: for ever
	KeyID     resource.Fact[string] `json:"kmsKeyId,omitzero"`  // ARN of the key, which is a customer's in any case; "": a key of the service
	Delivers  bool                  `json:"delivers,omitempty"` // it is of the class that only passes logs on, and keeps them for a day whatever is set
}

// all is the ID that stands for every log group of an account and region: a name has no *.
const all = "*"

// All says that a Ref means all log groups of its account and region, and not one of them. Of those only the account's own
// subscription is known.
func All(ref resource.Ref) bool { return ref.ID == all }

// Called names what a Ref means, with what it is to those who use it: "log group audit (trail logs of management-events)".
func Called(ref resource.Ref, used []resource.Use) string {
	if All(ref) {
		return "all log groups of account " + ref.Account + " in " + ref.Region
	}
	return "log group " + ref.ID + resource.UsedBy(used)
}

// isName keeps out what cannot be a log group (CloudWatch Logs API Reference, "CreateLogGroup").
func isName(text string) bool {
	const longest = 512
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-/#", r)
	})
}

// uses names the key that seals the group: while it is disabled nobody can read what was logged
// (CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS").
func uses(_ resource.Ref, s State) []resource.Uses {
	key, _ := s.KeyID.Get()
	const fields = 6
	parts := strings.SplitN(key, ":", fields)
	if len(parts) != fields || parts[2] != "kms" {
		return nil
	}
	id, ok := strings.CutPrefix(parts[5], "key/")
	if !ok {
		return nil
	}
	return []resource.Uses{{Ref: resource.Ref{Kind: "key", ID: id, Account: parts[4], Region: parts[3]}, As: "log key"}}
}
