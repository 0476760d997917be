package buildrequireapproval

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var strangers = remedy.Case{Finding: remedytest.Finding("build-fork-approval-off", "buildproject", "payments-api")}

const (
	off   = types.PullRequestBuildCommentApprovalDisabled
	all   = types.PullRequestBuildCommentApprovalAllPullRequests
	forks = types.PullRequestBuildCommentApprovalForkPullRequests

	reads     = types.PullRequestBuildApproverRoleGithubRead
	writes    = types.PullRequestBuildApproverRoleGithubWrite
	maintains = types.PullRequestBuildApproverRoleGithubMaintain
)

func consent(approval types.PullRequestBuildCommentApproval, roles ...types.PullRequestBuildApproverRole) *types.PullRequestBuildPolicy {
	return &types.PullRequestBuildPolicy{RequiresCommentApproval: approval, ApproverRoles: roles}
}

func group(events string, actors ...string) []types.WebhookFilter {
	filters := []types.WebhookFilter{{Type: types.WebhookFilterTypeEvent, Pattern: &events, ExcludeMatchedPattern: new(false)}}
	for _, pattern := range actors {
		filters = append(filters, types.WebhookFilter{Type: types.WebhookFilterTypeActorAccountId, Pattern: &pattern, ExcludeMatchedPattern: new(false)})
	}
	return filters
}

// hooked is a webhook with a type of builds and a secret besides.
func hooked(policy *types.PullRequestBuildPolicy, groups ...[]types.WebhookFilter) *types.Webhook {
	return &types.Webhook{
		FilterGroups: groups, BuildType: types.WebhookBuildTypeBuild, Url: new("https://example.com/hook"), Secret: new("sekret-hook"), PullRequestBuildPolicy: policy,
	}
}

func world(t *testing.T, hook *types.Webhook) remedytest.World {
	p := &types.Project{Name: new("payments-api"), Webhook: hook, Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts}}
	return remedytest.Project(t, p, func(p *types.Project) {
		moved := *p.Webhook
		moved.PullRequestBuildPolicy = consent(forks, types.PullRequestBuildApproverRoleGithubTriage)
		p.Webhook = &moved
	})
}

// filled is a world in which CodeBuild names the roles that may write where a request names none.
func filled(t *testing.T, hook *types.Webhook) remedytest.World {
	w := world(t, hook)
	w.Fake.On("codebuild.BatchGetProjects", func(any) (any, error) {
		p := w.State().(types.Project)
		if shown := *p.Webhook; shown.PullRequestBuildPolicy.RequiresCommentApproval != off && len(shown.PullRequestBuildPolicy.ApproverRoles) == 0 {
			shown.PullRequestBuildPolicy = consent(shown.PullRequestBuildPolicy.RequiresCommentApproval, writes, maintains)
			p.Webhook = &shown
		}
		return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{p}}, nil
	})
	return w
}

const taken = "PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"

func Test(t *testing.T) {
	t.Parallel()
	older := func() *types.Webhook {
		hook := hooked(consent(off))
		hook.BranchFilter = new("^main$")
		return hook
	}
	for name, one := range map[string]struct {
		hook  func() *types.Webhook
		world func(*testing.T, *types.Webhook) remedytest.World
	}{
		"switched off":              {func() *types.Webhook { return hooked(consent(off), group(taken)) }, world},
		"readers may release":       {func() *types.Webhook { return hooked(consent(forks, writes, reads), group(taken)) }, world},
		"without filter groups":     {func() *types.Webhook { return hooked(consent(off)) }, world},
		"the older branch filter":   {older, world},
		"one group names accounts":  {func() *types.Webhook { return hooked(consent(off), group(taken, "^1$"), group(taken)) }, world},
		"CodeBuild fills in roles":  {func() *types.Webhook { return hooked(consent(off), group(taken)) }, filled},
		"readers alone may release": {func() *types.Webhook { return hooked(consent(all, reads), group(taken)) }, world},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: strangers, Calls: []string{"codebuild:UpdateWebhook"},
				World: func(t *testing.T) remedytest.World { return one.world(t, one.hook()) },
			})
		})
	}
}

