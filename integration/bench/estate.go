package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/pipewarden/pipewarden/shared/deployment"
)

// estate is what an account has. Nothing is wrong with it: that is what most events find.
type estate struct {
	cfg                                  aws.Config
	key                                  string // ARN
	buckets, projects, pipelines, groups int
}

const (
	trustMFA = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
	tlsOnly  = `{"Version":"2012-10-17","Statement":[{"Sid":"TLSOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::%[1]s","arn:aws:s3:::%[1]s/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	role     = "arn:aws:iam::" + account + ":role/service-role/"
)

func bucketName(i int) string   { return fmt.Sprintf("artifacts-%04d-%s", i, account) }
func projectName(i int) string  { return fmt.Sprintf("project-%04d", i) }
func pipelineName(i int) string { return fmt.Sprintf("pipeline-%04d", i) }

// groupName is a project's log group, for as many as there are projects; those after them are nobody's.
func groupName(i int) string {
	if i < projectsFrom {
		return "/aws/codebuild/" + projectName(i)
	}
	return fmt.Sprintf("/services/service-%04d", i)
}

// newEstate makes what there is one of: the role that people work under, a key, a trail, and a rule of the auditor.
func newEstate(ctx context.Context, cfg aws.Config) (*estate, error) {
	e := &estate{cfg: cfg}
	if _, err := iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("Admin"), AssumeRolePolicyDocument: aws.String(trustMFA)}); err != nil {
		return nil, fmt.Errorf("make role: %w", err)
	}
	keys := kms.NewFromConfig(cfg)
	made, err := keys.CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String("artifacts")})
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	e.key = aws.ToString(made.KeyMetadata.Arn)
	if _, err := keys.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &e.key}); err != nil {
		return nil, fmt.Errorf("rotate key: %w", err)
	}
	if err := e.create(ctx, accessLogs, "log-delivery-write"); err != nil {
		return nil, err
	}
	if err := e.bucket(ctx, trailBucket); err != nil {
		return nil, err
	}
	if err := e.group(ctx, trailName); err != nil {
		return nil, err
	}
	if err := e.trail(ctx); err != nil {
		return nil, err
	}
	return e, e.rule(ctx)
}

// rule makes one of those that bring events, as the deployment of the auditor does.
func (e *estate) rule(ctx context.Context) error {
	_, err := eventbridge.NewFromConfig(e.cfg).PutRule(ctx, &eventbridge.PutRuleInput{
		Name: aws.String(deployment.Stack + "-codebuild"), EventPattern: aws.String(`{"source":["aws.codebuild"]}`),
	})
	if err != nil {
		return fmt.Errorf("make rule: %w", err)
	}
	return nil
}

const (
	trailName   = "management-events"
	trailBucket = "trail-" + account
	accessLogs  = "access-logs-" + account // of all buckets; nothing of a pipeline uses it
)

func (e *estate) trail(ctx context.Context) error {
	c, name := cloudtrail.NewFromConfig(e.cfg), aws.String(trailName)
	if _, err := c.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: name, S3BucketName: aws.String(trailBucket), IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
		CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + trailName + ":*"),
		CloudWatchLogsRoleArn:     aws.String("arn:aws:iam::" + account + ":role/" + trailName),
	}); err != nil {
		return fmt.Errorf("make trail: %w", err)
	}
	if _, err := c.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: name}); err != nil {
		return fmt.Errorf("start trail: %w", err)
	}
	return nil
}

// projectsFrom is the first bucket that projects use; those before are the pipelines', one each.
const projectsFrom = 200

// grow makes more, up to so many of each. A project's bucket may not be there yet: nothing about it is read then.
func (e *estate) grow(ctx context.Context, buckets, projects, pipelines, groups int) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := e.buckets; i < buckets; i++ {
		group.Go(func() error { return e.bucket(inner, bucketName(i)) })
	}
	for i := e.groups; i < groups; i++ {
		group.Go(func() error { return e.group(inner, groupName(i)) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	e.buckets, e.groups = max(e.buckets, buckets), max(e.groups, groups)
	for i := e.pipelines; i < pipelines; i++ {
		if err := e.pipeline(ctx, i); err != nil {
			return err
		}
	}
	e.pipelines = max(e.pipelines, pipelines)
	for i := e.projects; i < projects; i++ {
		if err := e.project(ctx, i, bucketName(projectsFrom+i)); err != nil {
			return err
		}
	}
	e.projects = max(e.projects, projects)
	return nil
}

func (e *estate) create(ctx context.Context, name string, acl s3types.BucketCannedACL) error {
	in := &s3.CreateBucketInput{Bucket: &name, ACL: acl, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}}
	if _, err := s3.NewFromConfig(e.cfg).CreateBucket(ctx, in); err != nil {
		return fmt.Errorf("make bucket %s: %w", name, err)
	}
	return nil
}

func (e *estate) bucket(ctx context.Context, name string) error {
	if err := e.create(ctx, name, s3types.BucketCannedACLPrivate); err != nil {
		return err
	}
	c := s3.NewFromConfig(e.cfg)
	if _, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &name, Policy: aws.String(fmt.Sprintf(tlsOnly, name))}); err != nil {
		return fmt.Errorf("make policy of bucket %s: %w", name, err)
	}
	if _, err := c.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}}); err != nil {
		return fmt.Errorf("make block of bucket %s: %w", name, err)
	}
	if _, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}}); err != nil {
		return fmt.Errorf("make versioning of bucket %s: %w", name, err)
	}
	if _, err := c.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: &name, BucketLoggingStatus: &s3types.BucketLoggingStatus{
		LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: aws.String(accessLogs), TargetPrefix: aws.String(name + "/")},
	}}); err != nil {
		return fmt.Errorf("make logging of bucket %s: %w", name, err)
	}
	return nil
}

func (e *estate) group(ctx context.Context, name string) error {
	c := cloudwatchlogs.NewFromConfig(e.cfg)
	if _, err := c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
		return fmt.Errorf("make log group %s: %w", name, err)
	}
	if _, err := c.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: aws.Int32(365)}); err != nil {
		return fmt.Errorf("make retention of log group %s: %w", name, err)
	}
	return nil
}

func (e *estate) pipeline(ctx context.Context, i int) error {
	if _, err := codepipeline.NewFromConfig(e.cfg).CreatePipeline(ctx, &codepipeline.CreatePipelineInput{Pipeline: definition(i, e.key)}); err != nil {
		return fmt.Errorf("make pipeline %s: %w", pipelineName(i), err)
	}
	return nil
}

// definition is the i-th pipeline, its artifacts under the key.
func definition(i int, key string) *pipetypes.PipelineDeclaration {
	name := pipelineName(i)
	return &pipetypes.PipelineDeclaration{
		Name: &name, RoleArn: aws.String(role + name),
		ArtifactStore: &pipetypes.ArtifactStore{
			Type: pipetypes.ArtifactStoreTypeS3, Location: aws.String(bucketName(i)),
			EncryptionKey: &pipetypes.EncryptionKey{Id: &key, Type: pipetypes.EncryptionKeyTypeKms},
		},
		Stages: []pipetypes.StageDeclaration{
			stage("Source", pipetypes.ActionCategorySource, "CodeStarSourceConnection", map[string]string{"FullRepositoryId": "example-corp/" + name, "BranchName": "main"}),
			stage("Build", pipetypes.ActionCategoryBuild, "CodeBuild", map[string]string{"ProjectName": projectName(i)}),
			stage("Approve", pipetypes.ActionCategoryApproval, "Manual", map[string]string{"CustomData": "Release to production"}),
			stage("Deploy", pipetypes.ActionCategoryDeploy, "CodeDeploy", map[string]string{"ApplicationName": name, "DeploymentGroupName": name}),
		},
	}
}

func stage(name string, category pipetypes.ActionCategory, provider string, configuration map[string]string) pipetypes.StageDeclaration {
	return pipetypes.StageDeclaration{Name: &name, Actions: []pipetypes.ActionDeclaration{{
		Name: &name, Configuration: configuration,
		ActionTypeId: &pipetypes.ActionTypeId{Category: category, Owner: pipetypes.ActionOwnerAws, Provider: &provider, Version: aws.String("1")},
	}}}
}

func (e *estate) project(ctx context.Context, i int, bucket string) error {
	if _, err := codebuild.NewFromConfig(e.cfg).CreateProject(ctx, projectOf(i, bucket, e.key)); err != nil {
		return fmt.Errorf("make project %s: %w", projectName(i), err)
	}
	return nil
}

// projectOf is the i-th, what it stores under the key.
func projectOf(i int, bucket, key string) *codebuild.CreateProjectInput {
	name := projectName(i)
	return &codebuild.CreateProjectInput{
		Name: &name, ServiceRole: aws.String(role + name), EncryptionKey: &key,
		Source:    &buildtypes.ProjectSource{Type: buildtypes.SourceTypeGithub, Location: aws.String("https://github.com/example-corp/" + name + ".git"), Buildspec: aws.String("buildspec.yml")},
		Artifacts: &buildtypes.ProjectArtifacts{Type: buildtypes.ArtifactsTypeS3, Location: &bucket, Name: &name, Packaging: buildtypes.ArtifactPackagingZip},
		Environment: &buildtypes.ProjectEnvironment{
			Type: buildtypes.EnvironmentTypeLinuxContainer, Image: aws.String("aws/codebuild/amazonlinux-x86_64-standard:5.0"), ComputeType: buildtypes.ComputeTypeBuildGeneral1Small,
			EnvironmentVariables: []buildtypes.EnvironmentVariable{{Name: aws.String("LOG_LEVEL"), Value: aws.String("info"), Type: buildtypes.EnvironmentVariableTypePlaintext}},
		},
		LogsConfig: &buildtypes.LogsConfig{
			CloudWatchLogs: &buildtypes.CloudWatchLogsConfig{Status: buildtypes.LogsConfigStatusTypeEnabled, GroupName: aws.String("/aws/codebuild/" + name)},
			S3Logs:         &buildtypes.S3LogsConfig{Status: buildtypes.LogsConfigStatusTypeDisabled},
		},
	}
}
