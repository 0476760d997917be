package emulator

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

func newProject(name string) *codebuild.CreateProjectInput {
	return &codebuild.CreateProjectInput{
		Name: s(name), ServiceRole: s("arn:aws:iam::111122223333:role/build"),
		Source: &types.ProjectSource{Type: types.SourceTypeCodepipeline}, Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeCodepipeline},
		Environment: &types.ProjectEnvironment{
			Type: types.EnvironmentTypeLinuxContainer, Image: s("aws/codebuild/standard:7.0"), ComputeType: types.ComputeTypeBuildGeneral1Small,
			EnvironmentVariables: []types.EnvironmentVariable{{Name: s("STAGE"), Value: s("prod")}, {Name: s("KEPT"), Value: s("1")}},
		},
		SecondaryArtifacts: []types.ProjectArtifacts{{Type: types.ArtifactsTypeS3, ArtifactIdentifier: s("x"), Location: s("artifacts"), EncryptionDisabled: aws.Bool(true)}},
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codebuild.NewFromConfig(a.Config(account, region))
	created, err := c.CreateProject(t.Context(), newProject("api"))
	name := *ok(t, created, err).Project.Arn
	equal(t, "arn", name, "arn:aws:codebuild:eu-west-1:111122223333:project/api")
	_, err = c.CreateProject(t.Context(), newProject("api"))
	refused(t, err, "ResourceAlreadyExistsException")

	get := func() types.Project {
		t.Helper()
		got, err := c.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{name, "gone"}})
		equal(t, "not found", fmt.Sprint(ok(t, got, err).ProjectsNotFound), "[gone]")
		return got.Projects[0]
	}
	p := get()
	equal(t, "visibility", p.ProjectVisibility, types.ProjectVisibilityTypePrivate)
	equal(t, "key", *p.EncryptionKey, "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3")
	equal(t, "secondary artifacts", *p.SecondaryArtifacts[0].EncryptionDisabled, true)
	equal(t, "times", p.Created != nil && p.LastModified != nil, true)

	updated, err := c.UpdateProject(t.Context(), &codebuild.UpdateProjectInput{Name: s("api"), Environment: &types.ProjectEnvironment{
		Type: types.EnvironmentTypeLinuxContainer, Image: s("other"), ComputeType: types.ComputeTypeBuildGeneral1Small,
	}, SecondaryArtifacts: []types.ProjectArtifacts{}})
	ok(t, updated, err)
	p = get()
	equal(t, "replaced whole", len(p.Environment.EnvironmentVariables)+len(p.SecondaryArtifacts), 0)
	equal(t, "kept", p.Source.Type, types.SourceTypeCodepipeline)
	_, err = c.UpdateProject(t.Context(), &codebuild.UpdateProjectInput{Name: s("api"), Artifacts: &types.ProjectArtifacts{Type: types.ArtifactsTypeCodepipeline, EncryptionDisabled: aws.Bool(true)}})
	refused(t, err, "InvalidInputException")
	_, err = c.UpdateProject(t.Context(), &codebuild.UpdateProjectInput{Name: s("gone")})
	refused(t, err, "ResourceNotFoundException")

	open, err := c.UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{ProjectArn: s(name), ProjectVisibility: types.ProjectVisibilityTypePublicRead, ResourceAccessRole: s("arn:aws:iam::111122223333:role/read")})
	equal(t, "visibility", ok(t, open, err).ProjectVisibility, types.ProjectVisibilityTypePublicRead)
	p = get()
	equal(t, "access role", *p.ResourceAccessRole, "arn:aws:iam::111122223333:role/read")

	hook, err := c.CreateWebhook(t.Context(), &codebuild.CreateWebhookInput{ProjectName: s("api"), FilterGroups: [][]types.WebhookFilter{{{Type: types.WebhookFilterTypeEvent, Pattern: s("PUSH")}}}})
	ok(t, hook, err)
	changed, err := c.UpdateWebhook(t.Context(), &codebuild.UpdateWebhookInput{ProjectName: s("api"), FilterGroups: [][]types.WebhookFilter{{{Type: types.WebhookFilterTypeHeadRef, Pattern: s("^main$")}}}})
	ok(t, changed, err)
	equal(t, "filter", *get().Webhook.FilterGroups[0][0].Pattern, "^main$")
	unhooked, err := c.DeleteWebhook(t.Context(), &codebuild.DeleteWebhookInput{ProjectName: s("api")})
	ok(t, unhooked, err)
	equal(t, "webhook gone", get().Webhook == nil, true)

	deleted, err := c.DeleteProject(t.Context(), &codebuild.DeleteProjectInput{Name: s("api")})
	ok(t, deleted, err)
	elsewhere := codebuild.NewFromConfig(a.Config(other, region))
	made, err := elsewhere.CreateProject(t.Context(), newProject("api"))
	contains(t, "arn", *ok(t, made, err).Project.Arn, other)
}

func TestProjectPages(t *testing.T) {
	t.Parallel()
	c := codebuild.NewFromConfig(ForTest(t).Config("", region))
	for i := range 130 {
		created, err := c.CreateProject(t.Context(), newProject(fmt.Sprintf("p%03d", i)))
		ok(t, created, err)
	}
	var all []string
	for p := codebuild.NewListProjectsPaginator(c, &codebuild.ListProjectsInput{}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		all = append(all, ok(t, page, err).Projects...)
	}
	equal(t, "projects", len(all), 130)
	_, err := c.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: all})
	refused(t, err, "InvalidInputException")
}

