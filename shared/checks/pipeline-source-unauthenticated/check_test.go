package pipelinesourceunauthenticated

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
		State: pipeline.State{Masked: true, Stages: []pipeline.Stage{
			{Name: "Source", Actions: []pipeline.Action{{Name: "Checkout", Category: "Source", Owner: "ThirdParty", Provider: "GitHub"}}},
		}},
	}
	Check.Run(p)
	f := p.Results()[0]
	for _, want := range []string{
		"aws codeconnections create-connection --provider-type GitHub --connection-name github --region eu-west-1",
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json",
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
		"make Checkout a CodeStarSourceConnection source",
		`leave no "****" in it`,
	} {
		if !strings.Contains(f.ByHand, want) {
			t.Errorf("%q is not in %s", want, f.ByHand)
		}
	}
	if len(f.Facts) != 1 || f.Facts[0].Value != "Source/Checkout (ThirdParty, GitHub)" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if !strings.HasPrefix(f.Detail, "Action Checkout ") {
		t.Errorf("it begins otherwise: %q", f.Detail)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}
