// Package buildencryptlogs switches the encryption of the build logs that a CodeBuild project copies to S3 on again.
package buildencryptlogs

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sends the log settings of a project as they are, with encryption switched on for the copies in S3.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-encrypt-logs", Risk: remedy.Contained,
	On:     []resource.Source{buildproject.Kind},
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateProject", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
}, remedy.Change[logs]{What: "log settings of", Read: read, Aim: aim, Requests: requests})

// logs is the structure that is touched: it is sent as a whole, because what is sent replaces the former one.
type logs struct {
	LogsConfig *types.LogsConfig
}

// MarshalJSON writes it as CodeBuild does.
func (l logs) MarshalJSON() ([]byte, error) { return resource.APIJSON(l) }

// read takes a switch that the answer leaves out for off, as CodeBuild does.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *logs) (logs, error) {
	p, err := buildproject.Project(ctx, cfg, ref)
	if err != nil || p.LogsConfig == nil {
		return logs{}, err
	}
	return logs{with(*p.LogsConfig, func(l *types.S3LogsConfig) { l.EncryptionDisabled = new(aws.ToBool(l.EncryptionDisabled)) })}, nil
}

// with changes the half that concerns S3, where there is one, in a copy.
func with(config types.LogsConfig, change func(*types.S3LogsConfig)) *types.LogsConfig {
	if config.S3Logs != nil {
		half := *config.S3Logs
		change(&half)
		config.S3Logs = &half
	}
	return &config
}

// aim leaves logs alone that are not written: the switch keeps its value when they are turned off, and protects nothing.
func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found logs) (remedy.Aim[logs], error) {
	if found.LogsConfig == nil || found.LogsConfig.S3Logs == nil || found.LogsConfig.S3Logs.Status != types.LogsConfigStatusTypeEnabled {
		return remedy.Aim[logs]{To: found, Summary: "The project " + ref.ID + " copies no logs to S3."}, nil
	}
	return remedy.Aim[logs]{
		To:      logs{with(*found.LogsConfig, func(l *types.S3LogsConfig) { l.EncryptionDisabled = new(false) })},
		Summary: "Switch encryption on for the build logs that " + ref.ID + " copies to S3.",
		Breaks:  "Who may not use the project's KMS key, such as a log collector of another account, cannot read what later builds copy.",
	}, nil
}

func requests(ref resource.Ref, _, to logs) ([]remedy.Request, error) {
	in := &codebuild.UpdateProjectInput{Name: &ref.ID, LogsConfig: to.LogsConfig}
	return []remedy.Request{remedy.Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProject)}, nil
}
