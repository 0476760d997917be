package identity

import (
	"slices"
	"strings"
)

// The rows that more than one place speaks of.
const (
	rowService       = 1
	rowServiceLinked = 2
	rowSelf          = 3
	rowForwarded     = 4
	rowAutomation    = 11
)

// outcome is what a row says once it matches.
type outcome struct {
	mfa      MFA
	severity string
	reason   string
	declared bool
	because  []Evidence // what outside the record made the row match
}

// table is the decision table: the first row that matches decides, and the last one always does.
var table = [...]func(*caller) (outcome, bool){
	byService, byServiceLinkedRole, bySelf, byForwarding, byMFA, byRoot, byLongTermKey, bySessionWithoutMFA,
	byFederationToken, byIdentityCenter, byAutomation, byTrustPolicy, byOtherRole, byNothing,
}

func byService(c *caller) (outcome, bool) {
	switch {
	case c.call.EventType == serviceEvent, c.kind == kindService, c.kind == "" && c.invokedBy != "":
		return notApplicable("An AWS service acted on its own, so MFA does not apply."), true
	}
	return outcome{}, false
}

// byServiceLinkedRole goes by the path, which is reserved. A session whose record lacks the issuer shows no path,
// so there the name that AWS gives to such roles has to do.
func byServiceLinkedRole(c *caller) (outcome, bool) {
	linked := strings.Contains(c.role.arn, "/aws-service-role/") ||
		c.role.arn == "" && strings.HasPrefix(c.role.name, "AWSServiceRoleFor")
	return notApplicable("An AWS service acted through its service-linked role, so MFA does not apply."), linked && !c.role.torn
}

func bySelf(c *caller) (outcome, bool) {
	self := c.role.arn != "" && !c.role.torn && slices.ContainsFunc(c.rules.Self, func(own string) bool { return own == c.role.arn || own == ofAnyAccount(c.role.arn) })
	return notApplicable("pipewarden made this change itself, under its remediation role."), self
}

// ofAnyAccount is an ARN with * as its account; "" for what has none.
func ofAnyAccount(arn string) string {
	const account, fields = 4, 6
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[account] == "" {
		return ""
	}
	parts[account] = "*"
	return strings.Join(parts, ":")
}

// byForwarding leaves out signin.amazonaws.com, which older records name when a person used the console.
func byForwarding(c *caller) (outcome, bool) {
	by := strings.TrimSuffix(c.invokedBy, ".cn")
	forwarded := by == "AWS Internal" || strings.HasSuffix(by, ".amazonaws.com") && by != signIn
	return notApplicable("A service (" + c.invokedBy + ") made this call with the caller's identity; MFA is judged on the caller's own call."), forwarded
}

func byMFA(c *caller) (outcome, bool) {
	return outcome{mfa: Proven, reason: "The session was opened with MFA."}, c.mfa == "true"
}

func byRoot(c *caller) (outcome, bool) {
	reason := "The account's root user made the call, and the record shows no MFA."
	switch {
	case c.longTermKey():
		reason = "The call was signed with an access key of the account's root user, which carries no MFA."
	case c.mfa == "false":
		reason = "The account's root user opened the session without MFA."
	}
	return outcome{mfa: Disproven, severity: "critical", reason: reason}, c.kind == kindRoot
}

// byLongTermKey wants both the prefix and a record without session attributes:
// calls of the S3 console were seen with a long-term key and a session.
func byLongTermKey(c *caller) (outcome, bool) {
	if c.kind != kindUser || !c.longTermKey() {
		return outcome{}, false
	}
	entry, declared := c.machineUser()
	if !declared {
		return outcome{
			mfa: Disproven, severity: "high",
			reason: "The call was signed with a long-term access key, which carries no MFA.",
		}, true
	}
	return outcome{
		mfa: Disproven, severity: "info", declared: true,
		reason:  "The call was signed with a long-term access key, which carries no MFA; the settings declare the user a machine.",
		because: []Evidence{{"settings.machineUsers", entry}},
	}, true
}

