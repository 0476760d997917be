package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/estate"
)

func revertScenes() []scene {
	return []scene{
		changedProject(bare, rich),
		changedProject(rich, bare),
	}
}

// changedProject is a project that a trusted person left behind in one way, and somebody made into the other.
func changedProject(trusted, changed func() *codebuild.UpdateProjectInput) scene {
	const check, remedy = "build-definition-changed", "build-revert"
	return scene{
		remedy: remedy, check: check, about: aProject, state: (*world).projectState,
		make: func(w *world) error {
			if err := w.hooked(&codebuild.CreateWebhookInput{FilterGroups: [][]types.WebhookFilter{{filter(types.WebhookFilterTypeEvent, "PUSH")}}}); err != nil {
				return err
			}
			return w.trust(func(cfg aws.Config) error {
				_, err := codebuild.NewFromConfig(cfg).UpdateProject(w, trusted())
				return err
			}, (*world).projectState)
		},
		act: done(check, remedy, func(w *world, cfg aws.Config) error {
			_, err := codebuild.NewFromConfig(cfg).UpdateProject(w, changed())
			return err
		}),
		move: func(w *world) error {
			return w.update(&codebuild.UpdateProjectInput{SourceVersion: aws.String("elsewhere")})
		},
	}
}

// bare is an update that leaves of a project no more than it must have: each member that it could have besides is taken away.
func bare() *codebuild.UpdateProjectInput {
	p := estate.NewProject(project)
	return &codebuild.UpdateProjectInput{
		Name: p.Name, ServiceRole: p.ServiceRole, Source: p.Source, Artifacts: p.Artifacts, Environment: p.Environment, LogsConfig: p.LogsConfig,
		Description: aws.String(""), SourceVersion: aws.String(""), EncryptionKey: aws.String("arn:aws:kms:" + region + ":" + account + ":alias/aws/s3"),
		SecondaryArtifacts: []types.ProjectArtifacts{}, SecondarySources: []types.ProjectSource{}, SecondarySourceVersions: []types.ProjectSourceVersion{},
		FileSystemLocations: []types.ProjectFileSystemLocation{}, VpcConfig: &types.VpcConfig{}, BuildBatchConfig: &types.ProjectBuildBatchConfig{},
		Cache: &types.ProjectCache{Type: types.CacheTypeNoCache}, BadgeEnabled: aws.Bool(false), AutoRetryLimit: aws.Int32(0), ConcurrentBuildLimit: aws.Int32(-1),
		TimeoutInMinutes: aws.Int32(60), QueuedTimeoutInMinutes: aws.Int32(480),
	}
}

// rich is an update that gives a project each member that it can have.
func rich() *codebuild.UpdateProjectInput {
	return &codebuild.UpdateProjectInput{
		Name: aws.String(project), ServiceRole: aws.String("arn:aws:iam::" + account + ":role/Admin"), Description: aws.String("another"), SourceVersion: aws.String("hotfix"),
		Source: &types.ProjectSource{
			Type: types.SourceTypeGithub, Location: aws.String("https://github.com/example-stranger/payments-api.git"), Buildspec: aws.String("version: 0.2\nphases: {build: {commands: [make]}}\n"),
			GitCloneDepth: aws.Int32(1), ReportBuildStatus: aws.Bool(true), GitSubmodulesConfig: &types.GitSubmodulesConfig{FetchSubmodules: aws.Bool(true)},
		},
		SecondarySources:        []types.ProjectSource{{Type: types.SourceTypeCodecommit, SourceIdentifier: aws.String("lib"), Location: aws.String("https://git-codecommit." + region + ".amazonaws.com/v1/repos/lib")}},
		SecondarySourceVersions: []types.ProjectSourceVersion{{SourceIdentifier: aws.String("lib"), SourceVersion: aws.String("v1")}},
		Artifacts:               &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts},
		SecondaryArtifacts:      []types.ProjectArtifacts{{Type: types.ArtifactsTypeS3, ArtifactIdentifier: aws.String("site"), Location: aws.String("elsewhere"), EncryptionDisabled: aws.Bool(true)}},
		Environment: &types.ProjectEnvironment{
			Type: types.EnvironmentTypeLinuxContainer, ComputeType: types.ComputeTypeBuildGeneral1Large, Image: aws.String("aws/codebuild/standard:7.0"), PrivilegedMode: aws.Bool(true),
			EnvironmentVariables: []types.EnvironmentVariable{{Name: aws.String("HTTPS_PROXY"), Value: aws.String("http://proxy.example"), Type: types.EnvironmentVariableTypePlaintext}},
		},
		LogsConfig: &types.LogsConfig{
			CloudWatchLogs: &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeDisabled},
			S3Logs:         &types.S3LogsConfig{Status: types.LogsConfigStatusTypeEnabled, Location: aws.String("elsewhere/logs"), EncryptionDisabled: aws.Bool(true)},
		},
		Cache:            &types.ProjectCache{Type: types.CacheTypeLocal, Modes: []types.CacheMode{types.CacheModeLocalSourceCache}},
		VpcConfig:        &types.VpcConfig{VpcId: aws.String("vpc-1"), Subnets: []string{"subnet-1"}, SecurityGroupIds: []string{"sg-1"}},
		BuildBatchConfig: &types.ProjectBuildBatchConfig{ServiceRole: aws.String("arn:aws:iam::" + account + ":role/batch"), TimeoutInMins: aws.Int32(90)},
		FileSystemLocations: []types.ProjectFileSystemLocation{
			{Identifier: aws.String("efs"), Location: aws.String("fs-1:/"), MountPoint: aws.String("/mnt"), Type: types.FileSystemTypeEfs},
		},
		EncryptionKey: aws.String(customerKey), BadgeEnabled: aws.Bool(true), AutoRetryLimit: aws.Int32(2), ConcurrentBuildLimit: aws.Int32(5),
		TimeoutInMinutes: aws.Int32(30), QueuedTimeoutInMinutes: aws.Int32(90),
	}
}
