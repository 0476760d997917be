// Package buildloggingoff tells of build projects that keep no logs.
package buildloggingoff

import (
	"encoding/json"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project that logs neither to CloudWatch Logs nor to S3.
var Check = &check.Check{
	ID: "build-logging-off", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-enable-logs"},
	Aliases: []string{
		"Security Hub:CodeBuild.4", "AWS Config:CODEBUILD_PROJECT_LOGGING_ENABLED",
		"Prowler:codebuild_project_logging_enabled", "Checkov:CKV_AWS_314",
	},
	Controls: slices.Concat(
		controls.FSBP("CodeBuild.4"),
		controls.NIST(controls.Hub, "AC-2(4)", "AC-2(12)", "AC-6(9)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "CA-7", "SI-4"),
		controls.SOC2(controls.Prowler, "A1.1"),
		controls.SOC2(controls.Own, "CC7.2"),
		controls.HIPAA(controls.Own, "164.312(b)"),
		controls.GDPR(controls.Own, "30"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	cloud, cloudKnown := s.CloudWatchLogs.Get()
	s3, s3Known := s.S3Logs.Get()
	switch {
	// Without a status CodeBuild logs to CloudWatch Logs.
	case cloudKnown && cloud.Status != buildproject.Disabled, s3Known && s3.Status == buildproject.Enabled:
		p.OK()
	case !cloudKnown:
		p.Unknown("where "+p.Ref.ID+" logs", s.CloudWatchLogs.Err())
	case !s3Known:
		p.Unknown("whether "+p.Ref.ID+" copies its logs to S3", s.S3Logs.Err())
	default:
		fail(p, cloud)
	}
}

func fail(p *check.Pass, cloud buildproject.CloudWatchLogs) {
	detail := "Logs to CloudWatch Logs and to S3 are both switched off. What a build did cannot be read afterwards, neither why it broke nor what it ran."
	if p.Offline() {
		detail += " Only the event was seen: it holds unless logs were switched on again since."
	}
	p.Fail(check.Report{
		Title:  p.Ref.ID + " keeps no logs of its builds",
		Detail: detail,
		Facts:  []finding.Fact{{Label: "CloudWatch Logs", Value: "off"}, {Label: "S3 logs", Value: "off"}},
		Would: "Switch CloudWatch Logs on again, with the group and the stream that the project still names; S3 logs stay off. Builds fail at their start if the project's " +
			"role may not write to that group. Can be undone.",
		ByHand:   byHand(p.Ref, cloud),
		Template: []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "LogsConfig/CloudWatchLogs/Status", Value: buildproject.Enabled}},
	})
}

// byHand keeps the group and the stream that are still named. S3 logs are off without being sent.
func byHand(ref resource.Ref, cloud buildproject.CloudWatchLogs) string {
	cloud.Status = buildproject.Enabled
	raw, err := json.Marshal(map[string]buildproject.CloudWatchLogs{"cloudWatchLogs": cloud})
	if err != nil {
		return ""
	}
	return "aws codebuild update-project --region " + ref.Region + " --name " + ref.ID + " --logs-config " + buildproject.Quote(string(raw))
}
