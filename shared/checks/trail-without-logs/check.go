// Package trailwithoutlogs tells of trails that are not delivered to CloudWatch Logs.
package trailwithoutlogs

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails a trail without a log group.
var Check = &check.Check{
	ID: "trail-without-logs", Severity: finding.Low,
	Reads: trail.Kind, Run: run,
	Aliases: []string{"Security Hub:CloudTrail.5"},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.5"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "CA-7", "SI-4(20)", "SI-7(8)"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[trail.State](p)
	if owner := s.Owner(); owner != "" && owner != p.Ref.Account {
		p.Skip("The trail belongs to account " + owner + ", and is judged there.")
		return
	}
	group, known := s.LogGroup.Get()
	switch {
	case !known:
		p.Unknown("whether trail "+p.Ref.ID+" is delivered to CloudWatch Logs", s.LogGroup.Err())
	case group == "":
		fail(p, s)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s trail.State) {
	r := check.Report{
		Title:  "trail " + p.Ref.ID + " is not delivered to CloudWatch Logs",
		Detail: "The trail names no log group: its events lie in files only, and nothing can raise an alarm on one when it arrives.",
	}
	if s.HomeRegion != "" {
		r.Facts = append(r.Facts, finding.Fact{Label: "Home region", Value: s.HomeRegion})
	}
	if p.Event != nil && p.Event.Name() == "UpdateTrail" && p.Event.Request().Has("cloudWatchLogsLogGroupArn") {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the trail was given a log group since."
	}
	called := s.ARN
	if called == "" {
		called = p.Ref.ID
	}
	r.ByHand = "# ROLE_ARN is a role that lets CloudTrail write to the group LOG_GROUP_ARN, which ends in :*\n" +
		"aws cloudtrail update-trail --name " + called + " --cloud-watch-logs-log-group-arn LOG_GROUP_ARN --cloud-watch-logs-role-arn ROLE_ARN" +
		delivery.In(s.HomeRegion)
	p.Fail(r)
}
