package buildwebhookunanchored

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand holds the command to all filter groups, with the patterns mended and the rest as it is.
func TestByHand(t *testing.T) {
	t.Parallel()
	push := buildproject.Filter{Type: buildproject.FilterEvent, Pattern: "PUSH"}
	v := judge([]buildproject.Group{
		{push, {Type: buildproject.FilterActor, Pattern: "^1|2$"}, {Type: buildproject.FilterHead, Pattern: "refs/heads/x", Exclude: true}},
		{{Type: buildproject.FilterActor, Pattern: ".*"}, {Type: buildproject.FilterHead, Pattern: "^refs/heads/main"}, {Type: buildproject.FilterBase, Pattern: ".*"}},
		{push, {Type: buildproject.FilterActor, Pattern: "^1$"}},
	})
	got := buildproject.Filters(resource.Ref{ID: "p", Region: "eu-west-1"}, v.fixed)
	want := `aws codebuild update-webhook --region eu-west-1 --project-name p --filter-groups '[[{"type":"EVENT","pattern":"PUSH"},` +
		`{"type":"ACTOR_ACCOUNT_ID","pattern":"^(?:^1|2$)$"},{"type":"HEAD_REF","pattern":"refs/heads/x","excludeMatchedPattern":true}],` +
		`[{"type":"ACTOR_ACCOUNT_ID","pattern":"^(ACCOUNT_ID|ACCOUNT_ID)$"},{"type":"HEAD_REF","pattern":"^refs/heads/main$"},{"type":"BASE_REF","pattern":"^refs/heads/BRANCH$"}],` +
		`[{"type":"EVENT","pattern":"PUSH"},{"type":"ACTOR_ACCOUNT_ID","pattern":"^1$"}]]'`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
