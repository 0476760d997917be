package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
)

// The names of a member's parts that are not its rules. The role's ends in the region: roles of all regions share one list of names.
const (
	memberDead = deployment.Stack + "-undelivered"
	memberRole = deployment.Stack + "-forward-"
)

// forward makes the rules of one account and region, and what they send events with.
type forward struct {
	awscdk.Stack
	bus *string

	member, global, chosen awscdk.CfnCondition // where the rules of each kind are wanted
}

func newMemberRules(stack awscdk.Stack, plan *blueprint.Plan, o *Organization) {
	f := &forward{Stack: stack}
	f.bus = parameter(stack, "BusArn", `^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/.+$`, "The bus of the central account.")
	account := parameter(stack, "CentralAccount", `^\d{12}$`, "The central account.")
	region := parameter(stack, "CentralRegion", `^[a-z0-9-]+$`, "The region of the central stack: there, the central account has rules of its own.")
	f.conditions(o, account, region)
	// Where the central account has rules of its own there is nothing to make, and CloudFormation takes no stack without a resource.
	awscdk.NewCfnWaitConditionHandle(stack, jsii.String("Nothing"), nil)
	dead, admits := f.undelivered()
	role := f.role()
	for _, rule := range plan.MemberRules {
		made := awsevents.NewCfnRule(stack, jsii.String(rule.ID), &awsevents.CfnRuleProps{
			Name: jsii.String(rule.Name()), State: jsii.String(state(rule.Rule)), EventPattern: rule.Pattern,
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: jsii.String(deployment.TargetID), Arn: f.bus, RoleArn: role.AttrArn(),
				// EventBridge tries for a day, as it does where nothing else is said: with that said in every rule, the template would be too long.
				DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: dead.AttrArn()},
			}},
		})
		made.CfnOptions().SetCondition(f.when(rule.Where))
		made.Node().AddDependency(admits)
	}
}

// state is ENABLED, and for rules that wait for reading calls the state under which EventBridge brings those as well.
func state(rule blueprint.Rule) string {
	if rule.ReadOnly() {
		return "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	return "ENABLED"
}

func (f *forward) conditions(o *Organization, account, region *string) {
	condition := func(id string, expression awscdk.ICfnRuleConditionExpression) awscdk.CfnCondition {
		return awscdk.NewCfnCondition(f.Stack, &id, &awscdk.CfnConditionProps{Expression: expression})
	}
	home := awscdk.Fn_ConditionAnd(awscdk.Fn_ConditionEquals(awscdk.Aws_ACCOUNT_ID(), account), awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), region))
	isGlobal := awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), jsii.String(o.global()))
	f.member = condition("Member", awscdk.Fn_ConditionNot(home))
	f.global = condition("MemberGlobal", awscdk.Fn_ConditionAnd(f.member, isGlobal))
	f.chosen = f.member
	if len(o.everywhere()) > len(o.Regions) { // that region is there for global services alone
		f.chosen = condition("MemberChosen", awscdk.Fn_ConditionAnd(f.member, awscdk.Fn_ConditionNot(isGlobal)))
	}
}

func (f *forward) when(where blueprint.Where) awscdk.CfnCondition {
	switch where {
	case blueprint.GlobalOnly:
		return f.global
	case blueprint.Chosen:
		return f.chosen
	}
	return f.member
}

// undelivered makes the queue where events end that the central bus did not take. It admits the rules by what their names begin with: with
// every one of them named, the template would be too long.
func (f *forward) undelivered() (awssqs.CfnQueue, awssqs.CfnQueuePolicy) {
	queue := awssqs.NewCfnQueue(f.Stack, jsii.String("Undelivered"), &awssqs.CfnQueueProps{
		QueueName: jsii.String(memberDead), SqsManagedSseEnabled: jsii.Bool(true), MessageRetentionPeriod: jsii.Number(keptDead * 86400),
	})
	policy := awssqs.NewCfnQueuePolicy(f.Stack, jsii.String("UndeliveredPolicy"), &awssqs.CfnQueuePolicyProps{
		Queues: &[]*string{queue.Ref()},
		PolicyDocument: document(
			map[string]any{
				"Sid": "RulesDeliver", "Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
				"Resource": queue.AttrArn(), "Condition": map[string]any{"ArnLike": map[string]any{"aws:SourceArn": ownRules()}},
			},
			map[string]any{
				"Sid": "DemandTLS", "Effect": "Deny", "Principal": "*", "Action": "sqs:*",
				"Resource": queue.AttrArn(), "Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			},
		),
	})
	queue.CfnOptions().SetCondition(f.member)
	policy.CfnOptions().SetCondition(f.member)
	return queue, policy
}

// ownRules are the rules of this stack, by what their names begin with.
func ownRules() any {
	return here("arn:{partition}:events:{region}:{account}:rule/" + deployment.Stack + "-*")
}

// role is what the rules send events with: to the central bus, and nowhere else. A bus that admits an organisation takes events from such
// roles only (Amazon EventBridge User Guide, "Sending and receiving events between AWS accounts").
func (f *forward) role() awsiam.CfnRole {
	role := awsiam.NewCfnRole(f.Stack, jsii.String("Forward"), &awsiam.CfnRoleProps{
		RoleName: awscdk.Fn_Sub(jsii.String(memberRole+"${AWS::Region}"), nil), Description: jsii.String("Sends events to pipewarden's central bus."),
		AssumeRolePolicyDocument: document(map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole",
			"Condition": map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
				"ArnLike":      map[string]any{"aws:SourceArn": ownRules()},
			},
		}),
		Policies: []any{&awsiam.CfnRole_PolicyProperty{PolicyName: jsii.String("forward"), PolicyDocument: document(
			map[string]any{"Effect": "Allow", "Action": "events:PutEvents", "Resource": f.bus},
		)}},
	})
	role.CfnOptions().SetCondition(f.member)
	return role
}
