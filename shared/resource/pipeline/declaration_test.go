package pipeline

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
)

func TestDeclaration(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codepipeline.GetPipeline", got(declared(keyARN)))
	p, err := Declaration(t.Context(), fake.Config(), ref)
	if err != nil || aws.ToString(p.Name) != "web-prod" || len(p.Stages) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	if calls := fake.Calls(); len(calls) != 1 || calls[0].Region != "eu-west-1" {
		t.Errorf("calls %+v", calls)
	}
	gone := awstest.New(t).On("codepipeline.GetPipeline", awstest.Error("PipelineNotFoundException"))
	if _, err := Declaration(t.Context(), gone.Config(), ref); !awserr.IsNotFound(err) || !strings.Contains(err.Error(), "read pipeline web-prod") {
		t.Errorf("gone: %v", err)
	}
	empty := awstest.New(t).On("codepipeline.GetPipeline", &codepipeline.GetPipelineOutput{})
	if _, err := Declaration(t.Context(), empty.Config(), ref); err == nil || awserr.IsNotFound(err) {
		t.Errorf("an empty answer: %v", err)
	}
}

func run(id string, status types.PipelineExecutionStatus) types.PipelineExecutionSummary {
	return types.PipelineExecutionSummary{PipelineExecutionId: &id, Status: status}
}

// TestRunning looks through all pages: what waits for an approval may be old.
func TestRunning(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codepipeline.ListPipelineExecutions", func(in any) (any, error) {
		input := in.(*codepipeline.ListPipelineExecutionsInput)
		if aws.ToString(input.PipelineName) != "web-prod" {
			t.Errorf("asked for %s", aws.ToString(input.PipelineName))
		}
		if input.NextToken == nil {
			return &codepipeline.ListPipelineExecutionsOutput{NextToken: new("more"), PipelineExecutionSummaries: []types.PipelineExecutionSummary{
				run("a", types.PipelineExecutionStatusStopping), run("b", types.PipelineExecutionStatusSucceeded), run("c", types.PipelineExecutionStatusFailed),
			}}, nil
		}
		return &codepipeline.ListPipelineExecutionsOutput{PipelineExecutionSummaries: []types.PipelineExecutionSummary{
			run("d", types.PipelineExecutionStatusSuperseded), run("e", types.PipelineExecutionStatusStopped), run("f", types.PipelineExecutionStatusCancelled),
			run("g", types.PipelineExecutionStatusInProgress),
		}}, nil
	})
	all, err := Running(t.Context(), fake.Config(), ref)
	if err != nil || !slices.Equal(all, []string{"a", "g"}) {
		t.Errorf("%v, %v", all, err)
	}
	for _, one := range []struct {
		code string
		is   func(error) bool
	}{
		{"PipelineNotFoundException", func(err error) bool { return err == nil }},
		{"AccessDeniedException", awserr.IsDenied},
		{"ThrottlingException", awserr.IsThrottled},
	} {
		fake := awstest.New(t).On("codepipeline.ListPipelineExecutions", awstest.Error(one.code))
		if all, err := Running(t.Context(), fake.Config(), ref); !one.is(err) || len(all) > 0 {
			t.Errorf("%s: %v, %v", one.code, all, err)
		}
	}
}
