// Package traildeleted tells of trails and event data stores that are deleted.
package traildeleted

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails every successful deletion of a trail or an event data store.
var Check = &check.Check{
	ID: "trail-deleted", Severity: finding.Critical,
	On: []event.Selector{event.Calls("cloudtrail.amazonaws.com", "DeleteTrail", "DeleteEventDataStore")}, Run: run, Remedies: []string{"trail-recreate"},
	Aliases: []string{"Elastic:AWS CloudTrail Log Deleted", "Panther:AWS.CloudTrail.Stopped"},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.1"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-9", "AU-10", "AU-12", "AU-14(1)", "CA-7", "SI-4", "SI-4(20)", "SI-7(8)"),
		controls.SOC2(controls.Prowler, "CC2.1", "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.GDPR(controls.Own, "33"),
		controls.CIS("6.0", controls.Prowler, "4.1"),
		controls.CIS("7.0", controls.Prowler, "4.1"),
		controls.CIS("6.0", controls.Own, "5.5"),
		controls.CIS("7.0", controls.Own, "5.5"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if !p.Event.Succeeded() {
		p.Skip("The call did not succeed.")
		return
	}
	ref := delivery.About(p.Event)
	store := p.Event.Name() == "DeleteEventDataStore"
	r := check.Report{
		Title:  title(store, ref.Kind == "account", ref.ID),
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " ",
		Facts:  delivery.Facts(p.Event), Once: p.Event.ID, About: &ref,
	}
	if store {
		r.Detail += "CloudTrail keeps a deleted event data store for seven days; until then it can be restored, and after that its events are gone."
		if arn := p.Event.Request().String("eventDataStore"); delivery.Word(arn) {
			r.ByHand = "aws cloudtrail restore-event-data-store --event-data-store " + arn + delivery.In(p.Event.Region)
		}
	} else {
		r.Detail += "What happens from then on is no longer written to it. The files that it wrote stay in their bucket."
		r.ByHand = "aws cloudtrail describe-trails" + delivery.In(p.Event.Region)
	}
	if r.NoRemedy = store || ref.Kind != trail.Kind.Name; !r.NoRemedy {
		r.Would = "Make the trail again as somebody who is trusted left it last, with its selectors and tags, into the account's own bucket of that name, and start it. Stops no work; what happens until then stays missing. " +
			"Cannot be undone by pipewarden, which deletes no trail."
	}
	p.Fail(r)
}

func title(store, nameless bool, id string) string {
	switch {
	case nameless && store:
		return "an event data store was deleted"
	case nameless:
		return "a trail was deleted"
	case store:
		return "the event data store " + id + " was deleted"
	}
	return "trail " + id + " was deleted"
}
