package build

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	found, err := one(ctx, cfg, ref)
	if err != nil {
		return State{}, err
	}
	s := stateOf(found)
	s.scan(ctx, cfg)
	return s, nil
}

// one reads one build by its ID. awserr.IsNotFound when there is none: builds are kept for a year, and can be deleted.
func one(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.Build, error) {
	out, err := codebuild.NewFromConfig(cfg).BatchGetBuilds(ctx, &codebuild.BatchGetBuildsInput{Ids: []string{ref.ID}})
	if err != nil {
		return nil, fmt.Errorf("read build %s: %w", ref.ID, err)
	}
	for i := range out.Builds {
		if aws.ToString(out.Builds[i].Id) == ref.ID {
			return &out.Builds[i], nil
		}
	}
	if len(out.BuildsNotFound) == 0 {
		return nil, fmt.Errorf("read build %s: the answer holds neither the build nor that there is none", ref.ID)
	}
	// The batch call succeeds without the build, so the error is made here, with the code that single calls of this API use.
	return nil, fmt.Errorf("read build %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no build of that ID", Fault: smithy.FaultClient,
	})
}

func stateOf(b *types.Build) State {
	s := State{
		ID: aws.ToString(b.Id), ARN: aws.ToString(b.Arn), Project: aws.ToString(b.ProjectName), Status: string(b.BuildStatus),
		Batch: aws.ToString(b.BuildBatchArn), Initiator: aws.ToString(b.Initiator),
		Ran: resource.Known(ranOf(b)), Log: resource.Known(logOf(b.Logs)),
	}
	return s
}

func ranOf(b *types.Build) Ran {
	r := Ran{ServiceRole: aws.ToString(b.ServiceRole), Key: aws.ToString(b.EncryptionKey)}
	if e := b.Environment; e != nil {
		r.Image, r.Privileged = aws.ToString(e.Image), aws.ToBool(e.PrivilegedMode)
		for _, v := range e.EnvironmentVariables {
			r.Variables = append(r.Variables, aws.ToString(v.Name))
		}
	}
	if src := b.Source; src != nil {
		r.Source = string(src.Type)
		r.InlineSpec = strings.ContainsAny(aws.ToString(src.Buildspec), "\n{ ")
	}
	return r
}

// logOf is where the log went. A log that is switched off, or that no build wrote yet, has no stream
// (AWS CodeBuild API Reference, "LogsLocation").
func logOf(l *types.LogsLocation) Log {
	if l == nil {
		return Log{}
	}
	out := Log{Group: aws.ToString(l.GroupName), Stream: aws.ToString(l.StreamName)}
	if c := l.CloudWatchLogs; c != nil && c.Status == types.LogsConfigStatusTypeDisabled || out.Group == "" || out.Stream == "" {
		out.Group, out.Stream = "", ""
	}
	if s := l.S3Logs; s != nil && s.Status == types.LogsConfigStatusTypeEnabled {
		out.S3 = aws.ToString(l.S3LogsArn)
	}
	return out
}
