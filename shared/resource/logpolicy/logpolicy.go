// Package logpolicy reads the policies of CloudWatch Logs: who may write into log groups, and who may stream logs to a destination.
package logpolicy

import (
	"strings"
	"unicode"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "logpolicy"
	service = "logs.amazonaws.com"

	ofAccount     = "policy:"      // what the ID of a policy for the account begins with
	ofDestination = "destination:" // and that of a destination's
)

// Kind is a policy of CloudWatch Logs. A Ref's ID is policy:NAME for one of the account's resource policies, the ARN of a log group for
// the resource policy of that group, and destination:NAME for the access policy of a destination.
var Kind = &resource.Kind[State]{
	Name:     name,
	Changed:  []event.Selector{event.Calls(service, "PutResourcePolicy", "DeleteResourcePolicy", "PutDestination", "PutDestinationPolicy")},
	Refs:     refs,
	Read:     read,
	ReadMany: readMany,
	List:     list,
	Told:     told,
	Actions:  []string{"logs:DescribeDestinations", "logs:DescribeResourcePolicies"},
}

// State is one policy.
type State struct {
	Policy   resource.Fact[Policy] `json:"policy,omitzero"`
	Target   string                `json:"targetArn,omitempty"`  // where a destination passes on what it gets
	Called   string                `json:"policyName,omitempty"` // the name of a resource policy; that of a log group may have one too
	Revision string                `json:"revisionId,omitempty"` // of the policy of a log group: whoever writes it has to name the one it replaces
}

// Policy is a document; nil when a destination has none, so that nobody may subscribe to it.
type Policy struct{ *policy.Document }

// MarshalJSON writes the document, or null.
func (p Policy) MarshalJSON() ([]byte, error) {
	if p.Document == nil {
		return []byte("null"), nil
	}
	return p.Document.JSON(), nil
}

// UnmarshalJSON reads a document, or null.
func (p *Policy) UnmarshalJSON(raw []byte) error {
	p.Document = nil
	if string(raw) == "null" {
		return nil
	}
	document, err := policy.Parse(raw)
	p.Document = document
	return err
}

// LongestPolicy is how many characters a resource policy may have (CloudWatch Logs API Reference, "PutResourcePolicy").
const LongestPolicy = 5120

// Account is the name of the account's resource policy that a Ref means; false when it means another policy.
func Account(ref resource.Ref) (string, bool) { return strings.CutPrefix(ref.ID, ofAccount) }

// Destination is the name of the destination whose policy a Ref means; false when it means another policy.
func Destination(ref resource.Ref) (string, bool) { return strings.CutPrefix(ref.ID, ofDestination) }

// Group is the name of the log group whose own policy a Ref means; false when it means another policy.
func Group(ref resource.Ref) (string, bool) {
	const fields = 7 // arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME
	parts := strings.SplitN(ref.ID, ":", fields)
	if len(parts) != fields || parts[0] != "arn" || parts[2] != "logs" || parts[5] != "log-group" || !isName(parts[6]) {
		return "", false
	}
	return parts[6], true
}

// isName keeps out what cannot be shown: names of policies have no form of their own (CloudWatch Logs API Reference, "PutResourcePolicy").
func isName(text string) bool {
	const longest = 512
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
