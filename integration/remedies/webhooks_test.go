package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

func webhookScenes() []scene {
	read, maintain := types.PullRequestBuildApproverRoleGithubRead, types.PullRequestBuildApproverRoleGithubMaintain
	return []scene{
		openToForks(types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApprovalDisabled}),
		// Here it is who may give the approval that makes it worthless.
		openToForks(types.PullRequestBuildPolicy{
			RequiresCommentApproval: types.PullRequestBuildCommentApprovalForkPullRequests, ApproverRoles: []types.PullRequestBuildApproverRole{read, maintain},
		}),
		looseFilters(),
	}
}

func openToForks(policy types.PullRequestBuildPolicy) scene {
	return scene{
		remedy: "build-require-approval", check: "build-fork-approval-off", about: aProject, state: (*world).projectState, only: []string{"PullRequestBuildPolicy"},
		make: func(w *world) error {
			return w.hooked(&codebuild.CreateWebhookInput{
				BuildType: types.WebhookBuildTypeBuild, PullRequestBuildPolicy: &policy,
				FilterGroups: [][]types.WebhookFilter{
					{filter(types.WebhookFilterTypeEvent, "PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED"), except(types.WebhookFilterTypeFilePath, "^docs/")},
					{filter(types.WebhookFilterTypeEvent, "PUSH"), filter(types.WebhookFilterTypeHeadRef, "^refs/heads/main$")},
				},
			})
		},
		move: func(w *world) error {
			return w.rehook(&codebuild.UpdateWebhookInput{PullRequestBuildPolicy: &types.PullRequestBuildPolicy{
				RequiresCommentApproval: types.PullRequestBuildCommentApprovalAllPullRequests,
				ApproverRoles:           []types.PullRequestBuildApproverRole{types.PullRequestBuildApproverRoleGithubRead},
			}})
		},
	}
}

// looseFilters has patterns of each kind that is mended, beside filters that must stay as they are.
func looseFilters() scene {
	return scene{
		remedy: "build-webhook-anchor", check: "build-webhook-unanchored", about: aProject, state: (*world).projectState, only: []string{".Pattern"},
		make: func(w *world) error {
			return w.hooked(&codebuild.CreateWebhookInput{
				BuildType:              types.WebhookBuildTypeBuildBatch,
				PullRequestBuildPolicy: &types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApprovalAllPullRequests},
				FilterGroups: [][]types.WebhookFilter{
					{filter(types.WebhookFilterTypeEvent, "PUSH"), filter(types.WebhookFilterTypeHeadRef, "^refs/heads/main"), except(types.WebhookFilterTypeCommitMessage, "skip")},
					{filter(types.WebhookFilterTypeEvent, "PULL_REQUEST_CREATED"), filter(types.WebhookFilterTypeActorAccountId, "1234567|7654321"), filter(types.WebhookFilterTypeBaseRef, "refs/heads/main")},
					{filter(types.WebhookFilterTypeEvent, "RELEASED"), except(types.WebhookFilterTypeHeadRef, "refs/tags/old")},
				},
			})
		},
		move: func(w *world) error {
			return w.rehook(&codebuild.UpdateWebhookInput{FilterGroups: [][]types.WebhookFilter{{filter(types.WebhookFilterTypeEvent, "PUSH")}}})
		},
	}
}

func filter(kind types.WebhookFilterType, pattern string) types.WebhookFilter {
	return types.WebhookFilter{Type: kind, Pattern: &pattern}
}

func except(kind types.WebhookFilterType, pattern string) types.WebhookFilter {
	f := filter(kind, pattern)
	f.ExcludeMatchedPattern = aws.Bool(true)
	return f
}

// hooked makes a project with a webhook.
func (w *world) hooked(in *codebuild.CreateWebhookInput) error {
	if err := w.project(nil); err != nil {
		return err
	}
	in.ProjectName = aws.String(project)
	_, err := w.builds().CreateWebhook(w, in)
	return err
}

func (w *world) rehook(in *codebuild.UpdateWebhookInput) error {
	in.ProjectName = aws.String(project)
	_, err := w.builds().UpdateWebhook(w, in)
	return err
}
