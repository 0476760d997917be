// Package trailweakened tells of trails that leave out part of what happens.
package trailweakened

import (
	"errors"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// Check fails a trail that leaves something out which no other trail logs, or whose files cannot be proven.
var Check = &check.Check{
	ID: "trail-weakened", Severity: finding.High,
	Reads: trail.Selectors, Run: run, Remedies: []string{"trail-restore"},
	Aliases: []string{"Security Hub:CloudTrail.1", "Security Hub:CloudTrail.4", "Stratus:cloudtrail-event-selectors"},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.1", "CloudTrail.4"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-9", "AU-10", "AU-12", "AU-14(1)", "CA-7", "SI-4", "SI-4(20)", "SI-7(1)", "SI-7(3)", "SI-7(7)"),
		controls.SOC2(controls.Prowler, "CC2.1", "CC7.2", "CC7.3", "PI1.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.312(c)(1)", "164.312(c)(2)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.GDPR(controls.Own, "33"),
		controls.CIS("6.0", controls.Prowler, "4.1", "4.2"),
		controls.CIS("7.0", controls.Prowler, "4.1", "4.2"),
		controls.CIS("6.0", controls.Own, "5.5"),
		controls.CIS("7.0", controls.Own, "5.5"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	c := check.State[trail.Coverage](p)
	if owner := c.Owner(); owner != "" && owner != p.Ref.Account {
		p.Skip("The trail belongs to account " + owner + ", and is judged there.")
		return
	}
	switch left, open := unmade(c); {
	case len(left) > 0:
		fail(p, c, left)
	case open != nil:
		p.Unknown("Whether trail "+p.Ref.ID+" leaves anything out", oneLine(open))
	default:
		p.OK()
	}
}

// unmade are the gaps that no other trail makes up for, and why of some that is not known.
func unmade(c trail.Coverage) (left []gap, open error) {
	for _, g := range gaps(c) {
		if g.unsure != nil {
			open = g.unsure
			continue
		}
		if g.made == nil || c.Other == nil || !g.made(*c.Other) {
			left = append(left, g)
			continue
		}
		switch logs, known := c.Other.Logging.Get(); {
		case !known:
			open = errors.Join(errors.New("trail "+c.Other.Name+" may make up for what it leaves out"), c.Other.Logging.Err())
		case !logs:
			g.detail += " Trail " + c.Other.Name + " would make up for that, and does not log."
			left = append(left, g)
		}
	}
	return left, open
}

func oneLine(err error) error { return errors.New(strings.ReplaceAll(err.Error(), "\n", ": ")) }

func fail(p *check.Pass, c trail.Coverage, left []gap) {
	var details []string
	r := check.Report{Path: []string{"trail " + p.Ref.ID}}
	for _, g := range left {
		details = append(details, g.detail)
		r.Facts = append(r.Facts, finding.Fact{Label: g.label, Value: g.value})
		if g.property != "" {
			r.Template = append(r.Template, finding.Property{Type: "AWS::CloudTrail::Trail", Path: g.property, Value: true})
		}
	}
	r.Would = "Have the trail cover again what it covered when somebody who is trusted left it last: switch on what was on, and put back the event selectors if these let more pass. " +
		"Stops no work; the trail writes more, which is paid for. Can be undone."
	r.Title, r.Detail = left[0].title, strings.Join(details, " ")
	if p.Event != nil && (p.Event.Name() == "UpdateTrail" || p.Event.Name() == "PutEventSelectors") {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen."
		if slices.ContainsFunc(left, func(g gap) bool { return g.made != nil }) {
			r.Detail += " Nothing is missing if another trail logs the same."
		}
	}
	r.ByHand = byHand(p, c, left)
	p.Fail(r)
}

func byHand(p *check.Pass, c trail.Coverage, left []gap) string {
	called := c.ARN
	if called == "" {
		called = p.Ref.ID
	}
	var flags string
	var lines []string
	selectors := false
	for _, g := range left {
		flags += g.flag
		selectors = selectors || g.flag == ""
	}
	in := delivery.In(c.HomeRegion)
	if flags != "" {
		lines = append(lines, "aws cloudtrail update-trail --name "+called+flags+in)
	}
	if selectors {
		lines = append(
			lines, "# this replaces the trail's selectors: carry over those for data events",
			"aws cloudtrail get-event-selectors --trail-name "+called+in,
			"aws cloudtrail put-event-selectors --trail-name "+called+" --event-selectors 'ReadWriteType=All,IncludeManagementEvents=true'"+in,
		)
	}
	return strings.Join(lines, "\n")
}