// The filter groups are sent along as they are: what an update does without them is not documented.
func TestPlan(t *testing.T) {
	t.Parallel()
	const groups = `"buildType":"BUILD","filterGroups":[[{"excludeMatchedPattern":false,"pattern":"` + taken + `","type":"EVENT"}]],"projectName":"payments-api",` +
		`"pullRequestBuildPolicy":`
	for name, one := range map[string]struct {
		policy        *types.PullRequestBuildPolicy
		before, after string
		changes       string
	}{
		"switched off": {
			consent(off), `{"requiresCommentApproval":"DISABLED"}`, `{"requiresCommentApproval":"ALL_PULL_REQUESTS"}`,
			"requiresCommentApproval: DISABLED -> ALL_PULL_REQUESTS",
		},
		"readers may release": {
			consent(forks, writes, reads), `{"approverRoles":["GITHUB_WRITE","GITHUB_READ"],"requiresCommentApproval":"FORK_PULL_REQUESTS"}`,
			`{"approverRoles":["GITHUB_WRITE"],"requiresCommentApproval":"FORK_PULL_REQUESTS"}`,
			"approverRoles.0: GITHUB_READ -> GITHUB_WRITE;approverRoles.1: GITHUB_WRITE -> nothing",
		},
		"readers of GitLab alone": {
			consent(all, types.PullRequestBuildApproverRoleGitlabGuest), `{"approverRoles":["GITLAB_GUEST"],"requiresCommentApproval":"ALL_PULL_REQUESTS"}`,
			`{"approverRoles":["GITLAB_DEVELOPER"],"requiresCommentApproval":"ALL_PULL_REQUESTS"}`, "approverRoles.0: GITLAB_GUEST -> GITLAB_DEVELOPER",
		},
	} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, hooked(one.policy, group(taken))), strangers)
		for got, want := range map[string]string{
			string(p.Before): "{" + groups + one.before + "}", string(p.After): "{" + groups + one.after + "}", strings.Join(p.Changes, ";"): one.changes,
			p.Manual: "aws codebuild update-webhook --region eu-west-1 --cli-input-json '{" + groups + one.after + "}'",
		} {
			if got != want {
				t.Errorf("%s:\n got  %s\n want %s", name, got, want)
			}
		}
		if got := string(p.Calls[0].Input); got != "{"+groups+one.after+"}" {
			t.Errorf("%s: sends %s", name, got)
		}
	}
}

// What somebody changed beside the policy since is nobody's loss: it is sent as it is then.
func TestWhatStandsBeside(t *testing.T) {
	t.Parallel()
	hook := hooked(consent(off), group(taken))
	w := world(t, hook)
	p := remedytest.Plan(t.Context(), t, Remedy, w, strangers)
	hook.FilterGroups = [][]types.WebhookFilter{group("PULL_REQUEST_CREATED")}
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	want := hooked(consent(all), group("PULL_REQUEST_CREATED"))
	if diff := cmp.Diff(*want, *w.State().(types.Project).Webhook, cmp.AllowUnexported(types.Webhook{}, types.WebhookFilter{}, types.PullRequestBuildPolicy{})); diff != "" {
		t.Error(diff)
	}
	for _, in := range awstest.Inputs[*codebuild.UpdateWebhookInput](w.Fake, "codebuild.UpdateWebhook") {
		if in.RotateSecret {
			t.Error("the secret is rotated")
		}
	}
}

// Roles that were put in since, and may not write, are somebody else's change; those that CodeBuild fills in are not.
func TestRolesSince(t *testing.T) {
	t.Parallel()
	for role, moved := range map[types.PullRequestBuildApproverRole]bool{reads: true, writes: false} {
		hook := hooked(consent(off), group(taken))
		w := world(t, hook)
		p := remedytest.Plan(t.Context(), t, Remedy, w, strangers)
		hook.PullRequestBuildPolicy = consent(all, role)
		_, is := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), w.Fake.Config(), p))
		if differs, err := Remedy.Stand(t.Context(), w.Fake.Config(), p); is != moved || err != nil || (len(differs) > 0) != moved {
			t.Errorf("%s: moved %v, differs %v, %v", role, is, differs, err)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]*types.Webhook{
		"no webhook": nil, "waits": hooked(consent(all), group(taken)), "forks wait": hooked(consent(forks, writes), group(taken)),
		"no pull requests": hooked(consent(off), group("PUSH")), "named accounts": hooked(consent(off), group(taken, "^1$"), group("PUSH")),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, hook), strangers); !p.Done() || p.Undoable || p.Summary == "" {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	if why := remedytest.Refuses(t, Remedy, world(t, hooked(nil, group(taken))), strangers); !strings.Contains(why, "the webhook shows no pullRequestBuildPolicy") {
		t.Error(why)
	}
	if why := remedytest.Refuses(t, Remedy, world(t, hooked(consent("SOME_DAY"), group(taken))), strangers); !strings.Contains(why, "SOME_DAY") {
		t.Error(why)
	}
}

// A webhook that was removed since is not made again.
func TestRemoved(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, hooked(consent(off), group(taken))), strangers)
	err := Remedy.Apply(t.Context(), world(t, nil).Fake.Config(), p)
	if moved, ok := errors.AsType[*remedy.MovedError](err); !ok || moved.Differs[0] != "the project has no webhook any more" {
		t.Error(err)
	}
	if err := Remedy.Undo(t.Context(), world(t, nil).Fake.Config(), p, true); !awserr.IsNotFound(err) {
		t.Errorf("by force: %v", err)
	}
}
