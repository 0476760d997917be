// Package reportgroupunencrypted tells of report groups that export test reports with encryption switched off.
package reportgroupunencrypted

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/reportgroup"
)

// Check fails a report group whose export to S3 is not encrypted by CodeBuild.
var Check = &check.Check{
	ID: "report-group-unencrypted", Severity: finding.Medium,
	Reads: reportgroup.Kind, Run: run, Remedies: []string{"report-group-encrypt"},
	Aliases: []string{"Security Hub:CodeBuild.7", "Prowler:codebuild_report_group_export_encrypted"},
	Controls: slices.Concat(
		controls.FSBP("CodeBuild.7"),
		controls.NIST(controls.Hub, "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"),
		controls.SOC2(controls.Prowler, "PI1.4"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.7"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)", "164.312(c)(1)", "164.312(c)(2)", "164.312(e)(2)(ii)"),
		controls.GDPR(controls.Prowler, "32"),
		controls.GDPR(controls.Own, "32(1)(a)"),
		controls.OWASP("CICD-SEC-9", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[reportgroup.State](p)
	export, known := s.Export.Get()
	if !known {
		p.Unknown("Where report group "+p.Ref.ID+" exports to", s.Export.Err())
		return
	}
	if export.Type != reportgroup.S3 {
		p.Skip("The report group exports nothing.")
		return
	}
	switch off, told := export.EncryptionDisabled.Get(); {
	case !told:
		p.Unknown("Whether report group "+p.Ref.ID+" exports with encryption", export.EncryptionDisabled.Err())
	case off:
		fail(p, export)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, export reportgroup.Export) {
	where := "bucket " + export.Bucket
	abroad := export.Abroad(p.Ref)
	if abroad != "" {
		where += " of account " + abroad
	}
	r := check.Report{
		Title: "report group " + p.Ref.ID + " exports its reports without encryption",
		Detail: "Encryption is switched off for what it writes to " + where + ". What lies there has then no KMS key of its own, " +
			"only what the bucket itself applies.",
		Facts: []finding.Fact{{Label: "Bucket", Value: export.Bucket}},
		Path:  []string{"report group " + p.Ref.ID + " -> " + where},
		Would: "Switch encryption on again for what the group exports, and leave the rest of the export as it is. Stops no build. Who may not use the KMS key " +
			"cannot read the reports of later builds. Can be undone.",
		Template: []finding.Property{{Type: "AWS::CodeBuild::ReportGroup", Path: "ExportConfig/S3Destination/EncryptionDisabled", Value: false}},
	}
	if abroad != "" && export.EncryptionKey == "" {
		// The managed key for S3 admits no other account: switched on alone, the switch would shut out the bucket's owner.
		r.NoRemedy, r.Would, r.Template = true, "", nil
		r.Detail += " Without a key of your own that admits account " + abroad + ", switching it on would keep that account from reading its reports."
	}
	if export.Path != "" {
		r.Facts = append(r.Facts, finding.Fact{Label: "Below", Value: export.Path})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the export was changed since."
	}
	arn, at := reportgroup.ARN(p.Ref, "report-group/"+p.Ref.ID), delivery.In(p.Ref.Region)
	if delivery.Word(arn) {
		r.ByHand = "aws codebuild update-report-group" + at + " --arn " + arn + ` --export-config "$(aws codebuild batch-get-report-groups` + at + " --report-group-arns " + arn +
			` --query 'reportGroups[0].exportConfig' --output json | jq -c '.s3Destination.encryptionDisabled = false')"`
	}
	p.Fail(r)
}
