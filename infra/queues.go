package main

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// queues are the two that functions work off, where their messages end that nobody could work off,
// and where events end that could not be delivered.
type queues struct {
	looks, orders         awssqs.Queue
	looksDead, ordersDead awssqs.Queue
	undelivered           awssqs.Queue
	posts, postsDead      awssqs.Queue // to Slack; nil: nobody is told there
	exports, exportsDead  awssqs.Queue // to other systems; nil: there are none
	evidenceDead          awssqs.Queue // which changes could not be written as evidence; nil: none is kept
}

// watched is a queue that must stay empty, and what it means when it does not.
type watched struct {
	id, means string
	queue     awssqs.Queue
}

func (q queues) dead() []watched {
	all := []watched{
		{"LooksDead", fmt.Sprintf("events could not be judged in %d tries", deployment.Tries), q.looksDead},
		{"OrdersDead", fmt.Sprintf("orders could not be carried out in %d tries", deployment.Tries), q.ordersDead},
		{"Undelivered", "events, or the sweep, could not be delivered within a day", q.undelivered},
	}
	if q.posts != nil {
		all = append(all, watched{"PostsDead", fmt.Sprintf("messages could not be posted to Slack in %d tries", deployment.PostTries), q.postsDead})
	}
	if q.exports != nil {
		all = append(all, watched{"ExportsDead", fmt.Sprintf("findings could not be exported in %d tries", deployment.Tries), q.exportsDead})
	}
	if q.evidenceDead != nil {
		all = append(all, watched{"EvidenceDead", fmt.Sprintf("changes of the ledger could not be written as evidence in %d hours, and its stream forgets them within a day", archiveHours), q.evidenceDead})
	}
	return all
}

const (
	batchWindow  = 5  // seconds that messages wait for company
	keptWorking  = 4  // days that a message waits to be worked off
	keptDead     = 14 // days that a dead letter waits for somebody; they count from when the message was first sent
	workTimeout  = 60 // seconds of a function that works off a queue
	sweepTimeout = 300

	reportTimeout = 300
	answerTimeout = 10 // seconds of the responder, of which Slack waits for three
	hourly        = time.Hour
)

func (s *stack) newQueues() queues {
	var q queues
	q.looksDead, q.ordersDead, q.undelivered = s.deadQueue("LooksDead"), s.deadQueue("OrdersDead"), s.deadQueue("Undelivered")
	q.looks, q.orders = s.workQueue("Looks", q.looksDead, deployment.Tries), s.workQueue("Orders", q.ordersDead, deployment.Tries)
	if s.Settings.Slack.Mode != settings.SlackOff {
		q.postsDead = s.deadQueue("PostsDead")
		q.posts = s.workQueue("Posts", q.postsDead, deployment.PostTries)
	}
	if s.Settings.Export.On() {
		q.exportsDead = s.deadQueue("ExportsDead")
		q.exports = s.workQueue("Exports", q.exportsDead, deployment.Tries)
	}
	if s.Settings.Evidence.Keep {
		q.evidenceDead = s.deadQueue("EvidenceDead")
	}
	return q
}

func (s *stack) deadQueue(id string) awssqs.Queue {
	q := awssqs.NewQueue(s.Stack, &id, &awssqs.QueueProps{
		Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true), RetentionPeriod: awscdk.Duration_Days(jsii.Number(keptDead)),
	})
	cdknag.NagSuppressions_AddResourceSuppressions(q, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-SQS3"), Reason: jsii.String("This queue is where undeliverable messages end; an alarm watches it."),
	}}, jsii.Bool(false))
	return q
}

// workQueue hides a message for six times the function's timeout and the batch window, as Lambda asks
// (AWS Lambda Developer Guide, "Configuring an Amazon SQS queue to use with Lambda"): nothing is worked off twice at the same time.
func (s *stack) workQueue(id string, dead awssqs.Queue, tries float64) awssqs.Queue {
	return awssqs.NewQueue(s.Stack, &id, &awssqs.QueueProps{
		Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(6*workTimeout + batchWindow)),
		RetentionPeriod:   awscdk.Duration_Days(jsii.Number(keptWorking)),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: &tries},
	})
}

// bring makes the rules. Each has a fixed name, so that the policies which admit it can stand before it delivers.
func (s *stack) bring() {
	if len(s.Plan.Rules) == 0 {
		return // every check is switched off
	}
	arns := make([]any, 0, len(s.Plan.Rules))
	for _, rule := range s.Plan.Rules {
		arns = append(arns, s.fill("arn:{partition}:events:{region}:{account}:rule/"+rule.Name()))
	}
	if s.Organization != nil {
		arns = append(arns, s.fill(membersRuleARN()))
	}
	for _, q := range []awssqs.Queue{s.queues.looks, s.queues.undelivered} {
		// One statement for all rules: the policy of a queue holds 20 at most (Amazon SQS Developer Guide, "Quotas related to policies").
		q.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("RulesDeliver"), Principals: &[]awsiam.IPrincipal{service("events.amazonaws.com")},
			Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{q.QueueArn()},
			Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": arns}},
		}))
	}
	for _, rule := range s.Plan.Rules {
		made := awsevents.NewCfnRule(s.Stack, jsii.String(rule.ID), &awsevents.CfnRuleProps{
			Name: jsii.String(rule.Name()), Description: jsii.String("Brings pipewarden the events that its checks wait for."),
			EventPattern: rule.Pattern, State: jsii.String(state(rule)), Targets: s.toLooks(),
		})
		made.Node().AddDependency(s.queues.looks, s.queues.undelivered)
		s.rules = append(s.rules, made)
	}
}

// toLooks is the target of a rule: the queue that the auditor works off, and where an event ends that could not be delivered to it.
func (s *stack) toLooks() []any {
	return []any{&awsevents.CfnRule_TargetProperty{
		Id: jsii.String(deployment.TargetID), Arn: s.queues.looks.QueueArn(),
		DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: s.queues.undelivered.QueueArn()},
		RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumRetryAttempts: jsii.Number(185), MaximumEventAgeInSeconds: jsii.Number(86400)},
	}}
}
