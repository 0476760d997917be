package buildwebhookanchor

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

var loosened = remedy.Case{Finding: remedytest.Finding("build-webhook-unanchored", "buildproject", "payments-api")}

func filter(kind types.WebhookFilterType, pattern string) types.WebhookFilter {
	return types.WebhookFilter{Type: kind, Pattern: &pattern, ExcludeMatchedPattern: new(false)}
}

func kept(kind types.WebhookFilterType, pattern string) types.WebhookFilter {
	f := filter(kind, pattern)
	f.ExcludeMatchedPattern = new(true)
	return f
}

const (
	actor = types.WebhookFilterTypeActorAccountId
	head  = types.WebhookFilterTypeHeadRef
	base  = types.WebhookFilterTypeBaseRef
)

// group is a filter group, which always says of which events it is.
func group(filters ...types.WebhookFilter) []types.WebhookFilter {
	return append([]types.WebhookFilter{filter(types.WebhookFilterTypeEvent, "PUSH, PULL_REQUEST_CREATED")}, filters...)
}

// hooked is a webhook with a policy, a type of builds and a secret besides its filters.
func hooked(groups ...[]types.WebhookFilter) *types.Webhook {
	return &types.Webhook{
		FilterGroups: groups, BuildType: types.WebhookBuildTypeBuildBatch, Url: new("https://example.com/hook"), Secret: new("sekret-hook"),
		PullRequestBuildPolicy: &types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApprovalForkPullRequests},
	}
}

func world(t *testing.T, hook *types.Webhook) remedytest.World {
	p := &types.Project{Name: new("payments-api"), Webhook: hook, Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts}}
	return remedytest.Project(t, p, func(p *types.Project) {
		moved := *p.Webhook
		moved.FilterGroups = [][]types.WebhookFilter{group(filter(actor, "^99$"))}
		p.Webhook = &moved
	})
}

func Test(t *testing.T) {
	t.Parallel()
	for name, groups := range map[string]func() [][]types.WebhookFilter{
		"an account": func() [][]types.WebhookFilter { return [][]types.WebhookFilter{group(filter(actor, "1234567"))} },
		"several groups": func() [][]types.WebhookFilter {
			return [][]types.WebhookFilter{
				group(filter(actor, "^1|2$"), kept(head, "refs/heads/x")), group(filter(actor, "^3$"), filter(base, "^refs/heads/main")), group(),
			}
		},
		"beside one that cannot be judged": func() [][]types.WebhookFilter {
			return [][]types.WebhookFilter{group(filter(head, "^refs/heads/(?!main).*$"), filter(actor, "1"))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: loosened, Calls: []string{"codebuild:UpdateWebhook"},
				World: func(t *testing.T) remedytest.World { return world(t, hooked(groups()...)) },
			})
		})
	}
}

