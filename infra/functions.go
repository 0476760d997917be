package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/pipewarden/pipewarden/shared/blueprint"
)

// functionName is the name in Lambda, and so the dimension of the function's metrics.
func functionName(function string) string { return "pipewarden-" + function }

// compute makes the functions, and what wakes them. The roles come first: the auditor is told the remediator's by its ARN.
func (s *stack) compute() {
	for _, function := range s.Plan.Deployed() {
		s.roles[function] = s.role(function)
	}
	place := map[string]*string{
		// 128 MB come with 7 % of one core: more than one thread at a time only waits.
		"GOMAXPROCS": jsii.String("1"),
		// An event leaves 2 MB of garbage behind, and the memory is paid for whether it is used or not: it is collected seldom, and in time.
		"GOGC":               jsii.String("400"),
		"PIPEWARDEN_ACCOUNT": awscdk.Aws_ACCOUNT_ID(), "PIPEWARDEN_PARTITION": awscdk.Aws_PARTITION(),
	}
	book := with(place, map[string]*string{"PIPEWARDEN_TABLE": s.table.TableName(), "PIPEWARDEN_ACCOUNT_NAME": s.accountName.ValueAsString()})
	record := with(book, map[string]*string{"PIPEWARDEN_TOPIC": s.topic.TopicArn(), "PIPEWARDEN_REMEDIATOR_ROLE": s.roles[blueprint.Remediator].RoleArn()})
	looks := map[string]*string{"PIPEWARDEN_LOOKS": s.queues.looks.QueueUrl()}
	orders := map[string]*string{"PIPEWARDEN_ORDERS": s.queues.orders.QueueUrl()}
	bus := map[string]*string{"PIPEWARDEN_LOOKS_ARN": s.queues.looks.QueueArn(), "PIPEWARDEN_UNDELIVERED_ARN": s.queues.undelivered.QueueArn()}
	own := map[string]*string{"PIPEWARDEN_KEY": s.key.KeyId()}
	if s.vault.key != nil {
		own["PIPEWARDEN_EVIDENCE_KEY"] = s.vault.key.KeyId()
	}
	exports, trusted, members := map[string]*string{}, map[string]*string{}, map[string]*string{}
	if s.queues.exports != nil {
		exports["PIPEWARDEN_EXPORTS"] = s.queues.exports.QueueUrl()
	}
	if role := s.roles[blueprint.Responder]; role != nil {
		trusted["PIPEWARDEN_RESPONDER_ROLE"] = role.RoleArn()
	}
	if o := s.Organization; o != nil {
		members["PIPEWARDEN_ORGANIZATION"] = &o.ID
		members["PIPEWARDEN_UNITS"], members["PIPEWARDEN_REGIONS"] = jsii.String(strings.Join(o.Units, ",")), jsii.String(strings.Join(o.Regions, ","))
		members["PIPEWARDEN_GLOBAL_REGION"] = jsii.String(o.global())
	}

	auditor := s.function(blueprint.Auditor, small(workTimeout), with(record, looks, orders, own, exports, members))
	s.poll(auditor, s.queues.looks, 10)
	remediator := s.function(blueprint.Remediator, small(workTimeout), with(record, orders, bus, exports, trusted, members))
	s.poll(remediator, s.queues.orders, 2)
	s.wake(s.function(blueprint.Sweeper, small(sweepTimeout), with(book, looks, members)))
	s.span(auditor, remediator)
	s.report(s.function(blueprint.Reporter, small(reportTimeout), with(record, exports)))
	s.outward(record, orders)
	s.archive(place)
	s.publish(book)
}

// outward makes the functions that talk with other systems, where the settings take them.
func (s *stack) outward(record, orders map[string]*string) {
	if s.queues.posts != nil {
		chat := map[string]*string{}
		if s.chat != nil {
			chat["PIPEWARDEN_CHAT_TOPIC"] = s.chat.TopicArn()
		}
		// Few at a time: Slack takes one message a second for a channel (Slack API, "Rate limits").
		s.poll(s.function(blueprint.Notifier, small(workTimeout), with(record, chat)), s.queues.posts, 2)
	}
	if s.queues.exports != nil {
		f := s.function(blueprint.Exporter, small(workTimeout), record)
		s.poll(f, s.queues.exports, 2)
		if s.Settings.Export.SecurityHub {
			s.schedule("HeedSecurityHub", "Looks for what was suppressed in Security Hub.", hourly, s.target(f, s.waker("ExporterScheduler", f), `{"heed":true}`))
		}
	}
	if s.roles[blueprint.Responder] != nil {
		s.answer(s.function(blueprint.Responder, small(answerTimeout), with(record, orders)))
	}
}

// answer lets Slack call a function. Its address is public, as Slack signs its calls and has no credentials of AWS: the function looks at
// the signature before anything else.
func (s *stack) answer(f awslambda.Function) {
	url := f.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_NONE})
	awscdk.NewCfnOutput(s.Stack, jsii.String("SlackRequestUrl"), &awscdk.CfnOutputProps{
		Value: url.Url(), Description: jsii.String("Where Slack sends what people press: the app's Interactivity, Request URL."),
	})
}

