// Package identity tells from a CloudTrail record who made a call and whether that caller proved MFA.
package identity

// MFA is what a record proves about multi-factor authentication.
type MFA string

// The four verdicts. A session whose MFA flag reads "false" although AWS could not know is NotProvable, never Disproven.
const (
	Proven        MFA = "proven"
	Disproven     MFA = "disproven"
	NotProvable   MFA = "not-provable"
	NotApplicable MFA = "not-applicable"
)

// Call is the part of a CloudTrail record that says who called.
// It is taken to be a call that succeeded: an attempt proves nothing about MFA and should not be judged.
type Call struct {
	UserIdentity map[string]any // the decoded object; any member may be missing or of another type than documented
	EventType    string         // AwsApiCall, AwsServiceEvent, AwsConsoleAction, ...
	SourceIP     string         // an address, or the name of a service
	UserAgent    string         // the caller writes it: it words the verdict and never decides it
	FromConsole  bool           // sessionCredentialFromConsole, which CloudTrail writes only when it is true
}

// SSO is what to make of a session that IAM Identity Center opened.
type SSO string

// The record cannot tell how somebody signed in to Identity Center, so the settings say what to conclude.
const (
	SSOTrusted SSO = "trusted" // Identity Center demands MFA: Proven
	SSOVerify  SSO = "verify"  // nobody vouches for it: NotProvable
	SSOStrict  SSO = "strict"  // such sessions must not make changes: Disproven
)

// Role is what a reading told about the role behind a session.
type Role struct {
	Automation  bool // its trust policy admits only service principals or an OIDC provider
	RequiresMFA bool // Bool aws:MultiFactorAuthPresent "true" on every statement that a person could use
}

// Rules is what the settings and readings add to the record.
type Rules struct {
	SSO             SSO      // "" means SSOTrusted; a value that is none of the three counts as SSOVerify
	Self            []string // ARNs of the auditor's own remediation roles; * as the account stands for any
	MachineUsers    []string // declared IAM users: user names or ARNs, compared exactly
	AutomationRoles []string // declared automation roles: names or ARNs, * stands for any text; the CDK's roles count always
	Role            *Role    // nil: the role behind the session was not read
}

// Actor is who made the call, for people to read. Control characters are left out and access key ids are masked.
type Actor struct {
	Type           string // userIdentity.type as given
	Name           string // alice, root of 111122223333, Admin/bob (role/session), codepipeline.amazonaws.com, unknown
	ARN            string // as given
	Account        string // the account that the identity belongs to
	RoleARN        string // ARN of the role behind a role session, else ""
	Session        string // role session name
	SourceIdentity string // set at the first hop of a role chain, and kept through it
	InvokedBy      string // the service that made the call with this identity
	Via            string // access key, console session, temporary session, role session, Identity Center session, ...
	SourceIP       string // as given
}

// Evidence is one thing that was seen, by its path in the record or its name in the settings.
// A value is "absent" when the record lacks it.
type Evidence struct{ Field, Value string }

// Verdict is the answer: who, what their MFA is, by which row of the decision table and why.
type Verdict struct {
	Actor    Actor
	MFA      MFA
	Row      int    // row of the decision table, 1..14
	Reason   string // one sentence
	Severity string // critical, high, medium, low, info, or "" when there is nothing to report
	Declared bool   // row 7, and the user is a declared machine user
	Evidence []Evidence
}

// Judge goes down the decision table and returns the first row that matches.
// It never fails: of what cannot be read, MFA is NotProvable.
func Judge(c Call, r Rules) Verdict {
	who := read(c, r)
	v := Verdict{Actor: who.actor}
	for i, row := range table {
		found, ok := row(who)
		if !ok {
			continue
		}
		v.Row, v.MFA, v.Severity, v.Declared = i+1, found.mfa, found.severity, found.declared
		v.Reason = printable(found.reason)
		v.Evidence = append(who.evidence(), found.because...)
		break
	}
	if v.Row == rowService {
		v.Actor.Via = viaService
		v.Actor.Name = first(v.Actor.InvokedBy, known(v.Actor.Name), "AWS service")
	}
	for i := range v.Evidence {
		v.Evidence[i].Value = printable(v.Evidence[i].Value)
	}
	return v
}

// RoleARNOf is the ARN of the role behind a role session, so that the caller knows which role to read.
// It is "" for any other identity, and for a session whose record lacks the issuer: the session's own ARN leaves out the role's path.
func RoleARNOf(userIdentity map[string]any) string {
	id := object(userIdentity)
	if !isRoleSession(id.text("type")) {
		return ""
	}
	return roleOf(id).arn
}

// Human says whether a person made the call, as far as can be told: true unless the caller is known to be
// a service, the auditor, a declared machine user or an automation role. A call that a service made
// with a person's identity (row 4) is the service's; the person's own call has its own record.
func (v Verdict) Human() bool {
	switch v.Row {
	case rowService, rowServiceLinked, rowSelf, rowForwarded, rowAutomation:
		return false
	}
	return !v.Declared
}

// Vouches says why what the actor left behind counts as trusted: "proven MFA", "automation role", "CloudFormation", by which somebody's
// template was deployed; "" when nobody vouches for it.
func (v Verdict) Vouches() string {
	switch {
	case v.MFA == Proven:
		return "proven MFA"
	case v.Row == rowAutomation:
		return "automation role"
	case v.Row == rowForwarded && v.Actor.InvokedBy == "cloudformation.amazonaws.com":
		return "CloudFormation"
	}
	return ""
}
