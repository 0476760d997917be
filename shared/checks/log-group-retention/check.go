// Package loggroupretention tells of logs of builds, pipelines and trails that are kept for too short a time.
package loggroupretention

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

//go:embed doc.md
var doc string

// Check fails a log group that deletes what was logged sooner than the settings allow.
var Check = &check.Check{
	ID: "log-group-retention", Doc: doc, Severity: finding.Medium,
	Reads: loggroup.Kind, Needs: needs, Run: run,
	Aliases: []string{"Security Hub:CloudWatch.16"},
	Controls: slices.Concat(
		controls.FSBP("CloudWatch.16"),
		controls.NIST(controls.Hub, "AU-6(3)", "AU-6(4)", "AU-10", "AU-11", "CA-7", "SI-12"),
		controls.SOC2(controls.Prowler, "CC7.2", "CC7.3", "C1.2", "PI1.4"),
		controls.HIPAA(controls.Prowler, "164.312(b)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func needs(o check.Options) string {
	if o.RetentionDays <= 0 {
		return "The settings ask for no time that logs are kept (options.retentionDays)."
	}
	return ""
}

func run(p *check.Pass) {
	if unmet := needs(p.Options); unmet != "" {
		p.Skip(unmet)
		return
	}
	if loggroup.All(p.Ref) {
		p.Skip("How long logs are kept is a setting of each log group.")
		return
	}
	s := check.State[loggroup.State](p)
	switch days, known := s.Retention.Get(); {
	case !known && p.Offline():
		p.Skip("The event does not tell how long " + loggroup.Called(p.Ref, p.Past.Used) + " keeps its logs.")
	case !known:
		p.Unknown("How long "+loggroup.Called(p.Ref, p.Past.Used)+" keeps its logs", s.Retention.Err())
	case days > 0 && days < p.Options.RetentionDays:
		fail(p, days)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, days int) {
	called := loggroup.Called(p.Ref, p.Past.Used)
	r := check.Report{
		Title:  called + " keeps its logs for " + count(days) + " only",
		Detail: fmt.Sprintf("What is older than %s is deleted. The settings ask for %s (options.retentionDays).", count(days), count(p.Options.RetentionDays)),
		Facts:  []finding.Fact{{Label: "Kept", Value: count(days)}, {Label: "Asked for", Value: count(p.Options.RetentionDays)}},
		ByHand: byHand(p),
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the time was changed since."
	}
	p.Fail(r)
}

func count(days int) string {
	if days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// lengths are the times that CloudWatch Logs takes, in days (CloudWatch Logs API Reference, "PutRetentionPolicy").
var lengths = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// byHand sets the shortest time that is long enough; where there is none, logs are kept for ever.
func byHand(p *check.Pass) string {
	at := delivery.In(p.Ref.Region)
	switch i, _ := slices.BinarySearch(lengths, p.Options.RetentionDays); {
	case !delivery.Word(p.Ref.ID):
		return ""
	case i == len(lengths):
		return "aws logs delete-retention-policy --log-group-name " + p.Ref.ID + at
	default:
		return fmt.Sprintf("aws logs put-retention-policy --log-group-name %s --retention-in-days %d", p.Ref.ID, lengths[i]) + at
	}
}
