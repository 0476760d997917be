// Package trailstopped tells of trails that do not log, and of those that were stopped even if they log again.
package trailstopped

import (
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails a trail that does not log, and one that somebody stopped, whatever it does by now.
var Check = &check.Check{
	ID: "trail-stopped", Severity: finding.Critical,
	Reads: trail.Kind, Run: run, Remedies: []string{"trail-start"},
	Aliases: []string{
		"Security Hub:CloudTrail.1", "Elastic:AWS CloudTrail Log Suspended", "Sigma:aws_cloudtrail_disable_logging", "Stratus:cloudtrail-stop",
	},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.1"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-9", "AU-12", "CA-7", "SI-4"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.GDPR(controls.Own, "33"),
		controls.CIS("6.0", controls.Prowler, "4.1"),
		controls.CIS("7.0", controls.Prowler, "4.1"),
		controls.CIS("6.0", controls.Own, "5.5"),
		controls.CIS("7.0", controls.Own, "5.5"),
		controls.OWASP("CICD-SEC-10"),
	),
}

// settling is how long a new trail is given until somebody starts it: CreateTrail and StartLogging are two calls.
const settling = 15 * time.Minute

func run(p *check.Pass) {
	s := check.State[trail.State](p)
	logging, known := s.Logging.Get()
	switch act := stopped(p); {
	case known && !logging && isNew(p, s):
		p.Skip("The trail was created just now and has not been started yet.")
	case known && !logging:
		p.Fail(notLogging(p, s, act))
	case act:
		p.Fail(stoppedSince(p, s, known))
	case known:
		p.OK()
	default:
		p.Unknown("whether trail "+p.Ref.ID+" logs", s.Logging.Err())
	}
}

// stopped says that the event is somebody's stopping of this very trail.
func stopped(p *check.Pass) bool {
	return p.Event != nil && p.Event.Name() == "StopLogging" && p.Event.Succeeded() && slices.Contains(trail.Kind.About(p.Event), p.Ref)
}

func isNew(p *check.Pass, s trail.State) bool {
	return p.Event != nil && p.Event.Name() == "CreateTrail" && s.Started.IsZero() && s.Stopped.IsZero() && p.Now.Sub(p.Event.Time) < settling
}

func notLogging(p *check.Pass, s trail.State, act bool) check.Report {
	r := check.Report{Title: "trail " + p.Ref.ID + " is not logging", Facts: where(s)}
	r.Detail = "What happens in the account is no longer written to the trail."
	switch {
	case act:
		r.Facts = append([]finding.Fact{{Label: "Changed", Value: "logging -> stopped"}}, r.Facts...)
	case !s.Stopped.IsZero():
		r.Facts = append([]finding.Fact{{Label: "Stopped", Value: moment(s.Stopped)}}, r.Facts...)
	default:
		r.Detail = "The trail was never started: nothing that happens in the account is written to it."
	}
	if p.Offline() {
		r.Title = "trail " + p.Ref.ID + " was stopped"
		r.Detail += " Only the event was seen: it holds unless the trail was started again since."
	}
	if owner := s.Owner(); owner != "" && owner != p.Ref.Account {
		r.NoRemedy = true
		r.Detail += " It belongs to account " + owner + ", and only there, or in the organisation's delegated administrator account, can it be started."
	} else {
		r.Would = "Start logging again, in the trail's home region. Stops no work. What happened while it was stopped stays missing."
	}
	r.ByHand = byHand(p, s)
	return r
}

// stoppedSince is the act of stopping, when the trail's state no longer shows it.
func stoppedSince(p *check.Pass, s trail.State, known bool) check.Report {
	since := "Whether it logs again is not known."
	if known {
		since = "It is logging again since, and what happened in between is missing."
	}
	return check.Report{
		Title:   "trail " + p.Ref.ID + " was stopped",
		Detail:  delivery.Done(p.Event, p.Actor.Actor.Name) + " " + since,
		Facts:   append([]finding.Fact{{Label: "Changed", Value: "logging -> stopped"}}, where(s)...),
		OnEvent: true, NoRemedy: true,
	}
}

func where(s trail.State) []finding.Fact {
	var facts []finding.Fact
	if s.HomeRegion != "" {
		facts = append(facts, finding.Fact{Label: "Home region", Value: s.HomeRegion})
	}
	if all, ok := s.MultiRegion.Get(); ok && all {
		facts = append(facts, finding.Fact{Label: "Covers", Value: "every region"})
	}
	if all, ok := s.Organization.Get(); ok && all {
		facts = append(facts, finding.Fact{Label: "Of", Value: "the organisation"})
	}
	return facts
}

func byHand(p *check.Pass, s trail.State) string {
	called, home := s.ARN, s.HomeRegion
	if called == "" {
		called = p.Ref.ID
	}
	if home == "" {
		home = p.Ref.Region
	}
	return "aws cloudtrail start-logging --name " + called + delivery.In(home)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }
