package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
)

// hasEmail is the condition that somebody is to be told by e-mail.
const hasEmail = "HasEmail"

// outputs name what the CLI works with, and say what to do next.
func (s *stack) outputs() {
	const command = "The pipewarden command finds it by this name."
	for _, found := range []struct {
		name, text string
		value      *string
	}{
		{"TableName", command, s.table.TableName()},
		{"TopicArn", command, s.topic.TopicArn()},
		{"OrdersUrl", command, s.queues.orders.QueueUrl()},
		{"LooksUrl", "The queue of what the auditor judges.", s.queues.looks.QueueUrl()},
		{"RemediatorRoleArn", "The only role of the stack that may change resources; changes under it are its own.", s.roles[blueprint.Remediator].RoleArn()},
	} {
		awscdk.NewCfnOutput(s.Stack, &found.name, &awscdk.CfnOutputProps{Value: found.value, Description: &found.text})
	}
	subscribed, _ := s.Node().FindChild(jsii.String(hasEmail)).(awscdk.CfnCondition)
	alone := awscdk.NewCfnCondition(s.Stack, jsii.String("HasNoEmail"), &awscdk.CfnConditionProps{Expression: awscdk.Fn_ConditionNot(subscribed)})
	s.next("Next1Confirm", subscribed, "Open the mail from AWS Notifications to "+*s.email.ValueAsString()+
		" and confirm the subscription. Until then nothing arrives, and nothing says so.")
	s.next("Next1Subscribe", alone, "Nobody is told yet: make deploy EMAIL=you@example.com")
	s.next("Next2Trail", nil, "Changes are heard only while a trail logs management events in "+*awscdk.Aws_REGION()+
		". Find one: aws cloudtrail describe-trails --region "+*awscdk.Aws_REGION()+
		" --query trailList[].TrailARN; then, for each: aws cloudtrail get-trail-status --name ARN --query IsLogging")
	s.next("Next3Scan", nil, "See what is wrong today: pipewarden scan")
	if deaf := blueprint.GlobalServices(s.Plan.Rules); len(deaf) > 0 {
		elsewhere := awscdk.NewCfnCondition(s.Stack, jsii.String("IsElsewhere"), &awscdk.CfnConditionProps{
			Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), jsii.String(blueprint.GlobalRegion))),
		})
		s.next("Next4GlobalServices", elsewhere, "Calls of "+strings.Join(deaf, ", ")+" are not heard here: EventBridge delivers them in "+
			blueprint.GlobalRegion+" only. Forward them with a rule there, or deploy there as well.")
	}
}

func (s *stack) next(id string, when awscdk.CfnCondition, text string) {
	awscdk.NewCfnOutput(s.Stack, &id, &awscdk.CfnOutputProps{Value: &text, Condition: when})
}
