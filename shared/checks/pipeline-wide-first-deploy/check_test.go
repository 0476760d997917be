package pipelinewidefirstdeploy

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.State](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	f := checktest.Failure(t, Check, ref, pipeline.State{Stages: []pipeline.Stage{
		{Name: "Deploy", Actions: []pipeline.Action{{Name: "A", Category: "Deploy"}, {Name: "B", Category: "Deploy", Region: "us-east-1"}}},
	}})
	for _, want := range []string{
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json",
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
		"move all but one deployment of Deploy to a stage after it",
	} {
		if !strings.Contains(f.ByHand, want) {
			t.Errorf("%q is not in %s", want, f.ByHand)
		}
	}
	if len(f.Facts) != 3 || f.Facts[2].Value != "B (us-east-1)" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}
