// Package loggroupretention tells of logs of builds, pipelines and trails that are kept for too short a time.
package loggroupretention

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// Check fails a log group that deletes what was logged sooner than the settings allow.
var Check = &check.Check{
	ID: "log-group-retention", Severity: finding.Medium,
	Reads: loggroup.Kind, Needs: needs, Run: run, Remedies: []string{"log-group-retain"},
	Aliases: []string{"Security Hub:CloudWatch.16"},
	Controls: slices.Concat(
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
		fail(p, s, days)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s loggroup.State, days int) {
	called := loggroup.Called(p.Ref, p.Past.Used)
	r := check.Report{
		Title:  called + " keeps its logs for " + count(days) + " only",
		Detail: fmt.Sprintf("What is older than %s is deleted. The settings ask for %s (options.retentionDays).", count(days), count(p.Options.RetentionDays)),
		Facts:  []finding.Fact{{Label: "Kept", Value: count(days)}, {Label: "Asked for", Value: count(p.Options.RetentionDays)}},
		Would:  "Keep them for the shortest time that CloudWatch Logs takes and that is long enough. Stops no work; what is deleted already does not come back, and longer logs cost more. Can be undone.",
		ByHand: byHand(p), Template: template(p),
	}
	if s.Delivers {
		r.NoRemedy, r.Would, r.ByHand, r.Template = true, "", "", nil
		r.Detail += " The group is of the Delivery class, in which CloudWatch Logs keeps everything for a day, whatever is set: log to a group of another class."
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the time was changed since."
	}
	p.Fail(r)
}

// template is the time that is long enough; where there is none, logs are kept for ever by setting none.
func template(p *check.Pass) []finding.Property {
	one := finding.Property{Type: "AWS::Logs::LogGroup", Path: "RetentionInDays"}
	if days := loggroup.AtLeast(p.Options.RetentionDays); days > 0 {
		one.Value = days
	}
	return []finding.Property{one}
}

func count(days int) string {
	if days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// byHand sets the shortest time that is long enough; where there is none, logs are kept for ever.
func byHand(p *check.Pass) string {
	at := delivery.In(p.Ref.Region)
	switch days := loggroup.AtLeast(p.Options.RetentionDays); {
	case !delivery.Word(p.Ref.ID):
		return ""
	case days == 0:
		return "aws logs delete-retention-policy --log-group-name " + p.Ref.ID + at
	default:
		return fmt.Sprintf("aws logs put-retention-policy --log-group-name %s --retention-in-days %d", p.Ref.ID, days) + at
	}
}
