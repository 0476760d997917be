// Package detectordisabled tells of AWS's own detectors that are switched off.
package detectordisabled

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// Check fails a call that stops AWS Config's recorder, Security Hub, GuardDuty or an Access Analyzer.
var Check = &check.Check{
	ID: "detector-disabled", Severity: finding.High,
	On: []event.Selector{
		event.Calls("config.amazonaws.com", "StopConfigurationRecorder", "DeleteConfigurationRecorder"),
		event.Calls("securityhub.amazonaws.com", "DisableSecurityHub", "BatchDisableStandards"),
		event.Calls("guardduty.amazonaws.com", "DeleteDetector", "UpdateDetector"),
		event.Calls("access-analyzer.amazonaws.com", "DeleteAnalyzer"),
	},
	Run:     run,
	Aliases: []string{"Elastic:AWS Configuration Recorder Stopped", "Elastic:AWS GuardDuty Detector Deletion", "Panther:AWS.ConfigService.DisabledDeleted"},
	Controls: slices.Concat(
		controls.FSBP("Config.1", "GuardDuty.1"),
		controls.NIST(controls.Hub, "CM-3", "CM-6(1)", "CM-8", "CM-8(2)", "AU-6(1)", "AU-6(5)", "CA-7", "SI-4"),
		controls.SOC2(controls.Prowler, "CC7.1", "CC7.2", "CC8.1"),
		controls.HIPAA(controls.Prowler, "164.308(a)(1)(ii)(A)", "164.308(a)(1)(ii)(D)", "164.312(b)"),
		controls.GDPR(controls.Prowler, "25", "30"),
		controls.CIS("6.0", controls.Prowler, "4.3", "5.16"),
		controls.CIS("7.0", controls.Prowler, "4.3", "5.16"),
		controls.OWASP("CICD-SEC-10"),
	),
}

// detector is what a call switches off, and the way back.
type detector struct {
	title   string
	lost    string
	command string
	member  string // of the request, which the command takes; "": none
	rest    string // of the command, after it
}

var detectors = map[string]detector{
	"StopConfigurationRecorder": {
		"AWS Config no longer records changes", "How resources change is not recorded until the recorder is started again, and its rules judge what was.",
		"aws configservice start-configuration-recorder --configuration-recorder-name ", "configurationRecorderName", "",
	},
	"DeleteConfigurationRecorder": {
		"AWS Config's recorder was deleted", "How resources change is not recorded until there is a recorder again, and rules judge what was.",
		"aws configservice describe-configuration-recorders", "", "",
	},
	"DisableSecurityHub": {
		"Security Hub was switched off", "Its findings of the account and region are no longer updated, and after 90 days they are deleted.",
		"aws securityhub enable-security-hub", "", "",
	},
	"BatchDisableStandards": {
		"standards of Security Hub were switched off", "The controls of these standards are no longer checked.",
		"aws securityhub get-enabled-standards", "", "",
	},
	"DeleteDetector": {
		"GuardDuty was switched off", "Its detector was deleted, with all findings of the account and region.",
		"aws guardduty create-detector --enable", "", "",
	},
	"UpdateDetector": {
		"GuardDuty was suspended", "It looks at nothing until the detector is enabled again. Findings so far are kept.",
		"aws guardduty update-detector --detector-id ", "detectorId", " --enable",
	},
	"DeleteAnalyzer": {
		"an Access Analyzer was deleted", "Its findings were deleted with it, and it no longer looks for what others can reach.",
		"aws accessanalyzer list-analyzers", "", "",
	},
}

func run(p *check.Pass) {
	enable, told := p.Event.Request().Bool("enable")
	switch {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case p.Event.Name() == "UpdateDetector" && (enable || !told):
		p.Skip("The detector goes on.")
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	ref := delivery.About(p.Event)
	off := detectors[p.Event.Name()]
	p.Fail(check.Report{
		Title:  off.title,
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + off.lost,
		Facts:  delivery.Facts(p.Event), Once: p.Event.ID, About: &ref,
		ByHand: byHand(p.Event, off),
	})
}

func byHand(e *event.Event, off detector) string {
	name := ""
	if off.member != "" {
		if name = e.Request().String(off.member); !delivery.Word(name) {
			return ""
		}
	}
	return off.command + name + off.rest + delivery.In(e.Region)
}
