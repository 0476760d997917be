package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Props is what a stack is made from.
type Props struct {
	Plan     *blueprint.Plan
	Settings *settings.Settings
	Build    string // folder with one folder per function, each with its bootstrap and the settings
	Region   string // where it will be deployed, "" when that is not known yet

	Organization *Organization // nil: the account stands alone
	Members      Members       // what the organisation's other accounts get
}

// stack is pipewarden in one account and region, which may be the central one of an organisation. Neither is written into the template.
type stack struct {
	awscdk.Stack
	Props

	email, accountName awscdk.CfnParameter

	key    awskms.Key
	table  awsdynamodb.Table
	topic  awssns.Topic
	chat   awssns.Topic // that Amazon Q listens to; nil: it does not
	queues queues
	rules  []awsevents.CfnRule
	roles  map[string]awsiam.Role

	vault   vault   // evidence
	central central // of an organisation
}

func (p Props) whose() string {
	if p.Organization == nil {
		return "this account"
	}
	return "the organisation " + p.Organization.ID
}

// NewStack describes everything that one account takes, and what the central one of an organisation takes beyond that.
func NewStack(scope constructs.Construct, id string, props Props) {
	s := &stack{Props: props, roles: map[string]awsiam.Role{}, Stack: awscdk.NewStack(scope, &id, &awscdk.StackProps{
		StackName: jsii.String(deployment.Stack), TerminationProtection: jsii.Bool(true),
		Description: jsii.String("pipewarden: audits the CI/CD pipelines of " + props.whose() + " from their events"),
		Tags:        &map[string]*string{"app": jsii.String("pipewarden")},
	})}
	s.parameters()
	s.storage()
	s.messaging()
	s.keep()
	s.bring()
	s.hear()
	s.compute()
	s.observe()
	s.outputs()
	s.warn()
}

func (s *stack) parameters() {
	s.email = awscdk.NewCfnParameter(s.Stack, jsii.String("Email"), &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String(""), AllowedPattern: jsii.String(`^$|^[^@\s]+@[^@\s]+$`),
		Description:           jsii.String("Who is told. Empty: nobody, until somebody subscribes to the topic."),
		ConstraintDescription: jsii.String("an e-mail address, or nothing"),
	})
	s.accountName = awscdk.NewCfnParameter(s.Stack, jsii.String("AccountName"), &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String(""), MaxLength: jsii.Number(60),
		Description: jsii.String("What people call this account; shown beside its number."),
	})
}

// storage is the key, and the table under it. Both outlive the stack: a key must outlive what it seals.
func (s *stack) storage() {
	s.key = awskms.NewKey(s.Stack, jsii.String("Key"), &awskms.KeyProps{
		Alias: jsii.String("alias/pipewarden"), Description: jsii.String("Seals pipewarden's table, topic, logs and evidence."),
		EnableKeyRotation: jsii.Bool(true), RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	s.key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("LogsSealTheirGroups"),
		Principals: &[]awsiam.IPrincipal{service("logs." + *awscdk.Aws_REGION() + "." + *awscdk.Aws_URL_SUFFIX())},
		Actions:    jsii.Strings("kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]string{
			"kms:EncryptionContext:aws:logs:arn": s.fill("arn:{partition}:logs:{region}:{account}:log-group:" + blueprint.LogGroup("*")),
		}},
	}), jsii.Bool(false))
	// CloudWatch asks KMS itself when an alarm publishes; without this, alarms vanish and nothing says so.
	s.key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("AlarmsPublish"), Principals: &[]awsiam.IPrincipal{service("cloudwatch.amazonaws.com")},
		Actions: jsii.Strings("kms:Decrypt", "kms:GenerateDataKey*"), Resources: jsii.Strings("*"), Conditions: s.ofOurAlarms(),
	}), jsii.Bool(false))
	var stream awsdynamodb.StreamViewType
	if s.Settings.Evidence.Keep {
		stream = awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES // what was before is evidence as well
	}
	s.table = awsdynamodb.NewTable(s.Stack, jsii.String("Table"), &awsdynamodb.TableProps{
		Stream:              stream,
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String(ledger.PartitionKey), Type: awsdynamodb.AttributeType_STRING},
		SortKey:             &awsdynamodb.Attribute{Name: jsii.String(ledger.SortKey), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String(ledger.TimeToLive),
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:          awsdynamodb.TableEncryption_CUSTOMER_MANAGED, EncryptionKey: s.key,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		DeletionProtection:               jsii.Bool(true), RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
}

// messaging is the topic that people and machines subscribe to, and the queues.
func (s *stack) messaging() {
	s.topic = awssns.NewTopic(s.Stack, jsii.String("Topic"), &awssns.TopicProps{
		DisplayName: jsii.String("pipewarden"), MasterKey: s.key, EnforceSSL: jsii.Bool(true),
	})
	// A topic with a policy of its own has lost the default one, which admitted alarms.
	s.topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("AlarmsPublish"), Principals: &[]awsiam.IPrincipal{service("cloudwatch.amazonaws.com")},
		Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{s.topic.TopicArn()}, Conditions: s.ofOurAlarms(),
	}))
	subscribed := awscdk.NewCfnCondition(s.Stack, jsii.String(hasEmail), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(s.email.ValueAsString(), jsii.String(""))),
	})
	subscription := awssns.NewCfnSubscription(s.Stack, jsii.String("Subscription"), &awssns.CfnSubscriptionProps{
		TopicArn: s.topic.TopicArn(), Protocol: jsii.String("email"), Endpoint: s.email.ValueAsString(), FilterPolicy: forChannel(settings.EmailChannel),
	})
	subscription.CfnOptions().SetCondition(subscribed)
	s.queues = s.newQueues()
	s.slack()
}

