// Package auditorsilent tells of heartbeats that do not come back: the auditor hears of no change any more.
package auditorsilent

import (
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

// Check fails an account and region in which heartbeats were written and the last one that came back is too old.
var Check = &check.Check{
	ID: "auditor-silent", Severity: finding.Critical,
	On: []event.Selector{heartbeat.Selector()}, Reads: account.Heartbeat, Notes: notes, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Hub, "AU-6(3)", "CA-7", "SI-4"),
		controls.NIST(controls.Own, "AU-5", "SI-4(12)"),
		controls.SOC2(controls.Prowler, "CC7.2"),
		controls.SOC2(controls.Own, "CC4.1"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(d)", "33"),
		controls.OWASP("CICD-SEC-10"),
	),
}

// notes remembers the last beat that was heard.
func notes(e *event.Event, _ identity.Verdict) []check.Note {
	if !heartbeat.Selector().Matches(e) || e.Account == "" || e.Region == "" {
		return nil
	}
	return []check.Note{{
		About: resource.Ref{Kind: account.Heartbeat.Name, ID: e.Account, Account: e.Account, Region: e.Region},
		Topic: heartbeat.Topic, Text: e.ID, At: e.Time, Keep: heartbeat.Keep,
	}}
}

func run(p *check.Pass) {
	switch {
	case account.Whole(p.Ref):
		p.Skip("Heartbeats are heard in each region, not in the account as a whole.")
		return
	case !p.Past.Complete:
		p.Skip("Which heartbeats came back is known to the deployed auditor alone.")
		return
	}
	// A clock may be ahead of ours: a beat from a moment that is still to come was heard all the same.
	last, heard := p.Past.Last(heartbeat.Topic, p.Now.Add(heartbeat.Late))
	if heard && p.Now.Sub(last.At) <= heartbeat.Late {
		p.OK()
		return
	}
	s := check.State[account.Pulse](p)
	sent, known := s.Sent.Get()
	switch {
	case heard:
		p.Fail(report(p, s, fmt.Sprintf("The last heartbeat that came back was written at %s; one is written every %.0f minutes.", stamp(last.At), heartbeat.Every.Minutes())))
	case !known:
		p.Unknown("Whether heartbeats are written", s.Sent.Err())
	case sent.Writes <= heartbeat.Missed+1: // the stack's own is the first
		p.Skip("Too few heartbeats were written so far for one to be late.")
	default:
		p.Fail(report(p, s, "Of the heartbeats that were written here, none has come back."))
	}
}

func report(p *check.Pass, s account.Pulse, seen string) check.Report {
	why, hand := reason(p, s)
	return check.Report{
		Title: "changes in " + p.Ref.Region + " are no longer heard",
		Detail: seen + " " + why + " Until heartbeats come back, pipewarden hears of no change in " + p.Ref.Region +
			"; only its sweeps go on, and who changed what is lost.",
		ByHand: hand,
	}
}

// reason is where the heartbeats get lost, as far as can be seen from here, and the command that looks there.
func reason(p *check.Pass, s account.Pulse) (why, hand string) {
	in := delivery.In(p.Ref.Region)
	if sent, known := s.Sent.Get(); known && p.Now.Sub(sent.Last) > heartbeat.Late {
		hand = "aws scheduler list-schedules --name-prefix pipewarden-" + in
		if sent.Writes == 0 {
			return "Their parameter " + heartbeat.Name + " is gone, and none is written: the schedule that writes them was switched off, or the sweeper fails.", hand
		}
		return "None is written since " + stamp(sent.Last) + ": the schedule that writes them was switched off, or the sweeper fails.", hand
	}
	trails, known := s.Trails.Get()
	if !known {
		return "Whether a trail logs in " + p.Ref.Region + " could not be read.", "aws cloudtrail describe-trails" + in
	}
	unsure := false
	for _, t := range trails {
		delivers, sure := t.Delivers(p.Ref.Region)
		if delivers && sure {
			return "The trail " + t.Name + " logs there, so they are lost behind it: a rule, its target, the queue or the auditor itself.",
				"aws events list-rules --name-prefix pipewarden-" + in
		}
		unsure = unsure || !sure
	}
	if unsure {
		return "Whether a trail logs in " + p.Ref.Region + " is not known for certain.", "aws cloudtrail describe-trails" + in
	}
	return "No trail logs changes in " + p.Ref.Region + ", and EventBridge passes on only what one logs (account-no-trail says more).",
		"aws cloudtrail describe-trails" + in
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05") + " UTC" }
