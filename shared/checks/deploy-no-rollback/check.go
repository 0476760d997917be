// Package deploynorollback tells of deployment groups whose failed deployments stay.
package deploynorollback

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/deploymentgroup"
)

// Check fails a deployment group that is rolled back neither when a deployment fails nor when an alarm stops it.
var Check = &check.Check{
	ID: "deploy-no-rollback", Severity: finding.Medium,
	Reads: deploymentgroup.Kind, Run: run, Remedies: []string{"deploy-rollback-on"},
	Aliases: []string{"AWS Config:CODEDEPLOY_AUTO_ROLLBACK_MONITOR_ENABLED"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CP-10", "SI-13(5)"),
		controls.SOC2(controls.Own, "A1.1", "CC7.4", "CC8.1"),
		controls.HIPAA(controls.Own, "164.308(a)(7)(i)"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	s := check.State[deploymentgroup.State](p)
	rollback, known := s.Rollback.Get()
	alarms, seen := s.Alarms.Get()
	switch {
	case !known:
		p.Unknown("whether deployments of "+p.Ref.ID+" are rolled back", s.Rollback.Err())
	case rollback.On(deploymentgroup.OnFailure), rollback.On(deploymentgroup.OnAlarm) && seen && alarms.Watch():
		p.OK()
	case rollback.On(deploymentgroup.OnAlarm) && !seen:
		p.Unknown("whether an alarm stops deployments of "+p.Ref.ID, s.Alarms.Err())
	default:
		fail(p, rollback, alarms)
	}
}

func fail(p *check.Pass, rollback deploymentgroup.Rollback, alarms deploymentgroup.Alarms) {
	detail := "Automatic rollback is off: when a deployment fails, the revision that failed stays where it got to until somebody acts."
	value := "off"
	if rollback.Enabled {
		value = "on " + strings.Join(rollback.Events, ", ")
		detail = "Automatic rollback is on, but not for deployments that fail: the revision that failed stays where it got to until somebody acts."
	}
	if rollback.On(deploymentgroup.OnAlarm) {
		detail = "Automatic rollback waits for an alarm, and the group watches none: the revision that failed stays where it got to until somebody acts."
	}
	if p.Offline() {
		detail += " Only the event was seen: it holds unless rollback was switched on since."
	}
	application, group := deploymentgroup.Split(p.Ref.ID)
	events := wanted(rollback, alarms)
	p.Fail(check.Report{
		Title:  "failed deployments to " + p.Ref.ID + resource.UsedBy(p.Past.Used) + " are not rolled back",
		Detail: detail,
		Facts:  []finding.Fact{{Label: "Automatic rollback", Value: value}},
		Would: "Switch automatic rollback on for the group, for deployments that fail and for those that an alarm stops, where it watches any; all else of it stays. " +
			"A deployment that fails is then followed by one of the last good revision. Can be undone.",
		ByHand: "aws deploy update-deployment-group --application-name " + application + " --current-deployment-group-name " + group +
			" --auto-rollback-configuration enabled=true,events=" + strings.Join(events, ",") + delivery.In(p.Ref.Region),
		Template: []finding.Property{{
			Type: "AWS::CodeDeploy::DeploymentGroup", Path: "AutoRollbackConfiguration", Value: map[string]any{"Enabled": true, "Events": events},
		}},
	})
}

// wanted are the events that the group is to be rolled back on: failure, an alarm where it watches one, and those that it has. What is sent
// replaces the former list.
func wanted(rollback deploymentgroup.Rollback, alarms deploymentgroup.Alarms) []string {
	events := []string{deploymentgroup.OnFailure}
	if rollback.On(deploymentgroup.OnAlarm) || alarms.Watch() {
		events = append(events, deploymentgroup.OnAlarm)
	}
	if rollback.On(deploymentgroup.OnRequest) {
		events = append(events, deploymentgroup.OnRequest)
	}
	return events
}
