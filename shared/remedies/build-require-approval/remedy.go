// Package buildrequireapproval has builds of strangers' pull requests wait for the comment of somebody who may write to the repository.
package buildrequireapproval

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sets the pull-request policy of a webhook.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-require-approval", Risk: remedy.Disruptive,
	On:     []resource.Source{buildproject.Kind},
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateWebhook", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
}, remedy.Change[hook]{What: "approval of pull requests of", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// hook is a webhook as an update takes it. Its policy is what is touched; the rest is sent along as it is found then.
type hook = remedy.API[codebuild.UpdateWebhookInput]

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *hook) (hook, error) {
	in, err := buildproject.WebhookInput(ctx, cfg, ref)
	return hook{Value: in}, err
}

// policy is what is compared, and told; of a webhook that shows none, the zero policy. The order of roles means nothing.
func policy(h hook) types.PullRequestBuildPolicy {
	var p types.PullRequestBuildPolicy
	if h.Value.PullRequestBuildPolicy != nil {
		p = *h.Value.PullRequestBuildPolicy
		p.ApproverRoles = slices.Sorted(slices.Values(p.ApproverRoles))
	}
	return p
}

// same takes the roles that CodeBuild fills in, where none are sent, for none: they may write, as nobody else may then.
func same(found, want hook) bool {
	is, as := policy(found), policy(want)
	if (found.Value.ProjectName == nil) != (want.Value.ProjectName == nil) || is.RequiresCommentApproval != as.RequiresCommentApproval {
		return false
	}
	roles := buildproject.WebhookSent(found.Value)
	return slices.Equal(is.ApproverRoles, as.ApproverRoles) || len(as.ApproverRoles) == 0 && len(roles.Readers()) == 0
}

func words(from, to hook) []string {
	if from.Value.ProjectName != nil && to.Value.ProjectName == nil {
		return []string{"the project has no webhook any more"}
	}
	was, err := resource.APIJSON(policy(from))
	if err != nil {
		return []string{err.Error()}
	}
	is, err := resource.APIJSON(policy(to))
	if err != nil {
		return []string{err.Error()}
	}
	return remedy.Differences(was, is)
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found hook) (remedy.Aim[hook], error) {
	done, err := waits(ref, found)
	if err != nil || done != "" {
		return remedy.Aim[hook]{To: found, Summary: done}, err
	}
	approval, roles := buildproject.WebhookSent(found.Value).Consenting()
	wanted := types.PullRequestBuildPolicy{RequiresCommentApproval: types.PullRequestBuildCommentApproval(approval)}
	for _, role := range roles {
		wanted.ApproverRoles = append(wanted.ApproverRoles, types.PullRequestBuildApproverRole(role))
	}
	to := found
	to.Value.PullRequestBuildPolicy = &wanted
	return remedy.Aim[hook]{
		To:      to,
		Summary: "Have pull requests of strangers wait for a comment before they build " + ref.ID + ".",
		Breaks:  "Builds of outside contributors wait until somebody who may write to the repository releases them with a comment.",
	}, nil
}

// waits says why there is nothing to do; "" when there is. It goes by what the check goes by.
func waits(ref resource.Ref, found hook) (why string, err error) {
	w := buildproject.WebhookSent(found.Value)
	if w == nil {
		return "The project " + ref.ID + " has no webhook.", nil
	}
	groups, _ := w.Groups.Get()
	open, _ := w.PullRequests()
	held, unsure := w.Waits()
	switch {
	case !open:
		return "The webhook of " + ref.ID + " takes no pull requests.", nil
	case buildproject.Named(groups):
		return "Only pull requests of named accounts build " + ref.ID + ".", nil
	case unsure != nil:
		return "", &remedy.RefusedError{Why: "Whether pull requests of " + ref.ID + " wait for a comment is not known: " + unsure.Error() + "."}
	case held:
		return "Pull requests of strangers wait for a comment before they build " + ref.ID + ".", nil
	}
	return "", nil
}

// requests take all but the policy from what is there.
func requests(ref resource.Ref, from, to hook) ([]remedy.Request, error) {
	in := from.Value
	in.ProjectName, in.PullRequestBuildPolicy = &ref.ID, to.Value.PullRequestBuildPolicy
	return []remedy.Request{remedy.Write(&in, codebuild.NewFromConfig, (*codebuild.Client).UpdateWebhook)}, nil
}
