package resource

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
)

// StackTag is how CloudFormation marks what it manages; only it can write the tag (AWS CloudFormation User Guide, "Resource tags").
const StackTag = "aws:cloudformation:stack-name"

// ByStack says whether CloudFormation made a call, for a stack: under the stack's role, or with the identity of whoever deployed the stack.
// AWS writes both of the fields that show it, not the caller (AWS CloudTrail User Guide, "CloudTrail userIdentity element").
func ByStack(e *event.Event) bool {
	const itself = "cloudformation.amazonaws.com"
	return strings.TrimSuffix(e.Identity().String("invokedBy"), ".cn") == itself ||
		strings.TrimSuffix(e.Detail.String("sourceIPAddress"), ".cn") == itself
}
