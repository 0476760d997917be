package pipelinenotiniac

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.TagsState](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}, pipeline.TagsState{Stack: resource.Known("")})
	if want := "aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > web-prod.json"; f.ByHand != want || f.Once != "" {
		t.Errorf("by hand %q, once %q", f.ByHand, f.Once)
	}
}
