package buildforkapprovaloff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestRemedy holds what a failure says of putting it right, in the project and in the template of a stack.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		approval string
		roles    []string
		policy   map[string]any
	}{
		{"DISABLED", nil, map[string]any{"RequiresCommentApproval": "ALL_PULL_REQUESTS"}},
		{"FORK_PULL_REQUESTS", []string{"GITHUB_READ", "GITHUB_ADMIN"}, map[string]any{"RequiresCommentApproval": "FORK_PULL_REQUESTS", "ApproverRoles": []string{"GITHUB_ADMIN"}}},
	} {
		hook := &buildproject.Webhook{Groups: resource.Known([]buildproject.Group{}), Approval: resource.Known(one.approval), ApproverRoles: one.roles}
		f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{Webhook: resource.Known(hook)})
		want := []finding.Property{{Type: "AWS::CodeBuild::Project", Path: "Triggers/PullRequestBuildPolicy", Value: one.policy}}
		if diff := cmp.Diff(want, f.Template); diff != "" || f.Remedy != "build-require-approval" || !strings.HasSuffix(f.Would, "Can be undone.") {
			t.Errorf("%s: remedy %q, would %q, template %s", one.approval, f.Remedy, f.Would, diff)
		}
	}
}
