// Package changemfanotdemonstrable tells of changes by callers of whom nobody can tell whether they used MFA.
package changemfanotdemonstrable

import (
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a successful change by a caller whose MFA is not provable, once for each role and day.
var Check = &check.Check{
	ID: "change-mfa-not-demonstrable", Severity: finding.Medium,
	On:     delivery.Calls(delivery.Pipelines, delivery.Builds, delivery.Tools, delivery.Guardrails),
	Target: delivery.About, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "IA-2(1)", "IA-2(2)", "AC-3(15)"),
		controls.NIST(controls.Own, "AU-6"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(d)"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-2"),
	),
}

// Rows of the identity table that are worded apart.
const (
	ssoRow  = 10 // a session of IAM Identity Center, which the settings want verified
	roleRow = 13 // a session of any other role
)

func run(p *check.Pass) {
	part, tampered := delivery.OnAuditor(p)
	switch who := p.Actor; {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case tampered:
		p.Skip("What is done to pipewarden's own " + part.ID + " is told by auditor-tampered.")
	case who.MFA == identity.Proven:
		p.OK()
	case who.MFA != identity.NotProvable:
		p.Skip(who.Reason)
	case delivery.Unused(p):
		p.Skip("Nothing that ships software uses " + p.Ref.ID + ".")
	default:
		fail(p)
	}
}

// fail says the same of every call of a role on one day, so that the second is known to be no news: what was called is a fact beside it.
func fail(p *check.Pass) {
	severity := p.Check.Severity
	if s, err := finding.ParseSeverity(p.Actor.Severity); err == nil {
		severity = s
	}
	who, about := principal(p)
	detail := p.Actor.Reason
	if p.Actor.Row == roleRow {
		detail = "CloudTrail does not tell whether somebody used MFA before assuming a role, and the role's trust policy is not known to demand it."
	}
	p.Fail(check.Report{
		Title:    title(p, about),
		Detail:   detail + " Further changes in this way are not told again on the same day (UTC).",
		Severity: &severity, About: &about, Once: who + " " + p.Event.Time.UTC().Format(time.DateOnly),
		Facts: []finding.Fact{
			{Label: "Call", Value: delivery.Call(p.Event)},
			{Label: "On", Value: p.Ref.ID},
		},
		ByHand: byHand(p, about),
	})
}

func title(p *check.Pass, about resource.Ref) string {
	switch {
	case p.Actor.Row == ssoRow:
		permissionSet, _, _ := strings.Cut(p.Actor.Actor.Name, "/")
		return "MFA cannot be told for changes made from Identity Center as " + permissionSet
	case about.Kind == role.Kind.Name:
		return "MFA cannot be told for changes made through role " + about.ID
	}
	return "MFA cannot be told for changes made by " + about.ID
}

// principal is who is told of once a day: the role behind a session, and any other caller as such.
// The session's own name is left out, since a role's sessions share its trust policy.
func principal(p *check.Pass) (string, resource.Ref) {
	actor := p.Actor.Actor
	if actor.Account == "" {
		actor.Account = p.Event.Account
	}
	arn := actor.RoleARN
	if _, session, ok := strings.Cut(actor.ARN, ":assumed-role/"); ok && arn == "" {
		arn, _, _ = strings.Cut(session, "/")
	}
	if arn != "" {
		return actor.Account + " " + arn, resource.Ref{Kind: role.Kind.Name, ID: arn[strings.LastIndexByte(arn, '/')+1:], Account: accountOf(arn, actor.Account)}
	}
	who := actor.ARN
	if who == "" {
		who = actor.Account + " " + actor.Type + " " + actor.Name
	}
	return who, resource.Ref{Kind: "principal", ID: actor.Name, Account: actor.Account}
}

func accountOf(arn, otherwise string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[4] != "" {
		return parts[4]
	}
	return otherwise
}

// review is how long a declared role is vouched for before somebody looks again.
const review = 180 * 24 * time.Hour

// byHand gives both ways out: to demand MFA, or to say that no person is behind the role.
func byHand(p *check.Pass, about resource.Ref) string {
	if p.Actor.Row == ssoRow {
		return "# if Identity Center demands MFA, say so in pipewarden.yaml:\n# mfa:\n#   identityCenter: trusted"
	}
	if about.Kind != role.Kind.Name || !isName(about.ID) {
		return ""
	}
	return "# if people use the role: add the condition Bool aws:MultiFactorAuthPresent \"true\" to what admits them\n" +
		"aws iam get-role --role-name " + about.ID + " --query Role.AssumeRolePolicyDocument > trust.json\n" +
		"aws iam update-assume-role-policy --role-name " + about.ID + " --policy-document file://trust.json\n" +
		"# if only machines use it: say so in pipewarden.yaml\n" +
		"# mfa:\n#   automationRoles:\n#     - name: " + about.ID + "\n#       owner: who answers for it\n#       reason: what runs under it\n#       until: " +
		p.Event.Time.UTC().Add(review).Format(time.DateOnly)
}

// isName keeps out what is no role's name: people paste commands (IAM API Reference, "GetRole").
func isName(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-") == ""
}