func with(all ...map[string]*string) map[string]*string {
	out := map[string]*string{}
	for _, one := range all {
		for name, value := range one {
			out[name] = value
		}
	}
	return out
}

// role is made by hand: AWS's managed policy for functions lets them make log groups, which then stay for ever.
func (s *stack) role(function string) awsiam.Role {
	var statements []awsiam.PolicyStatement
	var reasons []*cdknag.NagPackSuppression
	for _, one := range s.Plan.Functions[function] {
		resources := make([]string, 0, len(one.Resources))
		for _, resource := range one.Resources {
			resources = append(resources, s.fill(resource))
			if strings.Contains(resource, "*") {
				reasons = append(reasons, s.wildcard(resource, one.Reason))
			}
		}
		statements = append(statements, awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String(one.Sid), Actions: jsii.Strings(one.Actions...), Resources: jsii.Strings(resources...), Conditions: s.conditions(one),
		}))
	}
	role := awsiam.NewRole(s.Stack, jsii.String(blueprint.Camel(function)+"Role"), &awsiam.RoleProps{
		AssumedBy: service("lambda.amazonaws.com"), Description: jsii.String("What pipewarden's " + function + " may do."),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			function: awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
	cdknag.NagSuppressions_AddResourceSuppressions(role, &reasons, jsii.Bool(false))
	return role
}

// conditions are those of a statement, filled in; nil: there are none.
func (s *stack) conditions(one blueprint.Statement) *map[string]any {
	conditions := one.Conditions()
	if conditions == nil {
		return nil
	}
	filled := map[string]any{}
	for operator, keys := range conditions {
		below := map[string]any{}
		for key, values := range keys {
			all := make([]string, 0, len(values))
			for _, value := range values {
				all = append(all, s.fill(value))
			}
			below[key] = all
		}
		filled[operator] = below
	}
	return &filled
}

// wildcard explains one resource with a wildcard to cdk-nag, and no other.
func (s *stack) wildcard(resource, reason string) *cdknag.NagPackSuppression {
	names := []string{"{partition}", "<AWS::Partition>", "{region}", "<AWS::Region>", "{account}", "<AWS::AccountId>"}
	if s.Organization != nil {
		names = append(names, "{organization}", s.Organization.ID)
	}
	if s.vault.bucket != nil {
		bucket, _ := s.vault.bucket.Node().DefaultChild().(awscdk.CfnElement)
		names = append(names, "{evidence}", "<"+*s.Stack.GetLogicalId(bucket)+".Arn>")
	}
	shown := strings.NewReplacer(names...).Replace(resource)
	return &cdknag.NagPackSuppression{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String(reason), AppliesTo: &[]any{"Resource::" + shown},
	}
}

// size is how long a function may run, and with how much memory.
type size struct{ seconds, megabytes float64 }

// small is enough for what works off messages.
func small(seconds float64) size { return size{seconds, 128} }

// limit is the memory that Go keeps within before Lambda ends the function: what Go does not count takes 72 MB, if the function is small.
func (s size) limit() string {
	const beyond = 72
	return strconv.Itoa(int(s.megabytes)-beyond) + "MiB"
}

func (s *stack) function(name string, of size, env map[string]*string) awslambda.Function {
	env = with(env, map[string]*string{"GOMEMLIMIT": jsii.String(of.limit())})
	// It goes with the stack: its name is fixed, and what was found and done is in the table, which stays.
	logs := awslogs.NewCfnLogGroup(s.Stack, jsii.String(blueprint.Camel(name)+"Log"), &awslogs.CfnLogGroupProps{
		LogGroupName: jsii.String(blueprint.LogGroup(name)), RetentionInDays: jsii.Number(float64(s.Settings.LogRetentionDays)), KmsKeyId: s.key.KeyArn(),
	})
	logs.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
	return awslambda.NewFunction(s.Stack, jsii.String(blueprint.Camel(name)), &awslambda.FunctionProps{
		FunctionName: jsii.String(functionName(name)), Role: s.roles[name],
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: awslambda.Architecture_ARM_64(), Handler: jsii.String("bootstrap"),
		Code: awslambda.Code_FromAsset(jsii.String(filepath.Join(s.Build, name)), nil), MemorySize: &of.megabytes,
		Timeout: awscdk.Duration_Seconds(&of.seconds), Environment: &env,
		LogGroup: awslogs.LogGroup_FromLogGroupName(s.Stack, jsii.String(blueprint.Camel(name)+"LogName"), logs.Ref()),
	})
}

// poll lets a function work off a queue. The limit on concurrency is the poller's: a throttled function would burn receives.
func (s *stack) poll(f awslambda.Function, q awssqs.Queue, concurrency float64) {
	f.AddEventSourceMapping(jsii.String("Queue"), &awslambda.EventSourceMappingOptions{
		EventSourceArn: q.QueueArn(), BatchSize: jsii.Number(10), MaxBatchingWindow: awscdk.Duration_Seconds(jsii.Number(batchWindow)),
		ReportBatchItemFailures: jsii.Bool(true), MaxConcurrency: &concurrency,
	})
}
