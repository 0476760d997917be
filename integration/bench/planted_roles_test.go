package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

const (
	ofAccount = `,"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}`
	harmless  = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + accessLogs + `/*"}`
)

// admitted makes a service role of one service in this account, with one statement of what it may do.
func admitted(name, service, statement string) func(context.Context, *estate) error {
	return trusting(name, service, ofAccount, statement)
}

// trusting makes one that the service may take under that condition.
func trusting(name, service, condition, statement string) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		c := iam.NewFromConfig(e.cfg)
		trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `.amazonaws.com"},"Action":"sts:AssumeRole"` + condition + `}]}`
		if _, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, Path: aws.String("/service-role/"), AssumeRolePolicyDocument: &trust}); err != nil {
			return err
		}
		may := `{"Version":"2012-10-17","Statement":[` + statement + `]}`
		_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("work"), PolicyDocument: &may})
		return err
	}
}

// granted is a plant of a pipeline's role that may do something on everything.
func granted(i int, checks, action string) plant {
	return plant{kind: "role", id: pipelineName(i), checks: checks, make: admitted(pipelineName(i), "codepipeline", `{"Effect":"Allow","Action":"`+action+`","Resource":"*"}`)}
}

// longAgo is before the times that checks on what lies idle go by.
var longAgo = time.Now().AddDate(-1, 0, 0)

func plantedRoles(a *emulator.AWS) []plant {
	const idle, shared = 73, 47
	return []plant{
		granted(35, "role-administrator", "*"),
		granted(65, "role-can-erase-its-tracks", "cloudtrail:StopLogging"),
		granted(67, "role-can-escalate", "iam:CreateAccessKey"),
		granted(69, "role-wildcard-service", "s3:*"),
		{kind: "role", id: pipelineName(71), checks: "role-trust-unbounded", make: trusting(pipelineName(71), "codepipeline", "", harmless)},
		{kind: "role", id: pipelineName(idle), checks: "role-unused-permissions", make: inTurn(admitted(pipelineName(idle), "codepipeline", harmless), func(context.Context, *estate) error {
			a.Made(role+pipelineName(idle), longAgo)
			a.Accessed(role+pipelineName(idle), longAgo, "s3")
			return nil
		})},
		{kind: "role", id: pipelineName(shared), checks: "role-shared", make: inTurn(admitted(pipelineName(shared), "codepipeline", harmless), changed(shared, func(in *codebuild.UpdateProjectInput) {
			in.ServiceRole = aws.String(role + pipelineName(shared))
		}))},
		hooked(shared, "build-webhook-spec-editable", fromPeople()...), // without which it would build no pull requests
	}
}
