// Package reportgroupencrypt switches the encryption of what a CodeBuild report group exports on again.
package reportgroupencrypt

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/reportgroup"
)

// Remedy sends the export of a report group as it is, with encryption switched on.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "report-group-encrypt", Risk: remedy.Contained,
	On:     []resource.Source{reportgroup.Kind},
	Reads:  []string{"codebuild:BatchGetReportGroups"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateReportGroup", Resource: "arn:{partition}:codebuild:{region}:{account}:report-group/*"}},
}, remedy.Change[export]{What: "export of", Read: read, Aim: aim, Requests: requests})

// export is the structure that is touched: it is sent as a whole, because what is sent replaces the former one.
type export struct {
	ExportConfig *types.ReportExportConfig
}

// MarshalJSON writes it as CodeBuild does.
func (e export) MarshalJSON() ([]byte, error) { return resource.APIJSON(e) }

// read takes a switch that the answer leaves out for off, as CodeBuild does.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *export) (export, error) {
	g, err := reportgroup.Group(ctx, cfg, ref)
	if err != nil || g.ExportConfig == nil {
		return export{}, err
	}
	return export{with(*g.ExportConfig, func(s *types.S3ReportExportConfig) { s.EncryptionDisabled = new(aws.ToBool(s.EncryptionDisabled)) })}, nil
}

// with changes the destination, where there is one, in a copy.
func with(config types.ReportExportConfig, change func(*types.S3ReportExportConfig)) *types.ReportExportConfig {
	if config.S3Destination != nil {
		destination := *config.S3Destination
		change(&destination)
		config.S3Destination = &destination
	}
	return &config
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found export) (remedy.Aim[export], error) {
	if found.ExportConfig == nil || found.ExportConfig.S3Destination == nil || found.ExportConfig.ExportConfigType != types.ReportExportConfigTypeS3 {
		return remedy.Aim[export]{To: found, Summary: "The report group " + ref.ID + " exports nothing."}, nil
	}
	destination := found.ExportConfig.S3Destination
	owner := reportgroup.Export{BucketOwner: aws.ToString(destination.BucketOwner)}.Abroad(ref)
	if owner != "" && aws.ToString(destination.EncryptionKey) == "" && aws.ToBool(destination.EncryptionDisabled) {
		return remedy.Aim[export]{}, &remedy.RefusedError{Why: "The reports of " + ref.ID + " go to a bucket of account " + owner +
			", and the export names no key: under the managed key for S3 that account could not read them any more."}
	}
	return remedy.Aim[export]{
		To:      export{with(*found.ExportConfig, func(s *types.S3ReportExportConfig) { s.EncryptionDisabled = new(false) })},
		Summary: "Switch encryption on for the reports that " + ref.ID + " exports.",
		Breaks:  "Who may not use the KMS key cannot read the reports of later builds.",
	}, nil
}

func requests(ref resource.Ref, _, to export) ([]remedy.Request, error) {
	in := &codebuild.UpdateReportGroupInput{Arn: aws.String(reportgroup.ARN(ref, "report-group/"+ref.ID)), ExportConfig: to.ExportConfig}
	return []remedy.Request{remedy.Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateReportGroup)}, nil
}
