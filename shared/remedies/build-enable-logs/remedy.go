// Package buildenablelogs has a CodeBuild project that keeps no logs write them to CloudWatch Logs again.
package buildenablelogs

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sends the log settings of a project as they are, with CloudWatch Logs switched on.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-enable-logs", Risk: remedy.Contained,
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
	config := *p.LogsConfig
	if config.S3Logs != nil {
		half := *config.S3Logs
		half.EncryptionDisabled = new(aws.ToBool(half.EncryptionDisabled))
		config.S3Logs = &half
	}
	return logs{&config}, nil
}

// writes says whether logs go somewhere. Without a status CodeBuild logs to CloudWatch Logs (AWS CodeBuild API Reference, "LogsConfig").
func writes(c *types.LogsConfig) bool {
	return c == nil || c.CloudWatchLogs == nil || c.CloudWatchLogs.Status != types.LogsConfigStatusTypeDisabled ||
		c.S3Logs != nil && c.S3Logs.Status == types.LogsConfigStatusTypeEnabled
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found logs) (remedy.Aim[logs], error) {
	if writes(found.LogsConfig) {
		return remedy.Aim[logs]{To: found, Summary: "The project " + ref.ID + " keeps logs of its builds."}, nil
	}
	config, half := *found.LogsConfig, *found.LogsConfig.CloudWatchLogs
	half.Status = types.LogsConfigStatusTypeEnabled
	config.CloudWatchLogs = &half
	return remedy.Aim[logs]{
		To:      logs{&config},
		Summary: "Have " + ref.ID + " write its build logs to CloudWatch Logs again.",
		Breaks:  "Builds fail at their start if the project's service role may not write to the log group; else nothing stops.",
	}, nil
}

func requests(ref resource.Ref, _, to logs) ([]remedy.Request, error) {
	in := &codebuild.UpdateProjectInput{Name: &ref.ID, LogsConfig: to.LogsConfig}
	return []remedy.Request{remedy.Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProject)}, nil
}