func bySessionWithoutMFA(c *caller) (outcome, bool) {
	reason := "The user's temporary session was opened without MFA."
	if c.console() {
		reason = "The user's console session was opened without MFA."
	}
	return outcome{mfa: Disproven, severity: "high", reason: reason}, c.kind == kindUser && c.mfa == "false"
}

func byFederationToken(c *caller) (outcome, bool) {
	if c.kind != kindFederated {
		return outcome{}, false
	}
	switch c.id.text("sessionContext", "sessionIssuer", "type") {
	case kindRoot:
		return outcome{
			mfa: Disproven, severity: "high",
			reason: "The account's root user issued the federation token of this session, and such a token carries no MFA.",
		}, true
	case kindUser:
		return outcome{
			mfa: Disproven, severity: "medium",
			reason: "An IAM user issued the federation token of this session, and such a token carries no MFA.",
		}, true
	}
	return outcome{}, false
}

func byIdentityCenter(c *caller) (outcome, bool) {
	if !c.role.identityCenter() || c.role.torn {
		return outcome{}, false
	}
	out := outcome{because: []Evidence{{"settings.ssoMfa", string(c.rules.SSO)}}}
	switch c.rules.SSO {
	case "", SSOTrusted:
		out.because[0].Value = string(SSOTrusted)
		out.mfa = Proven
		out.reason = "MFA is decided by Identity Center, and the settings trust it to demand MFA; the record itself cannot tell."
	case SSOStrict:
		out.mfa, out.severity = Disproven, "low"
		out.reason = "The session comes from Identity Center, which puts no MFA into the record, and the settings accept only MFA that the record shows."
	default:
		out.mfa, out.severity = NotProvable, "info"
		out.reason = "MFA is decided by Identity Center, and the record of the call does not show what it asked for."
	}
	return out, true
}

func byAutomation(c *caller) (outcome, bool) {
	if c.role.torn || !isRoleSession(c.kind) {
		return outcome{}, false
	}
	if pattern, ok := c.role.anyOf(cdkRoles[:]); ok {
		return automation("one of the CDK's own", Evidence{"role name", pattern}), true
	}
	if pattern, ok := c.role.anyOf(c.rules.AutomationRoles); ok {
		return automation("declared as automation in the settings", Evidence{"settings.automationRoles", pattern}), true
	}
	if c.rules.Role != nil && c.rules.Role.Automation {
		return automation("open to services or an OIDC provider only", Evidence{"role trust policy", "admits only services or an OIDC provider"}), true
	}
	return outcome{}, false
}

func byTrustPolicy(c *caller) (outcome, bool) {
	if c.role.torn || !isRoleSession(c.kind) || c.rules.Role == nil || !c.rules.Role.RequiresMFA {
		return outcome{}, false
	}
	return outcome{
		mfa: Proven, reason: "The role can only be assumed with MFA: its trust policy requires it.",
		because: []Evidence{{"role trust policy", "requires aws:MultiFactorAuthPresent"}},
	}, true
}

func byOtherRole(c *caller) (outcome, bool) {
	reason := "MFA cannot be told from a session of this role, and the role's trust policy was not read."
	switch {
	case c.role.torn:
		reason = "The record names two different roles, so MFA cannot be told."
	case c.rules.Role != nil:
		reason = "MFA cannot be told from a session of this role, and the role's trust policy does not require it."
	}
	return outcome{mfa: NotProvable, severity: "medium", reason: reason}, isRoleSession(c.kind)
}

func byNothing(c *caller) (outcome, bool) {
	return outcome{mfa: NotProvable, severity: "info", reason: c.whyUnknown()}, true
}

func notApplicable(reason string) outcome { return outcome{mfa: NotApplicable, reason: reason} }

func automation(what string, because Evidence) outcome {
	out := notApplicable("The role is " + what + ", so MFA does not apply.")
	out.because = []Evidence{because}
	return out
}
