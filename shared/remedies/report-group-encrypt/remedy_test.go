package reportgroupencrypt

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	arn = "arn:aws:codebuild:eu-west-1:111122223333:report-group/unit"
	key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

var plain = remedy.Case{Finding: remedytest.Finding("report-group-unencrypted", "reportgroup", "unit")}

// bucket is a destination with every member set, in a bucket of that account.
func bucket(off *bool, owner, key string) *types.S3ReportExportConfig {
	d := &types.S3ReportExportConfig{Bucket: new("reports"), Path: new("it's"), Packaging: types.ReportPackagingTypeZip, EncryptionDisabled: off}
	if owner != "" {
		d.BucketOwner = &owner
	}
	if key != "" {
		d.EncryptionKey = &key
	}
	return d
}

func toS3(d *types.S3ReportExportConfig) *types.ReportExportConfig {
	return &types.ReportExportConfig{ExportConfigType: types.ReportExportConfigTypeS3, S3Destination: d}
}

// world has one report group, whose export an update replaces as a whole. Tags that are not sent stay.
func world(t *testing.T, config *types.ReportExportConfig) remedytest.World {
	g := types.ReportGroup{Arn: aws.String(arn), Name: aws.String("unit"), Type: types.ReportTypeTest, ExportConfig: config, Tags: []types.Tag{{Key: new("team"), Value: new("payments")}}}
	fake := awstest.New(t).
		On("codebuild.BatchGetReportGroups", func(in any) (any, error) {
			asked := in.(*codebuild.BatchGetReportGroupsInput).ReportGroupArns
			if !slices.Contains(asked, arn) {
				return &codebuild.BatchGetReportGroupsOutput{ReportGroupsNotFound: asked}, nil
			}
			return &codebuild.BatchGetReportGroupsOutput{ReportGroups: []types.ReportGroup{g}}, nil
		}).
		On("codebuild.UpdateReportGroup", func(in any) (any, error) {
			input := in.(*codebuild.UpdateReportGroupInput)
			if aws.ToString(input.Arn) != arn {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			if input.ExportConfig != nil {
				g.ExportConfig = input.ExportConfig
			}
			if input.Tags != nil {
				g.Tags = input.Tags
			}
			return &codebuild.UpdateReportGroupOutput{ReportGroup: &g}, nil
		})
	return remedytest.World{
		Fake: fake, State: func() any { return g },
		Move: func() {
			g.ExportConfig = &types.ReportExportConfig{ExportConfigType: types.ReportExportConfigTypeNoExport}
		},
	}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, destination := range map[string]func() *types.S3ReportExportConfig{
		"under the managed key":                    func() *types.S3ReportExportConfig { return bucket(new(true), "", "") },
		"under a key":                              func() *types.S3ReportExportConfig { return bucket(new(true), "", key) },
		"the owner is the own account":             func() *types.S3ReportExportConfig { return bucket(new(true), "111122223333", "") },
		"a bucket of another account, under a key": func() *types.S3ReportExportConfig { return bucket(new(true), "444455556666", key) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: plain, Calls: []string{"codebuild:UpdateReportGroup"},
				World: func(t *testing.T) remedytest.World { return world(t, toS3(destination())) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, toS3(bucket(new(true), "", key))), plain)
	const config = `{"exportConfigType":"S3","s3Destination":{"bucket":"reports","encryptionDisabled":false,"encryptionKey":"` + key + `","packaging":"ZIP","path":"it's"}}`
	for got, want := range map[string]string{
		string(p.Before):             `{"exportConfig":` + strings.Replace(config, "false", "true", 1) + `}`,
		string(p.After):              `{"exportConfig":` + config + `}`,
		string(p.Calls[0].Input):     `{"arn":"` + arn + `","exportConfig":` + config + `}`,
		strings.Join(p.Changes, ";"): "exportConfig.s3Destination.encryptionDisabled: true -> false",
		p.Manual: `aws codebuild update-report-group --region eu-west-1 --cli-input-json '{"arn":"` + arn + `","exportConfig":` +
			strings.ReplaceAll(config, "'", `'\''`) + `}'`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]*types.ReportExportConfig{
		"no export": nil, "exports nothing": {ExportConfigType: types.ReportExportConfigTypeNoExport},
		"exports nothing any more": {ExportConfigType: types.ReportExportConfigTypeNoExport, S3Destination: bucket(new(true), "", "")},
		"encrypted":                toS3(bucket(new(false), "", "")), "encrypted without a word": toS3(bucket(nil, "", "")),
		"encrypted in a bucket of another account": toS3(bucket(new(false), "444455556666", "")),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, config), plain); !p.Done() || p.Undoable || p.Summary == "" {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

// The owner of a bucket in another account could not read under the managed key.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := world(t, toS3(bucket(new(true), "444455556666", "")))
	if why := remedytest.Refuses(t, Remedy, w, plain); !strings.Contains(why, "a bucket of account 444455556666, and the export names no key") {
		t.Error(why)
	}
	other := plain
	other.Finding.Resource.ID = "integration"
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), other); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}
