package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// plant is one thing that is wrong with an estate, and what the sweep must say of it. Whoever adds a check plants something for it here.
type plant struct {
	kind, id string
	checks   string // that must find it, separated by spaces
	make     func(context.Context, *estate) error
	also     func() []string // "kind id check" of what is known only after it was made; nil: nothing
}

// planted is everything that is wrong with the estate. The numbers are such that no plant touches another's resources.
func planted() []plant {
	return append(append(append(plantedBuckets(), plantedProjects()...), plantedPipelines()...), []plant{
		{kind: "loggroup", id: groupName(39), checks: "log-group-retention", make: func(ctx context.Context, e *estate) error {
			_, err := cloudwatchlogs.NewFromConfig(e.cfg).PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(groupName(39)), RetentionInDays: aws.Int32(7)})
			return err
		}},
		{kind: "trail", id: "weak", checks: "trail-weakened trail-stopped trail-without-logs", make: func(ctx context.Context, e *estate) error {
			_, err := cloudtrail.NewFromConfig(e.cfg).CreateTrail(ctx, &cloudtrail.CreateTrailInput{Name: aws.String("weak"), S3BucketName: aws.String(trailBucket)})
			return err
		}},
		{kind: "role", id: pipelineName(35), checks: "role-administrator", make: admitted(pipelineName(35), "codepipeline", `{"Effect":"Allow","Action":"*","Resource":"*"}`)},
		{kind: "account", id: account, checks: "account-block-public-off", make: nothing}, // the buckets have blocks of their own
		{kind: "trail", id: "data-events", checks: "trail-stopped", make: secondTrail("data-events", trailName)},
		{kind: "trail", id: "mute", checks: "trail-stopped trail-without-logs", make: secondTrail("mute", "")},
	}...)
}

