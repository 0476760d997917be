package identity

import (
	"slices"
	"strings"
)

// Values of userIdentity.type that decide something (CloudTrail User Guide, "CloudTrail userIdentity element").
const (
	kindRoot           = "Root"
	kindUser           = "IAMUser"
	kindAssumedRole    = "AssumedRole"
	kindRole           = "Role" // a role calling as itself, in some STS and console flows
	kindFederated      = "FederatedUser"
	kindSAML           = "SAMLUser"
	kindWebIdentity    = "WebIdentityUser"
	kindIdentityCenter = "IdentityCenterUser"
	kindAccount        = "AWSAccount"
	kindService        = "AWSService"
)

const (
	serviceEvent = "AwsServiceEvent"
	signIn       = "signin.amazonaws.com"
)

// caller is a call and its rules, read once.
type caller struct {
	call      Call
	rules     Rules
	id        object
	kind      string
	invokedBy string
	key       string // access key id
	attrs     attributes
	mfa       string // "true", "false", or "" when the record does not say
	role      role
	actor     Actor
}

// attributes is what became of sessionContext.attributes.
type attributes int

const (
	noAttributes  attributes = iota // there are none: no session, or an empty one
	hasAttributes                   // there are some
	badAttributes                   // something else stands in their place
)

func read(call Call, rules Rules) *caller {
	id := object(call.UserIdentity)
	c := &caller{call: call, rules: rules, id: id, kind: id.text("type"), invokedBy: id.text("invokedBy"), key: id.text("accessKeyId")}
	c.attrs = attributesOf(id)
	switch value := strings.ToLower(id.text("sessionContext", "attributes", "mfaAuthenticated")); value {
	case "true", "false":
		c.mfa = value
	}
	if isRoleSession(c.kind) {
		c.role = roleOf(id)
	}
	c.actor = c.describe()
	return c
}

func attributesOf(id object) attributes {
	switch session := id.at("sessionContext").(type) {
	case nil:
		return noAttributes
	case map[string]any:
		switch attrs := session["attributes"].(type) {
		case nil:
			return noAttributes
		case map[string]any:
			if len(attrs) == 0 {
				return noAttributes
			}
			return hasAttributes
		}
	}
	return badAttributes
}

func isRoleSession(kind string) bool { return kind == kindAssumedRole || kind == kindRole }

// longTermKey says whether the call was signed with a key that is no session's: such a call never carries MFA
// (IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent).
func (c *caller) longTermKey() bool {
	return c.attrs == noAttributes && strings.HasPrefix(c.key, longTermPrefix)
}

// console says whether a person sat at the console, as far as the record hints at it: good enough for wording only.
func (c *caller) console() bool {
	agent := c.call.UserAgent
	return c.call.FromConsole || c.invokedBy == signIn || agent == "console.amazonaws.com" || agent == signIn
}

// machineUser is the entry of the settings that declares this user a machine.
// A record in which name and ARN disagree declares nobody.
func (c *caller) machineUser() (entry string, ok bool) {
	arn, name := c.id.text("arn"), c.id.text("userName")
	inARN := parseARN(arn).lastOf("user/")
	if name != "" && inARN != "" && name != inARN {
		return "", false
	}
	name = first(name, inARN)
	i := slices.IndexFunc(c.rules.MachineUsers, func(entry string) bool { return entry != "" && (entry == name || entry == arn) })
	if i < 0 {
		return "", false
	}
	return c.rules.MachineUsers[i], true
}

// whyUnknown words row 14, where everything ends that no other row could decide.
func (c *caller) whyUnknown() string {
	switch c.kind {
	case kindUser:
		if c.attrs == noAttributes {
			return "The record shows neither a long-term access key nor a session, so MFA cannot be told."
		}
		return "The record does not say whether the user's session was opened with MFA."
	case kindFederated:
		return "The record does not say who issued the federation token of this session, so MFA cannot be told."
	case kindSAML, kindWebIdentity:
		return "The sign-in was at an external identity provider, and AWS is not told whether that asked for MFA."
	case kindIdentityCenter:
		return "The call was made for an Identity Center user, and the record does not show how that user signed in."
	case kindAccount:
		return "The caller belongs to another account, and only that account's records can tell about MFA."
	}
	return "The record does not say who made the call, so MFA cannot be told."
}
