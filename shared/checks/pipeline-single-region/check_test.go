package pipelinesingleregion

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
	ref := resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	f := checktest.Failure(t, Check, ref, pipeline.State{Stores: []pipeline.Store{{Region: "eu-west-1"}}, Stages: []pipeline.Stage{
		{Name: "Deploy", Actions: []pipeline.Action{{Name: "A", Category: "Deploy"}, {Name: "B", Category: "Deploy", Region: "us-east-1"}}},
	}})
	for _, want := range []string{
		"aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json",
		"aws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json",
		"add an entry for us-east-1 to artifactStores",
	} {
		if !strings.Contains(f.ByHand, want) {
			t.Errorf("%q is not in %s", want, f.ByHand)
		}
	}
	if len(f.Facts) != 2 || f.Facts[0].Value != "eu-west-1, us-east-1" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}

// TestOnlyWhatIsLackingIsTold: with a store in each region it is the number of regions alone.
func TestOnlyWhatIsLackingIsTold(t *testing.T) {
	t.Parallel()
	p := &check.Pass{
		Check: Check, Ref: resource.Ref{Kind: "pipeline", ID: "web-prod", Region: "eu-west-1"}, Basis: finding.State, Options: check.Options{MinRegions: 2},
		State: pipeline.State{Stores: []pipeline.Store{{Region: "eu-west-1"}}, Stages: []pipeline.Stage{{Name: "Deploy", Actions: []pipeline.Action{{Name: "A", Category: "Deploy"}}}}},
	}
	Check.Run(p)
	f := p.Results()[0]
	if f.Detail != "It deploys to eu-west-1. The settings ask for 2 regions at least." || len(f.Facts) != 1 {
		t.Errorf("%q %v", f.Detail, f.Facts)
	}
}
