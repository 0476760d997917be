package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
)

// project is a plant that changes a project.
func project(i int, checks string, change func(*codebuild.UpdateProjectInput)) plant {
	return plant{kind: "buildproject", id: projectName(i), checks: checks, make: changed(i, change)}
}

func changed(i int, change func(*codebuild.UpdateProjectInput)) func(context.Context, *estate) error {
	name := projectName(i)
	return func(ctx context.Context, e *estate) error {
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
	}
}

// variable gives the builds a variable more.
func variable(name, value string, kind buildtypes.EnvironmentVariableType) func(*codebuild.UpdateProjectInput) {
	return func(in *codebuild.UpdateProjectInput) {
		in.Environment.EnvironmentVariables = append(in.Environment.EnvironmentVariables, buildtypes.EnvironmentVariable{Name: &name, Value: &value, Type: kind})
	}
}

// hooked is a plant that gives a project a webhook.
func hooked(i int, checks string, filters ...buildtypes.WebhookFilter) plant {
	return plant{kind: "buildproject", id: projectName(i), checks: checks, make: hook(i, buildtypes.PullRequestBuildCommentApprovalAllPullRequests, filters...)}
}

func hook(i int, approval buildtypes.PullRequestBuildCommentApproval, filters ...buildtypes.WebhookFilter) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		in := &codebuild.CreateWebhookInput{ProjectName: aws.String(projectName(i)), PullRequestBuildPolicy: &buildtypes.PullRequestBuildPolicy{RequiresCommentApproval: approval}}
		if len(filters) > 0 {
			in.FilterGroups = [][]buildtypes.WebhookFilter{filters}
		}
		_, err := codebuild.NewFromConfig(e.cfg).CreateWebhook(ctx, in)
		return err
	}
}

// strangers lets anyone's pull request start builds, without consent.
func strangers(i int) func(context.Context, *estate) error {
	return hook(i, buildtypes.PullRequestBuildCommentApprovalDisabled, filter(buildtypes.WebhookFilterTypeEvent, "PUSH, PULL_REQUEST_UPDATED"))
}

func filter(kind buildtypes.WebhookFilterType, pattern string) buildtypes.WebhookFilter {
	return buildtypes.WebhookFilter{Type: kind, Pattern: &pattern}
}

// fromPeople lets pull requests of two accounts start builds.
func fromPeople() []buildtypes.WebhookFilter {
	return []buildtypes.WebhookFilter{filter(buildtypes.WebhookFilterTypeEvent, "PULL_REQUEST_CREATED"), filter(buildtypes.WebhookFilterTypeActorAccountId, "^(123|456)$")}
}

func plantedProjects() []plant {
	const plaintext = buildtypes.EnvironmentVariableTypePlaintext
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
		project(21, "build-trust-override", variable("GIT_SSL_NO_VERIFY", "1", plaintext)),
		{kind: "buildproject", id: projectName(23), checks: "build-project-public", make: func(ctx context.Context, e *estate) error {
			_, err := codebuild.NewFromConfig(e.cfg).UpdateProjectVisibility(ctx, &codebuild.UpdateProjectVisibilityInput{
				ProjectArn: aws.String(projectARN(23)), ProjectVisibility: buildtypes.ProjectVisibilityTypePublicRead, ResourceAccessRole: aws.String(role + "public-read"),
			})
			return err
		}},
		project(35, "build-env-secret", variable("DB_PASSWORD", "kT4vQ9xLw2Rb", plaintext)),
		project(37, "build-source-url-credentials", func(in *codebuild.UpdateProjectInput) {
			in.Source.Location = aws.String("https://bot:kT4vQ9xLw2Rb@github.com/example-corp/web.git")
		}),
		project(41, "build-spec-secret", func(in *codebuild.UpdateProjectInput) {
			in.Source.Buildspec = aws.String("version: 0.2\nenv:\n  variables:\n    DB_PASSWORD: kT4vQ9xLw2Rb\nphases:\n  build:\n    commands:\n      - make\n")
		}),
		hooked(25, "build-webhook-unfiltered build-webhook-spec-editable"),
		hooked(27, "build-webhook-unanchored", filter(buildtypes.WebhookFilterTypeEvent, "PUSH"), filter(buildtypes.WebhookFilterTypeHeadRef, "main")),
		hooked(29, "build-webhook-spec-editable", fromPeople()...),
		{
			kind: "buildproject", id: projectName(31), checks: "build-fork-approval-off build-webhook-spec-editable build-webhook-unfiltered",
			make: inTurn(admitted(projectName(31), "codebuild", harmless), strangers(31)), // nothing that a stranger's build could do much with
		},
		{
			kind: "buildproject", id: projectName(45), checks: "build-untrusted-with-power build-fork-approval-off build-webhook-spec-editable build-webhook-unfiltered",
			make: inTurn(admitted(projectName(45), "codebuild", harmless), changed(45, variable("NPM_TOKEN", "npm", buildtypes.EnvironmentVariableTypeSecretsManager)), strangers(45)),
		},
		hooked(33, "", filter(buildtypes.WebhookFilterTypeEvent, "PUSH"), filter(buildtypes.WebhookFilterTypeHeadRef, "^refs/heads/main$")), // as it should be
	}
}

func projectARN(i int) string {
	return "arn:aws:codebuild:" + region + ":" + account + ":project/" + projectName(i)
}
