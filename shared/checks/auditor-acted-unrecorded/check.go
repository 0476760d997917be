// Package auditoractedunrecorded tells of changes under the remediator's role that the remediator did not make.
package auditoractedunrecorded

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/intent"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails a successful change under the remediator's role that nothing which the remediator wrote down accounts for.
var Check = &check.Check{
	ID: "auditor-acted-unrecorded", Severity: finding.Critical,
	On: underOwnRoles(), Target: memory, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AC-6", "AU-10", "SI-4"),
		controls.NIST(controls.Own, "AC-6(9)", "AU-12", "CM-5"),
		controls.SOC2(controls.Prowler, "CC6.3", "CC7.2"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(1)", "164.312(b)"),
		controls.GDPR(controls.Prowler, "25"),
		controls.GDPR(controls.Own, "32", "33"),
		controls.OWASP("CICD-SEC-2", "CICD-SEC-5"),
	),
}

// issuer is where CloudTrail names the role behind a session.
const issuer = "userIdentity.sessionContext.sessionIssuer.userName"

// underOwnRoles selects the changes that are listened for anyway, under roles whose names begin as the auditor's do: nobody else's acts
// cost a look into the memory of the remediator. Which of them is its role is told by the exact ARN.
func underOwnRoles() []event.Selector {
	var selectors []event.Selector
	for _, s := range slices.Concat(delivery.Calls(), delivery.OwnCalls()) {
		s.Detail = maps.Clone(s.Detail)
		s.Detail[issuer] = []string{"pipewarden-*"}
		selectors = append(selectors, s)
	}
	return selectors
}

func memory(e *event.Event) resource.Ref { return intent.Memory(e.Account) }

// selfRow is the row of the identity table that recognises the remediator's role.
const selfRow = 3

func run(p *check.Pass) {
	switch {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
		return
	case p.Actor.Row != selfRow:
		p.Skip("It was not called under the remediator's role.")
		return
	}
	about := delivery.About(p.Event)
	seen := ""
	for _, note := range p.Past.Topic(intent.Topic) {
		i, ok := intent.Parse(note)
		if !ok || !intent.Timely(note.At, p.Event.Time) {
			continue
		}
		if i.Calls(delivery.Service(p.Event), delivery.Undated(p.Event.Name())) && i.Touches(about) {
			p.OK()
			return
		}
		seen = fmt.Sprintf(" What it did write down at that time, action %s on %s, is another change.", i.Action, names(i.Resources))
	}
	p.Fail(report(p, about, seen))
}

func names(refs []resource.Ref) string {
	all := make([]string, 0, len(refs))
	for _, ref := range refs {
		all = append(all, ref.Kind+" "+ref.ID)
	}
	return strings.Join(all, " and ")
}

func report(p *check.Pass, about resource.Ref, seen string) check.Report {
	on := ""
	if about.Kind != "account" {
		on = " on " + about.ID
	}
	return check.Report{
		Title: "somebody used pipewarden's role: " + p.Event.Name() + on,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " The remediator writes down what it is about to change before it changes anything, and nothing that it wrote accounts for this call." +
			seen + " So somebody else holds credentials of its role, or may assume it.",
		Facts: delivery.Facts(p.Event), Once: p.Event.ID, About: &about, ByHand: byHand(p),
	}
}

// byHand ends all sessions of the role that are open now (IAM User Guide, "Revoking IAM role temporary security credentials"). The function
// gets new credentials by itself.
func byHand(p *check.Pass) string {
	_, path, _ := strings.Cut(p.Actor.Actor.RoleARN, ":role/")
	role := path[strings.LastIndexByte(path, '/')+1:]
	if !delivery.Word(role) {
		return ""
	}
	return "aws iam put-role-policy --role-name " + role + " --policy-name AWSRevokeOlderSessions --policy-document " +
		`'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
		p.Now.UTC().Format(time.RFC3339) + `"}}}]}'`
}