// forChannel lets through what is for a channel, and what says nothing of channels, as alarms do
// (Amazon SNS Developer Guide, "Filter policy").
func forChannel(c settings.Channel) any {
	return map[string]any{"channels": []any{map[string]any{"exists": false}, string(c)}}
}

// slack brings messages to the notifier's queue, and makes the topic that Amazon Q listens to where it is to post them.
func (s *stack) slack() {
	if s.queues.posts == nil {
		return
	}
	s.queues.posts.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("TopicDelivers"), Principals: &[]awsiam.IPrincipal{service("sns.amazonaws.com")},
		Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{s.queues.posts.QueueArn()},
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": s.topic.TopicArn()}},
	}))
	awssns.NewCfnSubscription(s.Stack, jsii.String("PostsSubscription"), &awssns.CfnSubscriptionProps{
		TopicArn: s.topic.TopicArn(), Protocol: jsii.String("sqs"), Endpoint: s.queues.posts.QueueArn(), FilterPolicy: forChannel(settings.SlackChannel),
	})
	if s.Settings.Slack.Mode != settings.SlackAmazonQ {
		return
	}
	s.chat = awssns.NewTopic(s.Stack, jsii.String("ChatTopic"), &awssns.TopicProps{
		DisplayName: jsii.String("pipewarden"), MasterKey: s.key, EnforceSSL: jsii.Bool(true),
	})
	awscdk.NewCfnOutput(s.Stack, jsii.String("ChatTopicArn"), &awscdk.CfnOutputProps{
		Value: s.chat.TopicArn(), Description: jsii.String("Let a channel of Amazon Q Developer in chat applications listen to this topic."),
	})
}

// ofOurAlarms holds for the alarms of this stack.
func (s *stack) ofOurAlarms() *map[string]any {
	return &map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": s.fill("{account}")},
		"ArnLike":      map[string]any{"aws:SourceArn": s.fill("arn:{partition}:cloudwatch:{region}:{account}:alarm:" + alarmPrefix + "*")},
	}
}

// fill puts what only the deployment knows into a name in braces.
func (s *stack) fill(text string) string {
	names := []string{"{partition}", *awscdk.Aws_PARTITION(), "{region}", *awscdk.Aws_REGION(), "{account}", *awscdk.Aws_ACCOUNT_ID()}
	if s.queues.looks != nil {
		names = append(names, "{key}", *s.key.KeyArn(), "{table}", *s.table.TableArn(), "{topic}", *s.topic.TopicArn(),
			"{looks}", *s.queues.looks.QueueArn(), "{orders}", *s.queues.orders.QueueArn())
	}
	for name, q := range map[string]awssqs.Queue{"{posts}": s.queues.posts, "{exports}": s.queues.exports, "{evidenceDead}": s.queues.evidenceDead} {
		if q != nil {
			names = append(names, name, *q.QueueArn())
		}
	}
	if s.vault.bucket != nil {
		names = append(names, "{evidence}", *s.vault.bucket.BucketArn(), "{signing}", *s.vault.key.KeyArn(), "{stream}", *s.table.TableStreamArn())
	}
	if s.chat != nil {
		names = append(names, "{chat}", *s.chat.TopicArn())
	}
	if s.Organization != nil {
		names = append(names, "{organization}", s.Organization.ID)
	}
	return strings.NewReplacer(names...).Replace(text)
}

func service(name string) awsiam.IPrincipal {
	return awsiam.NewServicePrincipal(&name, nil)
}
