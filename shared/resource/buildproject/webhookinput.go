package buildproject

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// WebhookInput is the webhook of a project as UpdateWebhook takes it, whole: what an update does with members that are left out is not
// documented (AWS CodeBuild API Reference, "UpdateWebhook"). Of a project without a webhook it is the zero input. The webhook's secret and
// its addresses are no part of it. awserr.IsNotFound when there is no project.
func WebhookInput(ctx context.Context, cfg aws.Config, ref resource.Ref) (codebuild.UpdateWebhookInput, error) {
	p, err := Project(ctx, cfg, ref)
	if err != nil || p.Webhook == nil {
		return codebuild.UpdateWebhookInput{}, err
	}
	in := codebuild.UpdateWebhookInput{ProjectName: &ref.ID, BuildType: p.Webhook.BuildType, PullRequestBuildPolicy: p.Webhook.PullRequestBuildPolicy}
	for _, filters := range p.Webhook.FilterGroups {
		group := make([]types.WebhookFilter, 0, len(filters))
		for _, f := range filters {
			f.ExcludeMatchedPattern = new(aws.ToBool(f.ExcludeMatchedPattern))
			group = append(group, f)
		}
		in.FilterGroups = append(in.FilterGroups, group)
	}
	if len(in.FilterGroups) == 0 {
		in.BranchFilter = p.Webhook.BranchFilter // the older form, which filter groups take the place of
	}
	return in, nil
}

// WebhookSent is such an input as webhooks are judged; nil for the zero input.
func WebhookSent(in codebuild.UpdateWebhookInput) *Webhook {
	if in.ProjectName == nil {
		return nil
	}
	return webhookOf(&types.Webhook{FilterGroups: in.FilterGroups, BuildType: in.BuildType, PullRequestBuildPolicy: in.PullRequestBuildPolicy})
}
