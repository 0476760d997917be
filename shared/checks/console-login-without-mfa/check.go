// Package consoleloginwithoutmfa tells of people who sign in to the console without MFA.
package consoleloginwithoutmfa

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails a console sign-in of root or an IAM user of which the record says that no MFA was used.
var Check = &check.Check{
	ID: "console-login-without-mfa", Severity: finding.High,
	On: []event.Selector{signIns(event.SignIn), signIns(event.Signin)}, Run: run,
	Aliases:  []string{"Security Hub:CloudWatch.3", "Panther:AWS.Console.LoginWithoutMFA"},
	Controls: slices.Concat(controls.PeopleWithoutMFA, controls.HIPAA(controls.Own, "164.308(a)(5)(ii)(C)")),
}

// signIns selects those whose MFA AWS itself asks for: of a federated sign-in the record reads "No" whatever the identity provider did.
func signIns(detailType string) event.Selector {
	return event.Selector{DetailType: detailType, Detail: map[string][]string{
		"eventSource": {"signin.amazonaws.com"}, "eventName": {"ConsoleLogin"}, "userIdentity.type": {root, user},
	}}
}

const (
	root = "Root"
	user = "IAMUser"
)

func run(p *check.Pass) {
	kind := p.Actor.Actor.Type
	used := strings.ToLower(p.Event.Detail.String("additionalEventData", "MFAUsed"))
	switch {
	case !p.Event.Succeeded() || p.Event.Response().String("ConsoleLogin") == "Failure":
		p.Skip("Nobody was let in.")
	case kind != root && kind != user:
		p.Skip("The sign-in was federated: the record does not tell whether the identity provider asked for MFA.")
	case used == "yes":
		p.OK()
	case used == "no":
		fail(p)
	default:
		p.Unknown("Whether the sign-in used MFA", resource.ErrNotTold)
	}
}

// fail lets the sign-in's own word on MFA stand before what follows from the identity alone, which has no session yet.
func fail(p *check.Pass) {
	who := &p.Actor
	who.MFA, who.Row, who.Reason = identity.Disproven, 0, "The record of the sign-in says that no MFA was used."
	severity := p.Check.Severity
	ref := resource.Ref{Kind: "iam", ID: who.Actor.Name, Account: p.Event.Account, Region: p.Event.Region}
	name, look := who.Actor.Name, ""
	if delivery.Word(name) {
		look = "aws iam list-mfa-devices --user-name " + name
	}
	if who.Actor.Type == root {
		severity, name = finding.Critical, "the root user"
		ref.Kind, ref.ID = "account", p.Event.Account
		look = "aws iam get-account-summary --query 'SummaryMap.{RootHasMFA:AccountMFAEnabled,RootHasKeys:AccountAccessKeysPresent}'"
	}
	p.Fail(check.Report{
		Title:    name + " signed in to the console without MFA",
		Detail:   delivery.Done(p.Event, who.Actor.Name) + " " + who.Reason,
		Facts:    []finding.Fact{{Label: "Call", Value: delivery.Call(p.Event)}},
		Severity: &severity, Once: p.Event.ID, About: &ref, ByHand: look,
	})
}