func TestBuild(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codebuild.NewFromConfig(a.Config(account, region))
	created, err := c.CreateProject(t.Context(), newProject("api"))
	ok(t, created, err)
	_, err = c.StartBuild(t.Context(), &codebuild.StartBuildInput{ProjectName: s("gone")})
	refused(t, err, "ResourceNotFoundException")
	started, err := c.StartBuild(t.Context(), &codebuild.StartBuildInput{
		ProjectName: s("api"), PrivilegedModeOverride: aws.Bool(true), BuildspecOverride: s("version: 0.2"),
		EnvironmentVariablesOverride: []types.EnvironmentVariable{{Name: s("STAGE"), Value: s("dev")}},
	})
	build := ok(t, started, err).Build
	equal(t, "privileged", *build.Environment.PrivilegedMode, true)
	equal(t, "variables", len(build.Environment.EnvironmentVariables), 2)
	equal(t, "buildspec", *build.Source.Buildspec, "version: 0.2")
	equal(t, "log group", *build.Logs.GroupName, "/aws/codebuild/api")
	kept, err := c.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"api"}})
	equal(t, "the project's own", ok(t, kept, err).Projects[0].Environment.PrivilegedMode == nil, true)

	second, err := c.StartBuild(t.Context(), &codebuild.StartBuildInput{ProjectName: s("api")})
	equal(t, "number", *ok(t, second, err).Build.BuildNumber, 2)
	listed, err := c.ListBuildsForProject(t.Context(), &codebuild.ListBuildsForProjectInput{ProjectName: s("api")})
	equal(t, "newest first", ok(t, listed, err).Ids[0], *second.Build.Id)
	stopped, err := c.StopBuild(t.Context(), &codebuild.StopBuildInput{Id: build.Id})
	equal(t, "stopped", ok(t, stopped, err).Build.BuildStatus, types.StatusTypeStopped)
	equal(t, "finished", a.FinishBuild(account, region, *second.Build.Id, "FAILED"), true)
	got, err := c.BatchGetBuilds(t.Context(), &codebuild.BatchGetBuildsInput{Ids: []string{*second.Build.Id, "api:gone"}})
	equal(t, "failed", ok(t, got, err).Builds[0].BuildStatus, types.StatusTypeFailed)
	equal(t, "not found", len(got.BuildsNotFound), 1)
	batch, err := c.StartBuildBatch(t.Context(), &codebuild.StartBuildBatchInput{ProjectName: s("api")})
	equal(t, "batch", ok(t, batch, err).BuildBatch.BuildBatchStatus, types.StatusTypeInProgress)
	gone, err := c.BatchDeleteBuilds(t.Context(), &codebuild.BatchDeleteBuildsInput{Ids: []string{*build.Id}})
	equal(t, "deleted", len(ok(t, gone, err).BuildsDeleted), 1)
}

func TestReportsCredentialsPolicies(t *testing.T) {
	t.Parallel()
	c := codebuild.NewFromConfig(ForTest(t).Config(account, region))
	created, err := c.CreateReportGroup(t.Context(), &codebuild.CreateReportGroupInput{Name: s("unit"), Type: types.ReportTypeTest, ExportConfig: &types.ReportExportConfig{
		ExportConfigType: types.ReportExportConfigTypeS3, S3Destination: &types.S3ReportExportConfig{Bucket: s("reports"), EncryptionDisabled: aws.Bool(true)},
	}})
	group := ok(t, created, err).ReportGroup.Arn
	updated, err := c.UpdateReportGroup(t.Context(), &codebuild.UpdateReportGroupInput{Arn: group, ExportConfig: &types.ReportExportConfig{ExportConfigType: types.ReportExportConfigTypeNoExport}})
	ok(t, updated, err)
	listed, err := c.ListReportGroups(t.Context(), &codebuild.ListReportGroupsInput{})
	got, err2 := c.BatchGetReportGroups(t.Context(), &codebuild.BatchGetReportGroupsInput{ReportGroupArns: append(ok(t, listed, err).ReportGroups, "gone")})
	equal(t, "export", ok(t, got, err2).ReportGroups[0].ExportConfig.ExportConfigType, types.ReportExportConfigTypeNoExport)
	equal(t, "not found", len(got.ReportGroupsNotFound), 1)

	_, err = c.GetResourcePolicy(t.Context(), &codebuild.GetResourcePolicyInput{ResourceArn: group})
	refused(t, err, "ResourceNotFoundException")
	put, err := c.PutResourcePolicy(t.Context(), &codebuild.PutResourcePolicyInput{ResourceArn: group, Policy: s(`{"Statement":[]}`)})
	ok(t, put, err)
	policy, err := c.GetResourcePolicy(t.Context(), &codebuild.GetResourcePolicyInput{ResourceArn: group})
	equal(t, "policy", *ok(t, policy, err).Policy, `{"Statement":[]}`)
	dropped, err := c.DeleteResourcePolicy(t.Context(), &codebuild.DeleteResourcePolicyInput{ResourceArn: group})
	ok(t, dropped, err)
	deleted, err := c.DeleteReportGroup(t.Context(), &codebuild.DeleteReportGroupInput{Arn: group})
	ok(t, deleted, err)

	imported, err := c.ImportSourceCredentials(t.Context(), &codebuild.ImportSourceCredentialsInput{AuthType: types.AuthTypePersonalAccessToken, ServerType: types.ServerTypeGithub, Token: s("x")})
	ok(t, imported, err)
	infos, err := c.ListSourceCredentials(t.Context(), &codebuild.ListSourceCredentialsInput{})
	equal(t, "credentials", ok(t, infos, err).SourceCredentialsInfos[0].ServerType, types.ServerTypeGithub)
	removed, err := c.DeleteSourceCredentials(t.Context(), &codebuild.DeleteSourceCredentialsInput{Arn: imported.Arn})
	ok(t, removed, err)
}
