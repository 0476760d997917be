// Package accountnotrail tells of regions of which no trail tells anything.
package accountnotrail

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

// Check fails an account and region in which no trail logs the management events that change something.
var Check = &check.Check{
	ID: "account-no-trail", Severity: finding.Critical,
	Reads: account.Kind, Run: run,
	Aliases: []string{"Security Hub:CloudTrail.1", "Security Hub:CloudTrail.3"},
	Controls: slices.Concat(
		controls.FSBP("CloudTrail.1"),
		controls.NIST(controls.Hub, "AC-2(4)", "AU-2", "AU-3", "AU-12", "CA-7", "SI-4"),
		controls.SOC2(controls.Prowler, "CC2.1", "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Prowler, "164.312(b)", "164.308(a)(1)(ii)(D)"),
		controls.GDPR(controls.Prowler, "25", "30", "32"),
		controls.CIS("6.0", controls.Prowler, "4.1"),
		controls.CIS("7.0", controls.Prowler, "4.1"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	if account.Whole(p.Ref) {
		p.Skip("Trails are judged for each region, not for the account as a whole.")
		return
	}
	s := check.State[account.State](p)
	var open []error
	for _, t := range s.Trails {
		switch delivers, known := t.Delivers(p.Ref.Region); {
		case !known:
			open = append(open, fmt.Errorf("trail %s: %w", t.Name, why(t)))
		case delivers:
			p.OK()
			return
		}
	}
	switch {
	case len(open) > 0 && heard(p):
		p.OK()
	case len(open) > 0:
		p.Unknown("whether any trail logs in "+p.Ref.Region, errors.Join(open...))
	default:
		p.Fail(report(p.Ref, s))
	}
}

// heard says whether the auditor's own sign-in came back from here, as only a trail brings it, and nothing was changed since. A member may not
// read the selectors of its organisation's trail: without that, nothing could be said of any region of any member.
func heard(p *check.Pass) bool {
	last, ok := p.Past.Last(heartbeat.SignInTopic, p.Now.Add(heartbeat.Late))
	return ok && p.Now.Sub(last.At) <= heartbeat.SignInFresh && (p.Event == nil || last.At.After(p.Event.Time))
}

// why is what could not be learned of a trail.
func why(t account.Trail) error {
	if err := t.Logging.Err(); err != nil {
		return err
	}
	return t.ManagementEvents.Err()
}

func report(ref resource.Ref, s account.State) check.Report {
	detail := "There is no trail."
	facts := make([]finding.Fact, 0, len(s.Trails))
	if len(s.Trails) > 0 {
		lacking := make([]string, 0, len(s.Trails))
		for _, t := range s.Trails {
			lacking = append(lacking, t.Name+" "+lacks(t, ref.Region))
			facts = append(facts, finding.Fact{Label: "Trail", Value: t.ARN})
		}
		detail = "Of the trails that are seen here, " + strings.Join(lacking, "; ") + "."
	}
	return check.Report{
		Title:  "no trail logs changes in " + ref.Region,
		Detail: detail + " pipewarden hears nothing in " + ref.Region + " until a trail logs there; only its sweeps go on.",
		Facts:  facts, ByHand: byHand(ref, s),
	}
}

// lacks is the first thing that keeps a trail from delivering.
func lacks(t account.Trail, region string) string {
	switch {
	case !t.Covers(region):
		return "logs in " + t.Home + " only"
	case t.Logging.Is(func(logging bool) bool { return !logging }):
		return "is stopped"
	}
	return "leaves out management events that change something"
}

// byHand takes the trail that is nearest to delivering; without one, a trail is made, which needs a bucket whose policy admits CloudTrail.
func byHand(ref resource.Ref, s account.State) string {
	for _, t := range s.Trails {
		if t.Covers(ref.Region) && t.Logging.Is(func(logging bool) bool { return !logging }) {
			return elsewhere(ref, t) + "aws cloudtrail start-logging --name " + t.ARN + delivery.In(t.Home)
		}
	}
	for _, t := range s.Trails {
		if t.Covers(ref.Region) {
			return elsewhere(ref, t) + "# this replaces the trail's selectors: carry over those for data events\n" +
				"aws cloudtrail get-event-selectors --trail-name " + t.ARN + delivery.In(t.Home) + "\n" +
				"aws cloudtrail put-event-selectors --trail-name " + t.ARN +
				" --event-selectors 'ReadWriteType=All,IncludeManagementEvents=true'" + delivery.In(t.Home)
		}
	}
	in := delivery.In(ref.Region)
	return "# BUCKET is one whose policy lets CloudTrail write\n" +
		"aws cloudtrail create-trail --name management-events --s3-bucket-name BUCKET --is-multi-region-trail --enable-log-file-validation" + in + "\n" +
		"aws cloudtrail start-logging --name management-events" + in
}

// elsewhere says in which account a command is to be run, if not in the one that is judged: members cannot change their organisation's trail
// (AWS CloudTrail User Guide, "Creating a trail for an organization").
func elsewhere(ref resource.Ref, t account.Trail) string {
	const owner = 4 // arn:partition:cloudtrail:region:owner:trail/name
	parts := strings.Split(t.ARN, ":")
	if len(parts) <= owner || parts[owner] == ref.Account {
		return ""
	}
	return "# in account " + parts[owner] + ", whose trail it is\n"
}
