package buildproject

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

var hooked = resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}

func inputOf(t *testing.T, hook *types.Webhook) codebuild.UpdateWebhookInput {
	t.Helper()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{{Name: aws.String("payments-api"), Webhook: hook}}})
	in, err := WebhookInput(t.Context(), fake.Config(), hooked)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestWebhookInput holds what an update sends along, and that it sends one form of filters alone.
func TestWebhookInput(t *testing.T) {
	t.Parallel()
	groups := [][]types.WebhookFilter{{{Type: types.WebhookFilterTypeEvent, Pattern: new("PUSH")}, {Type: types.WebhookFilterTypeHeadRef, Pattern: new("x"), ExcludeMatchedPattern: new(true)}}}
	policy := &types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApprovalDisabled}
	for name, one := range map[string]struct {
		hook *types.Webhook
		want string
	}{
		"none":  {nil, `{}`},
		"empty": {&types.Webhook{}, `{"projectName":"payments-api"}`},
		"groups": {
			&types.Webhook{FilterGroups: groups, BranchFilter: new("main"), BuildType: types.WebhookBuildTypeBuild, PullRequestBuildPolicy: policy, Secret: new("s"), Url: new("u")},
			`{"buildType":"BUILD","filterGroups":[[{"excludeMatchedPattern":false,"pattern":"PUSH","type":"EVENT"},{"excludeMatchedPattern":true,"pattern":"x","type":"HEAD_REF"}]],` +
				`"projectName":"payments-api","pullRequestBuildPolicy":{"requiresCommentApproval":"DISABLED"}}`,
		},
		"the older form": {&types.Webhook{BranchFilter: new("main")}, `{"branchFilter":"main","projectName":"payments-api"}`},
	} {
		in := inputOf(t, one.hook)
		if got, err := resource.APIJSON(in); err != nil || string(got) != one.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if judged := WebhookSent(in); (judged == nil) != (one.hook == nil) {
			t.Errorf("%s: judged as %+v", name, judged)
		}
	}
	if groups[0][0].ExcludeMatchedPattern != nil {
		t.Error("the answer was changed")
	}
	judged := WebhookSent(inputOf(t, &types.Webhook{FilterGroups: groups, PullRequestBuildPolicy: policy}))
	if all, _ := judged.Groups.Get(); len(all) != 1 || all[0][1] != (Filter{Type: FilterHead, Pattern: "x", Exclude: true}) {
		t.Errorf("judged as %+v", all)
	}
	if waits, err := judged.Waits(); waits || err != nil {
		t.Errorf("waits %v, %v", waits, err)
	}
	gone := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{ProjectsNotFound: []string{"payments-api"}})
	if _, err := WebhookInput(t.Context(), gone.Config(), hooked); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}

// TestMended puts between anchors what that puts right, and nothing that would fit nothing any more.
func TestMended(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ kind, pattern, want string }{
		{FilterActor, "1", "^1$"},
		{FilterActor, "^1|2$", "^(?:^1|2$)$"},
		{FilterActor, ".*", ""},
		{FilterActor, `\d{7}`, ""},
		{FilterActor, "(", ""},
		{FilterHead, "^refs/heads/main", "^refs/heads/main$"},
		{FilterHead, "main", ""},
		{FilterHead, "refs/heads/a|b", ""},
		{FilterHead, ".*", ""},
		{FilterBase, "refs/heads/(a|b)", "^(?:refs/heads/(a|b))$"},
		{FilterBase, "main$", ""},
	} {
		got, sound := Filter{Type: one.kind, Pattern: one.pattern}.Mended()
		if got != one.want || sound != (one.want != "") {
			t.Errorf("%s %s: %q, %v", one.kind, one.pattern, got, sound)
		}
	}
	for f, want := range map[Filter]bool{
		{Type: FilterActor}: true, {Type: FilterBase}: true, {Type: FilterHead, Exclude: true}: false, {Type: FilterFile}: false, {Type: FilterEvent}: false,
	} {
		if f.Admits() != want {
			t.Errorf("%+v admits: %v", f, !want)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	anyone := Group{{Type: FilterEvent, Pattern: "PULL_REQUEST_CREATED"}}
	someone := append(Group{{Type: FilterActor, Pattern: "1"}}, anyone...)
	pushes := Group{{Type: FilterEvent, Pattern: "PUSH"}}
	for name, one := range map[string]struct {
		groups []Group
		want   bool
	}{"none": {nil, false}, "anyone": {[]Group{anyone}, false}, "someone": {[]Group{someone, pushes}, true}, "both": {[]Group{someone, anyone}, false}} {
		if got := Named(one.groups); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
