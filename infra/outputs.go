package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
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
	s.tellEvidence()
	subscribed, _ := s.Node().FindChild(jsii.String(hasEmail)).(awscdk.CfnCondition)
	alone := awscdk.NewCfnCondition(s.Stack, jsii.String("HasNoEmail"), &awscdk.CfnConditionProps{Expression: awscdk.Fn_ConditionNot(subscribed)})
	s.next("Next1Confirm", subscribed, "Open the mail from AWS Notifications to "+*s.email.ValueAsString()+
		" and confirm the subscription. Until then nothing arrives, and nothing says so.")
	s.next("Next1Subscribe", alone, "Nobody is told yet: "+s.command()+" EMAIL=you@example.com")
	s.next("Next2Trail", nil, "Changes are heard only while a trail logs management events in "+*awscdk.Aws_REGION()+
		". Find one: aws cloudtrail describe-trails --region "+*awscdk.Aws_REGION()+
		" --query trailList[].TrailARN; then, for each: aws cloudtrail get-trail-status --name ARN --query IsLogging")
	s.next("Next3Scan", nil, "See what is wrong today: pipewarden scan")
	if s.Organization != nil {
		s.nextForMembers()
		return
	}
	s.nextForGlobalServices("Calls of %s are not heard here: EventBridge delivers them in %s only. Forward them with a rule there, or deploy there as well.")
}

// tellEvidence says where evidence lies and what it is signed with, for who verifies it.
func (s *stack) tellEvidence() {
	if s.vault.bucket == nil {
		return
	}
	for _, found := range []struct {
		name, text string
		value      *string
	}{
		{"EvidenceBucketName", "Check what lies there: pipewarden verify s3://NAME --key public-key.pem", s.vault.bucket.BucketName()},
		{"EvidenceKeyArn", "Its public half checks the evidence. Keep it elsewhere: aws kms get-public-key --key-id ARN", s.vault.key.KeyArn()},
	} {
		awscdk.NewCfnOutput(s.Stack, &found.name, &awscdk.CfnOutputProps{Value: found.value, Description: &found.text})
	}
}

// nextForGlobalServices says what becomes of calls that are not heard in every region.
func (s *stack) nextForGlobalServices(text string) {
	deaf := blueprint.GlobalServices(s.Plan.Rules)
	if len(deaf) == 0 {
		return
	}
	elsewhere := awscdk.NewCfnCondition(s.Stack, jsii.String("IsElsewhere"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), jsii.String(blueprint.GlobalRegion))),
	})
	s.next("Next4GlobalServices", elsewhere, fmt.Sprintf(text, strings.Join(deaf, ", "), blueprint.GlobalRegion))
}

// command is how the stack was deployed.
func (s *stack) command() string {
	if s.Organization == nil {
		return "make deploy"
	}
	return "make deploy-org " + s.Organization.variables()
}

// variables are those of make.
func (o *Organization) variables() string {
	return "ORG=" + o.ID + " OUS=" + strings.Join(o.Units, ",") + " REGIONS=" + strings.Join(o.Regions, ",")
}

// nextForMembers tells what the other accounts of the organisation take, and what is left to do for them.
func (s *stack) nextForMembers() {
	o := s.Organization
	auditor, remediator := *s.roles[blueprint.Auditor].RoleArn(), *s.roles[blueprint.Remediator].RoleArn()
	for _, found := range []struct{ name, text, value string }{
		{"BusArn", "Where the members' rules send events.", *s.central.bus.AttrArn()},
		{"AuditorRoleArn", "The only role that may take " + deployment.AuditRole + " in the members.", auditor},
	} {
		awscdk.NewCfnOutput(s.Stack, &found.name, &awscdk.CfnOutputProps{Value: &found.value, Description: &found.text})
	}
	s.nextForGlobalServices("Calls of %s are heard by the members' rules in %s. For this account's own calls, its unit has to be one of " + strings.Join(o.Units, ", ") + ".")
	s.next("Next5Management", nil, "StackSets leave out the management account. With its credentials: make deploy-management "+o.variables()+" BUS="+*s.central.bus.AttrArn()+" AUDITOR="+auditor+" REMEDIATOR="+remediator)
	s.next("Next6Accounts", nil, "See whether every account and region is well: pipewarden accounts")
}

func (s *stack) next(id string, when awscdk.CfnCondition, text string) {
	awscdk.NewCfnOutput(s.Stack, &id, &awscdk.CfnOutputProps{Value: &text, Condition: when})
}
