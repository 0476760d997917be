package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/deployment"
)

// naming says for every type of resource in the stack which property names it; "": CloudFormation makes a name of the stack's name and the
// logical ID (AWS CloudFormation User Guide, "Name type").
var naming = map[string]string{
	"AWS::CloudWatch::Alarm": "AlarmName", "AWS::CloudWatch::Dashboard": "DashboardName", "AWS::DynamoDB::Table": "TableName",
	"AWS::Events::Rule": "Name", "AWS::IAM::Role": "RoleName", "AWS::KMS::Alias": "AliasName", "AWS::Lambda::Function": "FunctionName",
	"AWS::Logs::LogGroup": "LogGroupName", "AWS::SNS::Topic": "TopicName", "AWS::SQS::Queue": "QueueName", "AWS::SSM::Parameter": "Name",
	"AWS::Scheduler::Schedule": "Name", "AWS::CloudFormation::StackSet": "StackSetName", "AWS::Events::EventBus": "Name", "AWS::S3::Bucket": "BucketName",
}

// nameless are the types whose resources have no name of their own, and what calls on them name instead.
var nameless = map[string]string{
	"AWS::Events::EventBusPolicy":     "the bus",
	"AWS::KMS::Key":                   "its id, which the auditor is told",
	"AWS::Lambda::EventInvokeConfig":  "the function",
	"AWS::Lambda::EventSourceMapping": "an id; the answer names the function",
	"AWS::Lambda::Permission":         "the function",
	"AWS::Lambda::Url":                "the function",
	"AWS::SNS::Subscription":          "an ARN that begins with the topic's",
	"AWS::SNS::TopicPolicy":           "the topic",
	"AWS::S3::BucketPolicy":           "the bucket",
	"AWS::SQS::QueuePolicy":           "the queue",
}

// Whatever is deployed, the auditor knows it for its own: what is done to it past a deployment is told.
func TestTheAuditorKnowsEveryPartOfTheStack(t *testing.T) {
	t.Parallel()
	own := deployment.Place{Key: "1234abcd"}.Own()
	each(t, func(t *testing.T, tpl *template) {
		for _, p := range tpl.Resources {
			if nameless[p.Type] != "" {
				continue
			}
			property, known := naming[p.Type]
			if !known {
				t.Errorf("%s: say in naming which property names a %s, or in nameless that none does", p.id, p.Type)
				continue
			}
			name := deployment.Stack + "-" + p.id // as CloudFormation makes it, with more behind
			if given := p.at(property); given != nil {
				name = strings.NewReplacer("${AWS::Region}", "eu-west-1").Replace(text(given))
			}
			if !own.Is(name) {
				t.Errorf("%s (%s) is called %s, which the auditor does not know for its own", p.id, p.Type, name)
			}
		}
		key := "${" + tpl.named(t, "AWS::KMS::Key", "Key").id + "}"
		if got := text(tpl.named(t, "AWS::Lambda::Function", "Auditor").at("Environment.Variables.PIPEWARDEN_KEY")); got != key {
			t.Errorf("the auditor takes %s for its key", got)
		}
		if !slices.Contains(keeping, tpl.name) {
			return
		}
		signs := "${" + tpl.named(t, "AWS::KMS::Key", "EvidenceKey").id + "}"
		if got := text(tpl.named(t, "AWS::Lambda::Function", "Auditor").at("Environment.Variables.PIPEWARDEN_EVIDENCE_KEY")); got != signs {
			t.Errorf("the auditor takes %s for the key that signs", got)
		}
	})
}
