package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Declaration reads a pipeline's definition, for whoever needs all of it; without the metadata, which UpdatePipeline does not take.
// awserr.IsNotFound when there is none.
func Declaration(ctx context.Context, cfg aws.Config, ref resource.Ref) (*types.PipelineDeclaration, error) {
	out, err := get(ctx, cfg, ref)
	if err != nil {
		return nil, err
	}
	return out.Pipeline, nil
}

// underway are the states of an execution that has not ended.
var underway = []types.PipelineExecutionStatus{types.PipelineExecutionStatusInProgress, types.PipelineExecutionStatusStopping}

// Running lists the executions that have not ended, the newest first; none of a pipeline that does not exist. All of the history is looked
// through, which goes back a year at most: an execution that waits for an approval may be weeks old, with many that ended after it
// (AWS CodePipeline API Reference, "ListPipelineExecutions").
func Running(ctx context.Context, cfg aws.Config, ref resource.Ref) ([]string, error) {
	pages := codepipeline.NewListPipelineExecutionsPaginator(client(cfg, ref), &codepipeline.ListPipelineExecutionsInput{PipelineName: &ref.ID})
	var all []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if awserr.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list executions of pipeline %s: %w", ref.ID, err)
		}
		for _, e := range page.PipelineExecutionSummaries {
			if slices.Contains(underway, e.Status) {
				all = append(all, aws.ToString(e.PipelineExecutionId))
			}
		}
	}
	return all, nil
}
