package buildevidenceremoved

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codebuild/BatchDeleteBuilds.json", nil, "aws codebuild list-builds-for-project --project-name payments-api --region eu-west-1"},
		{"codebuild/DeleteReport.json", nil, ""},
		{"codebuild/DeleteBuildBatch.json", map[string]any{"requestParameters.id": "a;id:1", "responseElements": nil}, ""},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change); got.Outcome != finding.Fail || got.ByHand != one.want {
			t.Errorf("%s: %s\n got  %s\n want %s", one.sample, got.Outcome, got.ByHand, one.want)
		}
	}
}

func TestEveryCallIsWorded(t *testing.T) {
	t.Parallel()
	for _, name := range Check.On[0].Detail["eventName"] {
		if lost[name] == "" {
			t.Errorf("no words for %s", name)
		}
	}
}