// All groups are sent, in their order, and the members beside them as they are: what an update does without them is not documented.
func TestPlan(t *testing.T) {
	t.Parallel()
	w := world(t, hooked(group(filter(actor, "it's|7"), kept(head, "refs/heads/x")), group(filter(actor, "^3$"), filter(base, "refs/heads/(main|dev)$"))))
	p := remedytest.Plan(t.Context(), t, Remedy, w, loosened)
	const after = `{"buildType":"BUILD_BATCH","filterGroups":[[` +
		`{"excludeMatchedPattern":false,"pattern":"PUSH, PULL_REQUEST_CREATED","type":"EVENT"},` +
		`{"excludeMatchedPattern":false,"pattern":"^(?:it's|7)$","type":"ACTOR_ACCOUNT_ID"},` +
		`{"excludeMatchedPattern":true,"pattern":"refs/heads/x","type":"HEAD_REF"}],[` +
		`{"excludeMatchedPattern":false,"pattern":"PUSH, PULL_REQUEST_CREATED","type":"EVENT"},` +
		`{"excludeMatchedPattern":false,"pattern":"^3$","type":"ACTOR_ACCOUNT_ID"},` +
		`{"excludeMatchedPattern":false,"pattern":"^(?:refs/heads/(main|dev)$)$","type":"BASE_REF"}]],` +
		`"projectName":"payments-api","pullRequestBuildPolicy":{"requiresCommentApproval":"FORK_PULL_REQUESTS"}}`
	before := strings.NewReplacer("^(?:it's|7)$", "it's|7", "^(?:refs/heads/(main|dev)$)$", "refs/heads/(main|dev)$").Replace(after)
	for got, want := range map[string]string{
		string(p.Before): before, string(p.After): after, string(p.Calls[0].Input): after,
		strings.Join(p.Changes, ";"): "filterGroups.0.1.pattern: it's|7 -> ^(?:it's|7)$;filterGroups.1.2.pattern: refs/heads/(main|dev)$ -> ^(?:refs/heads/(main|dev)$)$",
		p.Manual:                     "aws codebuild update-webhook --region eu-west-1 --cli-input-json '" + strings.ReplaceAll(after, "'", `'\''`) + "'",
		p.Summary:                    "Anchor 2 patterns in the webhook of payments-api.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What somebody changed beside the filters since is nobody's loss: it is sent as it is then. The secret stays what it is.
func TestWhatStandsBeside(t *testing.T) {
	t.Parallel()
	hook := hooked(group(filter(actor, "1")))
	w := world(t, hook)
	p := remedytest.Plan(t.Context(), t, Remedy, w, loosened)
	hook.PullRequestBuildPolicy = &types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApprovalAllPullRequests}
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	want := hooked(group(filter(actor, "^1$")))
	want.PullRequestBuildPolicy.RequiresCommentApproval = types.PullRequestBuildCommentApprovalAllPullRequests
	if diff := cmp.Diff(*want, *w.State().(types.Project).Webhook, cmp.AllowUnexported(types.Webhook{}, types.WebhookFilter{}, types.PullRequestBuildPolicy{})); diff != "" {
		t.Error(diff)
	}
	for _, in := range awstest.Inputs[*codebuild.UpdateWebhookInput](w.Fake, "codebuild.UpdateWebhook") {
		if in.RotateSecret || in.BranchFilter != nil {
			t.Errorf("sent %+v", in)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	branches := hooked()
	branches.BranchFilter = new("main")
	for name, hook := range map[string]*types.Webhook{
		"no webhook": nil, "no filters": hooked(), "the older filter of branches": branches, "anchored": hooked(group(filter(actor, "^1$"))),
		"kept out": hooked(group(kept(head, "main"))), "another type": hooked(group(filter(types.WebhookFilterTypeFilePath, "src"))),
		"cannot be judged": hooked(group(filter(actor, "(?!1)"))),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, hook), loosened); !p.Done() || p.Undoable || p.Summary == "" {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

// Anchors do not help where there is a wildcard, or where nothing would fit any more: then nothing at all is sent.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, f := range []types.WebhookFilter{filter(actor, ".*"), filter(actor, `^\d{7}$`), filter(head, "main"), filter(base, "main$|refs/heads/dev"), filter(head, ".*")} {
		w := world(t, hooked(group(filter(actor, "1")), group(f)))
		if why := remedytest.Refuses(t, Remedy, w, loosened); !strings.HasPrefix(why, "The pattern "+*f.Pattern+" for "+string(f.Type)) {
			t.Error(why)
		}
	}
}

// A webhook that was removed since is not made again.
func TestRemoved(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, hooked(group(filter(actor, "1")))), loosened)
	err := Remedy.Apply(t.Context(), world(t, nil).Fake.Config(), p)
	if moved, ok := errors.AsType[*remedy.MovedError](err); !ok || moved.Differs[0] != "the project has no webhook any more" {
		t.Error(err)
	}
	if err := Remedy.Undo(t.Context(), world(t, nil).Fake.Config(), p, true); !awserr.IsNotFound(err) {
		t.Errorf("by force: %v", err)
	}
}
