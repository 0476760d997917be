package estate

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	deploytypes "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// connection is the ID of the connection to where the source lies.
const connection = "aaaa1111-0000-4000-8000-000000000001"

// NewProject is a build project as the estate's are: private, its artifacts encrypted, in a bucket of its own.
func NewProject(name string) *codebuild.CreateProjectInput { return Home.NewProject(name) }

// NewProject is NewProject at this site.
func (s Site) NewProject(name string) *codebuild.CreateProjectInput {
	return &codebuild.CreateProjectInput{
		Name: &name, ServiceRole: aws.String(s.roleARN("service-role/" + Project + "-build")),
		Source:    &buildtypes.ProjectSource{Type: buildtypes.SourceTypeGithub, Location: aws.String("https://github.com/example-corp/" + name + ".git")},
		Artifacts: &buildtypes.ProjectArtifacts{Type: buildtypes.ArtifactsTypeS3, Location: aws.String(s.Bucket(Builds)), Name: aws.String(name + ".zip"), EncryptionDisabled: aws.Bool(false)},
		Environment: &buildtypes.ProjectEnvironment{
			Type: buildtypes.EnvironmentTypeLinuxContainer, ComputeType: buildtypes.ComputeTypeBuildGeneral1Small, Image: aws.String("aws/codebuild/amazonlinux-x86_64-standard:5.0"),
			EnvironmentVariables: []buildtypes.EnvironmentVariable{
				{Name: aws.String("STAGE"), Value: aws.String("prod"), Type: buildtypes.EnvironmentVariableTypePlaintext},
				{Name: aws.String("PAYMENTS_API_TOKEN"), Value: aws.String("/payments/token"), Type: buildtypes.EnvironmentVariableTypeParameterStore},
			},
		},
		LogsConfig: &buildtypes.LogsConfig{CloudWatchLogs: &buildtypes.CloudWatchLogsConfig{Status: buildtypes.LogsConfigStatusTypeEnabled}},
	}
}

func projects(b *builder) {
	c := codebuild.NewFromConfig(b.Config)
	do(b, c.CreateProject, b.NewProject(Project))
	ofPipeline := b.NewProject(Pipeline + "-build")
	ofPipeline.ServiceRole = aws.String(b.roleARN("service-role/" + Pipeline + "-build"))
	ofPipeline.Source = &buildtypes.ProjectSource{Type: buildtypes.SourceTypeCodepipeline}
	ofPipeline.Artifacts = &buildtypes.ProjectArtifacts{Type: buildtypes.ArtifactsTypeCodepipeline}
	do(b, c.CreateProject, ofPipeline)
}

// NewPipeline is a pipeline of three stages, its artifacts under a customer's key.
func NewPipeline(name, key string) *types.PipelineDeclaration { return Home.NewPipeline(name, key) }

// NewPipeline is NewPipeline at this site.
func (s Site) NewPipeline(name, key string) *types.PipelineDeclaration {
	return &types.PipelineDeclaration{
		Name: &name, RoleArn: aws.String(s.roleARN("service-role/" + Pipeline + "-pipeline")), PipelineType: types.PipelineTypeV2, ExecutionMode: types.ExecutionModeQueued,
		ArtifactStore: &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: aws.String(s.Bucket(Artifacts)), EncryptionKey: &types.EncryptionKey{Id: &key, Type: types.EncryptionKeyTypeKms}},
		Stages: []types.StageDeclaration{
			stage("Source", "Checkout", types.ActionCategorySource, "CodeStarSourceConnection", "", "Source", map[string]string{
				"ConnectionArn":    s.here("codeconnections", "connection/"+connection),
				"FullRepositoryId": "example-corp/web", "BranchName": "main", "OutputArtifactFormat": "CODE_ZIP",
			}),
			stage("Build", "Build", types.ActionCategoryBuild, "CodeBuild", "Source", "Bundle", map[string]string{"ProjectName": Pipeline + "-build"}),
			stage("Deploy", "Deploy", types.ActionCategoryDeploy, "CodeDeploy", "Bundle", "", map[string]string{"ApplicationName": application, "DeploymentGroupName": Pipeline}),
		},
	}
}

func stage(name, action string, category types.ActionCategory, provider, in, out string, configuration map[string]string) types.StageDeclaration {
	one := types.ActionDeclaration{
		Name: &action, RunOrder: aws.Int32(1), Configuration: configuration,
		ActionTypeId: &types.ActionTypeId{Category: category, Owner: types.ActionOwnerAws, Provider: &provider, Version: aws.String("1")},
	}
	if in != "" {
		one.InputArtifacts = []types.InputArtifact{{Name: &in}}
	}
	if out != "" {
		one.OutputArtifacts = []types.OutputArtifact{{Name: &out}}
	}
	return types.StageDeclaration{Name: &name, Actions: []types.ActionDeclaration{one}}
}

// deployments makes what the pipeline deploys to: a group that goes back to what was there when a deployment goes wrong.
func deployments(b *builder) {
	c := codedeploy.NewFromConfig(b.Config)
	do(b, c.CreateApplication, &codedeploy.CreateApplicationInput{ApplicationName: aws.String(application), ComputePlatform: deploytypes.ComputePlatformServer})
	do(b, c.CreateDeploymentGroup, &codedeploy.CreateDeploymentGroupInput{
		ApplicationName: aws.String(application), DeploymentGroupName: aws.String(Pipeline), ServiceRoleArn: aws.String(b.roleARN("service-role/" + Pipeline + "-deploy")),
		AutoRollbackConfiguration: &deploytypes.AutoRollbackConfiguration{Enabled: true, Events: []deploytypes.AutoRollbackEvent{deploytypes.AutoRollbackEventDeploymentFailure}},
	})
}

// pipelines makes the pipeline as CloudFormation would, which tags what it makes.
func pipelines(b *builder) {
	c := codepipeline.NewFromConfig(b.Config)
	do(b, c.CreatePipeline, &codepipeline.CreatePipelineInput{
		Pipeline: b.NewPipeline(Pipeline, b.key), Tags: []types.Tag{{Key: aws.String(resource.StackTag), Value: aws.String("web-delivery")}},
	})
}
