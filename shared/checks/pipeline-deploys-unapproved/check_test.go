package pipelinedeploysunapproved

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[pipeline.State](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	p := &check.Pass{
		Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}, Basis: finding.State,
		Options: check.Options{ProductionStages: []string{"prod"}},
		State: pipeline.State{Stages: []pipeline.Stage{
			{Name: "Prod", Actions: []pipeline.Action{{Name: "A", Category: "Deploy"}, {Name: "B", Category: "Deploy"}}},
		}},
	}
	Check.Run(p)
	f := p.Results()[0]
	for _, want := range []string{
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json",
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
		"add a stage with an Approval action ahead of Prod",
	} {
		if !strings.Contains(f.ByHand, want) {
			t.Errorf("%q is not in %s", want, f.ByHand)
		}
	}
	if len(f.Facts) != 1 || f.Facts[0].Value != "Prod: A and B" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if !strings.HasPrefix(f.Detail, "Stage Prod ") {
		t.Errorf("it begins otherwise: %q", f.Detail)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}