// admitted makes a service role of one service in this account, with one statement of what it may do.
func admitted(name, service, statement string) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		c := iam.NewFromConfig(e.cfg)
		trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}}]}`
		if _, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, Path: aws.String("/service-role/"), AssumeRolePolicyDocument: &trust}); err != nil {
			return err
		}
		may := `{"Version":"2012-10-17","Statement":[` + statement + `]}`
		_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("work"), PolicyDocument: &may})
		return err
	}
}

// byHand is the one pipeline that no stack manages.
const byHand = 37

// stacked marks the pipelines as CloudFormation does what it makes.
func stacked(ctx context.Context, e *estate) error {
	c := codepipeline.NewFromConfig(e.cfg)
	for i := range e.pipelines {
		if i == byHand {
			continue
		}
		if _, err := c.TagResource(ctx, &codepipeline.TagResourceInput{
			ResourceArn: aws.String("arn:aws:codepipeline:" + region + ":" + account + ":" + pipelineName(i)),
			Tags:        []pipetypes.Tag{{Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("delivery")}},
		}); err != nil {
			return fmt.Errorf("tag pipeline %d: %w", i, err)
		}
	}
	return nil
}

func nothing(context.Context, *estate) error { return nil }

// secondTrail is one that does not log.
func secondTrail(name, group string) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		in := &cloudtrail.CreateTrailInput{Name: &name, S3BucketName: aws.String(trailBucket), IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true)}
		if group != "" {
			in.CloudWatchLogsLogGroupArn = aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + group + ":*")
			in.CloudWatchLogsRoleArn = aws.String("arn:aws:iam::" + account + ":role/" + trailName)
		}
		_, err := cloudtrail.NewFromConfig(e.cfg).CreateTrail(ctx, in)
		return err
	}
}

const openToAll = `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%[1]s/*"}`

// then does one thing after another to a bucket.
func then(i int, steps ...func(context.Context, *s3.Client, *string) error) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		for _, step := range steps {
			if err := step(ctx, s3.NewFromConfig(e.cfg), aws.String(bucketName(i))); err != nil {
				return err
			}
		}
		return nil
	}
}

func unblock(ctx context.Context, c *s3.Client, name *string) error {
	_, err := c.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: name})
	return err
}

// block switches the block on, all of it or all but the part that holds an open policy back.
func block(all bool) func(context.Context, *s3.Client, *string) error {
	return func(ctx context.Context, c *s3.Client, name *string) error {
		_, err := c.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: &all,
		}})
		return err
	}
}

// statement takes the statement out of a policy.
func statement(policy string) string {
	_, rest, _ := strings.Cut(policy, `"Statement":[`)
	return strings.TrimSuffix(rest, "]}")
}

func allow(statements ...string) func(context.Context, *s3.Client, *string) error {
	return func(ctx context.Context, c *s3.Client, name *string) error {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, *name)
		_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: &text})
		return err
	}
}

func noPolicy(ctx context.Context, c *s3.Client, name *string) error {
	_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: name})
	return err
}

const partner = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%[1]s/*"}`

func plantedBuckets() []plant {
	tls := statement(tlsOnly)
	return []plant{
		{kind: "bucket", id: bucketName(3), checks: "bucket-block-public-off", make: then(3, unblock)},
		{kind: "bucket", id: bucketName(7), checks: "bucket-block-public-off bucket-public", make: then(7, unblock, allow(openToAll, tls))},
		{kind: "bucket", id: bucketName(11), checks: "bucket-public-latent", make: then(11, unblock, allow(openToAll, tls), block(true))},
		{kind: "bucket", id: bucketName(211), checks: "bucket-plaintext-transport bucket-public-latent", make: then(211, unblock, allow(openToAll), block(true))}, // a project's
		{kind: "bucket", id: bucketName(213), checks: "bucket-plaintext-transport", make: then(213, noPolicy)},
		{kind: "bucket", id: bucketName(13), checks: "bucket-unversioned", make: then(13, func(ctx context.Context, c *s3.Client, name *string) error {
			_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended}})
			return err
		})},
		{kind: "bucket", id: bucketName(15), checks: "bucket-access-unlogged", make: then(15, func(ctx context.Context, c *s3.Client, name *string) error {
			_, err := c.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: name, BucketLoggingStatus: &s3types.BucketLoggingStatus{}})
			return err
		})},
		{kind: "bucket", id: bucketName(17), checks: "bucket-foreign-access", make: then(17, allow(partner, tls))},
		{kind: "bucket", id: bucketName(217), checks: "bucket-block-public-off", make: then(217, block(false))}, // three of four
	}
}

// project is a plant that changes a project.
func project(i int, checks string, change func(*codebuild.UpdateProjectInput)) plant {
	name := projectName(i)
	return plant{kind: "buildproject", id: name, checks: checks, make: func(ctx context.Context, e *estate) error {
		c := codebuild.NewFromConfig(e.cfg)
		found, err := c.BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{name}})
		if err != nil {
			return err
		}
		p := found.Projects[0]
		in := &codebuild.UpdateProjectInput{Name: &name, Source: p.Source, Artifacts: p.Artifacts, Environment: p.Environment, LogsConfig: p.LogsConfig}
		change(in)
		_, err = c.UpdateProject(ctx, in)
		return err
	}}
}

// hooked is a plant that gives a project a webhook.
func hooked(i int, checks string, filters ...buildtypes.WebhookFilter) plant {
	return plant{kind: "buildproject", id: projectName(i), checks: checks, make: func(ctx context.Context, e *estate) error {
		in := &codebuild.CreateWebhookInput{ProjectName: aws.String(projectName(i)), PullRequestBuildPolicy: &buildtypes.PullRequestBuildPolicy{RequiresCommentApproval: buildtypes.PullRequestBuildCommentApprovalAllPullRequests}}
		if len(filters) > 0 {
			in.FilterGroups = [][]buildtypes.WebhookFilter{filters}
		}
		_, err := codebuild.NewFromConfig(e.cfg).CreateWebhook(ctx, in)
		return err
	}}
}

func filter(kind buildtypes.WebhookFilterType, pattern string) buildtypes.WebhookFilter {
	return buildtypes.WebhookFilter{Type: kind, Pattern: &pattern}
}

func plantedProjects() []plant {
	return []plant{
		project(3, "build-artifacts-unencrypted", func(in *codebuild.UpdateProjectInput) { in.Artifacts.EncryptionDisabled = aws.Bool(true) }),
		project(5, "build-logging-off", func(in *codebuild.UpdateProjectInput) {
			in.LogsConfig.CloudWatchLogs.Status = buildtypes.LogsConfigStatusTypeDisabled
		}),
		project(7, "build-logs-unencrypted", func(in *codebuild.UpdateProjectInput) {
			in.LogsConfig.S3Logs = &buildtypes.S3LogsConfig{Status: buildtypes.LogsConfigStatusTypeEnabled, Location: aws.String(bucketName(207) + "/logs"), EncryptionDisabled: aws.Bool(true)}
		}),
		project(9, "build-privileged", func(in *codebuild.UpdateProjectInput) { in.Environment.PrivilegedMode = aws.Bool(true) }),
		project(15, "build-image-untrusted", func(in *codebuild.UpdateProjectInput) { in.Environment.Image = aws.String("somebody/builder:latest") }),
		project(19, "build-trust-override", func(in *codebuild.UpdateProjectInput) { in.Source.InsecureSsl = aws.Bool(true) }),
		project(21, "build-trust-override", func(in *codebuild.UpdateProjectInput) {
			in.Environment.EnvironmentVariables = append(in.Environment.EnvironmentVariables, buildtypes.EnvironmentVariable{Name: aws.String("GIT_SSL_NO_VERIFY"), Value: aws.String("1"), Type: buildtypes.EnvironmentVariableTypePlaintext})
		}),
		{kind: "buildproject", id: projectName(23), checks: "build-project-public", make: func(ctx context.Context, e *estate) error {
			_, err := codebuild.NewFromConfig(e.cfg).UpdateProjectVisibility(ctx, &codebuild.UpdateProjectVisibilityInput{
				ProjectArn: aws.String("arn:aws:codebuild:" + region + ":" + account + ":project/" + projectName(23)), ProjectVisibility: buildtypes.ProjectVisibilityTypePublicRead,
				ResourceAccessRole: aws.String(role + "public-read"),
			})
			return err
		}},
		project(35, "build-env-secret", func(in *codebuild.UpdateProjectInput) {
			in.Environment.EnvironmentVariables = append(in.Environment.EnvironmentVariables, buildtypes.EnvironmentVariable{Name: aws.String("DB_PASSWORD"), Value: aws.String("kT4vQ9xLw2Rb"), Type: buildtypes.EnvironmentVariableTypePlaintext})
		}),
		project(37, "build-source-url-credentials", func(in *codebuild.UpdateProjectInput) {
			in.Source.Location = aws.String("https://bot:kT4vQ9xLw2Rb@github.com/example-corp/web.git")
		}),
		hooked(25, "build-webhook-unfiltered build-webhook-spec-editable"),
		hooked(27, "build-webhook-unanchored", filter(buildtypes.WebhookFilterTypeEvent, "PUSH"), filter(buildtypes.WebhookFilterTypeHeadRef, "main")),
		hooked(29, "build-webhook-spec-editable", filter(buildtypes.WebhookFilterTypeEvent, "PULL_REQUEST_CREATED"), filter(buildtypes.WebhookFilterTypeActorAccountId, "^(123|456)$")),
		{kind: "buildproject", id: projectName(31), checks: "build-fork-approval-off build-webhook-spec-editable build-webhook-unfiltered", make: func(ctx context.Context, e *estate) error {
			own := `{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:` + region + `:` + account + `:log-group:` + groupName(31) + `:*"}`
			if err := admitted(projectName(31), "codebuild", own)(ctx, e); err != nil { // nothing that a stranger's build could do much with
				return err
			}
			_, err := codebuild.NewFromConfig(e.cfg).CreateWebhook(ctx, &codebuild.CreateWebhookInput{
				ProjectName: aws.String(projectName(31)), FilterGroups: [][]buildtypes.WebhookFilter{{filter(buildtypes.WebhookFilterTypeEvent, "PUSH, PULL_REQUEST_UPDATED")}},
				PullRequestBuildPolicy: &buildtypes.PullRequestBuildPolicy{RequiresCommentApproval: buildtypes.PullRequestBuildCommentApprovalDisabled},
			})
			return err
		}},
		hooked(33, "", filter(buildtypes.WebhookFilterTypeEvent, "PUSH"), filter(buildtypes.WebhookFilterTypeHeadRef, "^refs/heads/main$")), // as it should be
	}
}

// pipeline is a plant that changes a pipeline.
func pipeline(i int, checks string, change func(*estate, *pipetypes.PipelineDeclaration)) plant {
	name := pipelineName(i)
	return plant{kind: "pipeline", id: name, checks: checks, make: func(ctx context.Context, e *estate) error {
		c := codepipeline.NewFromConfig(e.cfg)
		found, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: &name})
		if err != nil {
			return err
		}
		change(e, found.Pipeline)
		_, err = c.UpdatePipeline(ctx, &codepipeline.UpdatePipelineInput{Pipeline: found.Pipeline})
		return err
	}}
}

func plantedPipelines() []plant {
	deploys, doomed := pipetypes.ActionCategoryDeploy, ""
	return []plant{
		pipeline(21, "pipeline-artifact-key", func(_ *estate, p *pipetypes.PipelineDeclaration) { p.ArtifactStore.EncryptionKey = nil }),
		{kind: "pipeline", id: pipelineName(23), checks: "pipeline-artifact-key-unusable", also: func() []string { return []string{"key " + doomed + " key-scheduled-for-deletion"} }, make: func(ctx context.Context, e *estate) error {
			c := kms.NewFromConfig(e.cfg)
			made, err := c.CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String("doomed")})
			if err == nil {
				_, err = c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: made.KeyMetadata.KeyId})
			}
			if err == nil {
				_, err = c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: made.KeyMetadata.KeyId})
			}
			if err != nil {
				return err
			}
			doomed = aws.ToString(made.KeyMetadata.KeyId)
			return pipeline(23, "", func(_ *estate, p *pipetypes.PipelineDeclaration) {
				p.ArtifactStore.EncryptionKey.Id = made.KeyMetadata.Arn
			}).make(ctx, e)
		}},
		pipeline(25, "pipeline-deploys-unapproved", func(_ *estate, p *pipetypes.PipelineDeclaration) {
			p.Stages[2] = stage("Deploy-production", deploys, "CodeDeploy", nil)
			p.Stages = p.Stages[:3]
		}),
		pipeline(27, "pipeline-source-unauthenticated", func(_ *estate, p *pipetypes.PipelineDeclaration) {
			p.Stages[0] = stage("Source", pipetypes.ActionCategorySource, "GitHub", map[string]string{"Owner": "example-corp", "Repo": "web", "Branch": "main"})
			p.Stages[0].Actions[0].ActionTypeId.Owner = pipetypes.ActionOwnerThirdParty
		}),
		pipeline(29, "pipeline-wide-first-deploy", func(_ *estate, p *pipetypes.PipelineDeclaration) {
			second := stage("Deploy-too", deploys, "CodeDeploy", nil)
			p.Stages[3].Actions = append(p.Stages[3].Actions, second.Actions...)
		}),
		{kind: "pipeline", id: pipelineName(byHand), checks: "pipeline-not-in-iac", make: nothing},
		pipeline(31, "pipeline-artifact-key pipeline-artifact-stores-differ", func(_ *estate, p *pipetypes.PipelineDeclaration) {
			p.ArtifactStores = map[string]pipetypes.ArtifactStore{
				region: *p.ArtifactStore, "us-east-1": {Type: pipetypes.ArtifactStoreTypeS3, Location: aws.String(bucketName(32))},
			}
			p.ArtifactStore = nil
			p.Stages[3].Actions[0].Region = aws.String("us-east-1")
		}),
	}
}
