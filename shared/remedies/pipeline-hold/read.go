package pipelinehold

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/shared/resource"
)

const stackTag = "aws:cloudformation:stack-name"

func client(cfg aws.Config, ref resource.Ref) *codepipeline.Client {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	return codepipeline.NewFromConfig(cfg)
}

// read gives the transitions into all stages, in the order of the stages.
// A transition of which the answer does not speak is open: the source's has nothing before it.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) ([]gate, error) {
	out, err := client(cfg, ref).GetPipelineState(ctx, &codepipeline.GetPipelineStateInput{Name: &ref.ID})
	if err != nil {
		return nil, fmt.Errorf("read transitions of pipeline %s: %w", ref.ID, err)
	}
	gates := make([]gate, 0, len(out.StageStates))
	for _, s := range out.StageStates {
		g := gate{Stage: aws.ToString(s.StageName), Enabled: true}
		if t := s.InboundTransitionState; t != nil && !t.Enabled {
			g.Enabled, g.Reason = false, aws.ToString(t.DisabledReason)
		}
		gates = append(gates, g)
	}
	return gates, nil
}

func named(gates []gate, stage string) (gate, bool) {
	for _, g := range gates {
		if g.Stage == stage {
			return g, true
		}
	}
	return gate{}, false
}

// stack is the CloudFormation stack that manages the pipeline; "" when none does.
// Without an answer nothing is planned, because a managed pipeline is not to be touched unasked.
func stack(ctx context.Context, cfg aws.Config, ref resource.Ref) (string, error) {
	c := client(cfg, ref)
	out, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: &ref.ID})
	if err != nil {
		return "", fmt.Errorf("read pipeline %s: %w", ref.ID, err)
	}
	if out.Metadata == nil || out.Metadata.PipelineArn == nil {
		return "", fmt.Errorf("read pipeline %s: %w", ref.ID, errors.New("the answer holds no ARN"))
	}
	pages := codepipeline.NewListTagsForResourcePaginator(c, &codepipeline.ListTagsForResourceInput{ResourceArn: out.Metadata.PipelineArn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("read tags of pipeline %s: %w", ref.ID, err)
		}
		for _, tag := range page.Tags {
			if aws.ToString(tag.Key) == stackTag {
				return aws.ToString(tag.Value), nil
			}
		}
	}
	return "", nil
}
