package buildchangewithoutmfa

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/delivery/deliverytest"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

func TestWords(t *testing.T) {
	t.Parallel()
	deliverytest.Words(t, words, delivery.Builds, "UpdateProject")
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const look = "aws codebuild batch-get-projects --names payments-api --region eu-west-1"
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codebuild/UpdateProject-user-key.json", nil, look},
		{"codebuild/UpdateProject-user-key.json", map[string]any{"requestParameters.name": "a; id", "responseElements": nil}, ""},
		{"codebuild/CreateReportGroup.json", map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "accessKeyId": "AKIADEPLOYBOTEXAMPLE"}}, ""},
		{"codebuild/DeleteProject-user-key.json", nil, ""},
	} {
		if got := checktest.Act(t, Check, one.sample, one.change).ByHand; got != one.want {
			t.Errorf("%s:\n got  %s\n want %s", one.sample, got, one.want)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	want := []finding.Fact{{Label: "Call", Value: "UpdateProject (codebuild)"}, {Label: "Key", Value: "access key AKIA…MPLE"}}
	if diff := cmp.Diff(want, checktest.Act(t, Check, "codebuild/UpdateProject-user-key.json", nil).Facts); diff != "" {
		t.Error(diff)
	}
}

// TestSeverity holds what the list of checks says; a report may say another.
func TestSeverity(t *testing.T) {
	t.Parallel()
	if Check.Severity != finding.High {
		t.Errorf("%s", Check.Severity)
	}
}
