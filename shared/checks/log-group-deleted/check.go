// Package loggroupdeleted tells of logs of builds, pipelines and trails that are deleted.
package loggroupdeleted

import (
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails the deletion of a log group, or of a stream of one, that a build, a pipeline or a trail writes to.
var Check = &check.Check{
	ID: "log-group-deleted", Severity: finding.High,
	On:     []event.Selector{event.Calls("logs.amazonaws.com", "DeleteLogGroup", "DeleteLogStream"), builds},
	Target: about, Run: run, Notes: notes,
	Aliases: []string{"Elastic:AWS CloudWatch Log Group Deletion", "Elastic:AWS CloudWatch Log Stream Deletion"},
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-6(3)", "AU-6(4)", "AU-10", "AU-11", "CA-7", "SI-12"),
		controls.NIST(controls.Own, "AU-9"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if !p.Event.FromCloudTrail() {
		return // the end of a build is remembered, and no more
	}
	of := delivery.LogsOf(p.Ref.ID)
	if of == "" && len(p.Past.Used) > 0 {
		of = p.Past.Used[0].User.ID
	}
	switch {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case p.Ref.Kind == "account":
		p.Unknown("Which log group it was", resource.ErrNotTold)
	case of == "":
		p.Skip("No build, pipeline or trail is known to write to " + p.Ref.ID + ".")
	default:
		fail(p, of)
	}
}

func fail(p *check.Pass, of string) {
	group := p.Ref.ID + resource.UsedBy(p.Past.Used)
	r := check.Report{
		Title:  "log group " + group + " was deleted",
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " All that it held of the logs is gone, and cannot be brought back.",
		Facts:  append(delivery.Facts(p.Event), finding.Fact{Label: "Logs of", Value: of}), Once: p.Event.ID, About: &p.Ref,
	}
	if p.Event.Name() == "DeleteLogStream" {
		r.Title = "a stream of log group " + group + " was deleted"
		if stream := p.Event.Request().String("logStreamName"); delivery.Word(stream) {
			r.Facts = append(r.Facts, finding.Fact{Label: "Stream", Value: stream})
		}
	}
	if build, found := recent(p); found {
		r.Severity = new(finding.Critical)
		r.Detail += " " + after(build, p.Event.Time)
		r.Facts = append(r.Facts, finding.Fact{Label: "Build ended", Value: build.At.Format("2006-01-02 15:04:05") + " UTC"})
	}
	if delivery.Word(p.Ref.ID) {
		r.ByHand = "aws logs describe-log-groups --log-group-name-prefix " + p.Ref.ID + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}

// after says which build's log it most likely was about.
func after(build check.Note, deleted time.Time) string {
	which := "A build that logged there"
	if build.Text != "" {
		which = "Build " + build.Text + ", which logged there,"
	}
	when := "just before"
	if minutes := int(deleted.Sub(build.At).Minutes()); minutes == 1 {
		when = "1 minute before"
	} else if minutes > 1 {
		when = fmt.Sprintf("%d minutes before", minutes)
	}
	return which + " had ended " + when + ": its log may be what was to go."
}
