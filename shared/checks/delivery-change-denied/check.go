// Package deliverychangedenied tells of callers who are refused changes to delivery again and again.
package deliverychangedenied

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// Check fails the third call within an hour by which one caller was refused a change of pipelines, projects, trails or the auditor.
var Check = &check.Check{
	ID: "delivery-change-denied", Severity: finding.Medium,
	On: refused(slices.Concat(sure, delivery.OwnCalls())), Target: principal, Notes: notes, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AU-6", "SI-4"),
		controls.SOC2(controls.Own, "CC6.1", "CC7.2"),
		controls.HIPAA(controls.Own, "164.312(b)"),
		controls.OWASP("CICD-SEC-2", "CICD-SEC-10"),
	),
}

// sure are the calls on what delivery is made of, whatever its name. Those on what the auditor is made of count by the name.
var sure = slices.Concat(delivery.Calls(delivery.Pipelines, delivery.Builds, delivery.Runs), trails())

const cloudTrail = "cloudtrail.amazonaws.com"

// trails are the calls that change the audit trail.
func trails() []event.Selector {
	return slices.DeleteFunc(delivery.Calls(delivery.Guardrails), func(s event.Selector) bool {
		return !slices.Contains(s.Detail["eventSource"], cloudTrail)
	})
}

// codes are those of calls that were refused for lack of a permission (AWS API references, "Common errors"); SNS has one of its own.
var codes = []string{"AccessDenied*", "AuthorizationError*", "Client.UnauthorizedOperation", "UnauthorizedOperation"}

// refused selects the same calls where they were refused.
func refused(selectors []event.Selector) []event.Selector {
	out := make([]event.Selector, 0, len(selectors))
	for _, s := range selectors {
		s.Detail = maps.Clone(s.Detail)
		s.Detail["errorCode"] = codes
		out = append(out, s)
	}
	return out
}

const (
	enough = 3 // refusals
	within = time.Hour
)

func run(p *check.Pass) {
	if p.Actor.Row <= lastOwn || p.Ref.Kind != kind {
		p.Skip("No caller is shown, or a service acted on its own.")
		return
	}
	current := attemptOf(p.Event)
	if !current.concerns(p.Own) {
		p.Skip("The call was made on nothing that belongs to delivery.")
		return
	}
	together := refusals(p, current)
	if len(together) < enough {
		p.Skip(fmt.Sprintf("It is refusal %d within an hour; %d are told.", len(together), enough))
		return
	}
	fail(p, together)
}

// fail says the same of every further refusal in the hour, so that the fourth is known to be no news: what was called stands beside it.
func fail(p *check.Pass, together []attempt) {
	r := check.Report{
		Title: p.Actor.Actor.Name + " was refused changes to delivery again and again",
		Detail: "Within an hour at least " + fmt.Sprint(enough) + " calls of this caller were refused that change pipelines, builds, the audit trail or pipewarden. " +
			"Further ones are not told again in the same hour (UTC).",
		Once: p.Event.Time.UTC().Format("2006-01-02T15"),
	}
	const most = 10
	for _, a := range together[max(0, len(together)-most):] {
		r.Facts = append(r.Facts, finding.Fact{Label: "Refused", Value: a.Call + ", " + a.at.UTC().Format("15:04:05") + " UTC"})
	}
	if key := delivery.Key(p.Event); key != "" {
		r.Facts = append(r.Facts, finding.Fact{Label: "Key", Value: key})
	}
	name := p.Actor.Actor.Session
	if name == "" {
		name = p.Actor.Actor.Name
	}
	if delivery.Word(name) {
		r.ByHand = "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=" + name + delivery.In(p.Event.Region)
	}
	p.Fail(r)
}
