package emulator

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

// TestProjectShown holds what CodeBuild shows of what was sent empty, or not at all.
func TestProjectShown(t *testing.T) {
	t.Parallel()
	c := codebuild.NewFromConfig(ForTest(t).Config(account, region))
	in := newProject("api")
	in.Description, in.ConcurrentBuildLimit, in.AutoRetryLimit, in.VpcConfig = s("x"), aws.Int32(5), aws.Int32(2), &types.VpcConfig{VpcId: s("vpc-1")}
	in.LogsConfig = &types.LogsConfig{S3Logs: &types.S3LogsConfig{Status: types.LogsConfigStatusTypeEnabled}}
	created, err := c.CreateProject(t.Context(), in)
	p := ok(t, created, err).Project
	equal(t, "switches", *p.Artifacts.EncryptionDisabled || *p.LogsConfig.S3Logs.EncryptionDisabled, false)
	equal(t, "a switch that was sent", *p.SecondaryArtifacts[0].EncryptionDisabled, true)
	equal(t, "the other half", p.LogsConfig.CloudWatchLogs.Status, types.LogsConfigStatusTypeEnabled)
	equal(t, "limits", *p.ConcurrentBuildLimit+*p.AutoRetryLimit, 7)
	updated, err := c.UpdateProject(t.Context(), &codebuild.UpdateProjectInput{
		Name: s("api"), Description: s(""), ConcurrentBuildLimit: aws.Int32(-1), AutoRetryLimit: aws.Int32(0), VpcConfig: &types.VpcConfig{}, SecondaryArtifacts: []types.ProjectArtifacts{},
	})
	p = ok(t, updated, err).Project
	equal(t, "taken away", p.Description == nil && p.ConcurrentBuildLimit == nil && p.AutoRetryLimit == nil && p.VpcConfig == nil && p.SecondaryArtifacts == nil, true)
}

func TestWebhookShown(t *testing.T) {
	t.Parallel()
	c := codebuild.NewFromConfig(ForTest(t).Config(account, region))
	in := newProject("api")
	in.Source = &types.ProjectSource{Type: types.SourceTypeGithub, Location: s("https://github.com/example-corp/api.git")}
	created, err := c.CreateProject(t.Context(), in)
	ok(t, created, err)
	made, err := c.CreateWebhook(t.Context(), &codebuild.CreateWebhookInput{ProjectName: s("api"), FilterGroups: [][]types.WebhookFilter{{{Type: types.WebhookFilterTypeEvent, Pattern: s("PUSH")}}}})
	first := ok(t, made, err).Webhook
	equal(t, "exclude", *first.FilterGroups[0][0].ExcludeMatchedPattern, false)
	policy := func(asked types.PullRequestBuildCommentApproval, roles ...types.PullRequestBuildApproverRole) (*types.Webhook, error) {
		out, err := c.UpdateWebhook(t.Context(), &codebuild.UpdateWebhookInput{ProjectName: s("api"), PullRequestBuildPolicy: &types.PullRequestBuildPolicy{RequiresCommentApproval: asked, ApproverRoles: roles}})
		if err != nil {
			return nil, err
		}
		return out.Webhook, nil
	}
	for _, one := range []struct {
		asked types.PullRequestBuildCommentApproval
		roles []types.PullRequestBuildApproverRole
		want  string
	}{
		{types.PullRequestBuildCommentApprovalAllPullRequests, nil, "[GITHUB_WRITE GITHUB_MAINTAIN GITHUB_ADMIN]"},
		{types.PullRequestBuildCommentApprovalForkPullRequests, []types.PullRequestBuildApproverRole{types.PullRequestBuildApproverRoleGithubRead}, "[GITHUB_READ]"},
		{types.PullRequestBuildCommentApprovalDisabled, []types.PullRequestBuildApproverRole{types.PullRequestBuildApproverRoleGithubRead}, "[]"},
	} {
		hook, err := policy(one.asked, one.roles...)
		got := ok(t, hook, err)
		equal(t, string(one.asked), fmt.Sprint(got.PullRequestBuildPolicy.ApproverRoles), one.want)
		equal(t, "the secret", got.LastModifiedSecret.Equal(*first.LastModifiedSecret), true)
		equal(t, "filters", *got.FilterGroups[0][0].Pattern, "PUSH")
	}
	_, err = policy("SOMETIMES")
	refused(t, err, "InvalidInputException")
}

func TestReportGroupShown(t *testing.T) {
	t.Parallel()
	c := codebuild.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateReportGroup(t.Context(), &codebuild.CreateReportGroupInput{Name: s("unit"), Type: types.ReportTypeTest, ExportConfig: &types.ReportExportConfig{
		ExportConfigType: types.ReportExportConfigTypeS3, S3Destination: &types.S3ReportExportConfig{Bucket: s("reports")},
	}})
	equal(t, "switch", *ok(t, made, err).ReportGroup.ExportConfig.S3Destination.EncryptionDisabled, false)
}
