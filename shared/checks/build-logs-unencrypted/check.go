// Package buildlogsunencrypted tells of build projects that copy their logs to S3 with encryption switched off.
package buildlogsunencrypted

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project whose S3 logs are on and not encrypted.
var Check = &check.Check{
	ID: "build-logs-unencrypted", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run, Remedies: []string{"build-encrypt-logs"},
	Aliases: []string{
		"Security Hub:CodeBuild.3", "AWS Config:CODEBUILD_PROJECT_S3_LOGS_ENCRYPTED",
		"Prowler:codebuild_project_s3_logs_encrypted", "Checkov:CKV_AWS_311",
	},
	Controls: slices.Concat(
		controls.FSBP("CodeBuild.3"),
		controls.NIST(controls.Hub, "AU-9", "CA-9(1)", "SC-13", "SC-28", "SC-28(1)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "5(1)(f)", "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	logs, known := s.S3Logs.Get()
	if !known {
		p.Unknown("where "+p.Ref.ID+" copies its logs", s.S3Logs.Err())
		return
	}
	// The switch stays as it was when S3 logs are turned off; then nothing is written.
	if logs.Status != buildproject.Enabled {
		p.Skip("The project copies no logs to S3.")
		return
	}
	switch off, known := logs.EncryptionDisabled.Get(); {
	case !known:
		p.Unknown("whether "+p.Ref.ID+" encrypts the logs it copies to S3", logs.EncryptionDisabled.Err())
	case off:
		fail(p, s, logs)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s buildproject.State, logs buildproject.S3Logs) {
	detail := "Build logs are copied to bucket " + logs.Bucket() + " with encryption switched off. No key of AWS KMS is asked for; S3 still encrypts new objects by the bucket's default."
	if p.Offline() {
		detail += " Only the event was seen: it weighs less if the bucket's default names a KMS key."
	}
	p.Fail(check.Report{
		Title:  "build logs of " + p.Ref.ID + " are copied to S3 with encryption switched off",
		Detail: detail,
		Facts:  []finding.Fact{{Label: "Encryption", Value: "off for S3 logs"}, {Label: "Logs", Value: logs.Location}},
		Path:   []string{"project " + p.Ref.ID + " -> S3 logs -> bucket " + logs.Bucket()},
		Would: "Switch encryption on again for the logs that are copied to S3 and leave the other log settings as they are. Stops no build. Who may not use the KMS key " +
			"cannot read the logs of later builds. Can be undone.",
		ByHand:   byHand(p, s, logs),
		Template: []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "LogsConfig/S3Logs/EncryptionDisabled", Value: false}},
	})
}

// byHand sends the whole of logsConfig: a structure that is sent replaces the former one.
func byHand(p *check.Pass, s buildproject.State, logs buildproject.S3Logs) string {
	type s3Logs struct {
		Status             string `json:"status"`
		Location           string `json:"location,omitempty"`
		BucketOwnerAccess  string `json:"bucketOwnerAccess,omitempty"`
		EncryptionDisabled bool   `json:"encryptionDisabled"`
	}
	config := struct {
		CloudWatchLogs *buildproject.CloudWatchLogs `json:"cloudWatchLogs,omitempty"`
		S3Logs         s3Logs                       `json:"s3Logs"`
	}{S3Logs: s3Logs{Status: logs.Status, Location: logs.Location, BucketOwnerAccess: logs.BucketOwnerAccess}}
	if other, ok := s.CloudWatchLogs.Get(); ok && other.Status != "" {
		config.CloudWatchLogs = &other
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return ""
	}
	return "aws codebuild update-project --region " + p.Ref.Region + " --name " + p.Ref.ID +
		" --logs-config '" + strings.ReplaceAll(string(raw), "'", `'\''`) + "'"
}
