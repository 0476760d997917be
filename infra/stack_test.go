package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

const ourRules = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"

func number(t *testing.T, p *part, path string) float64 {
	t.Helper()
	n, ok := p.at(path).(float64)
	if !ok {
		t.Fatalf("%s: %s is %v, no number", p.id, path, p.at(path))
	}
	return n
}

func same(t *testing.T, p *part, path string, want any) {
	t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := p.at(path); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s is %v, want %v", p.id, path, got, want)
	}
}

func TestRulesDeliverToTheQueueAndNowhereElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		looks, undelivered := tpl.named(t, "AWS::SQS::Queue", "Looks"), tpl.named(t, "AWS::SQS::Queue", "Undelivered")
		rules := tpl.all(t, "AWS::Events::Rule")
		if len(rules) >= 300 {
			t.Errorf("%d rules; a bus takes 300", len(rules))
		}
		for _, rule := range rules {
			targets, _ := rule.at("Targets").([]any)
			if len(targets) != 1 {
				t.Errorf("%s has %d targets", rule.id, len(targets))
				continue
			}
			object, _ := targets[0].(map[string]any)
			target := &part{id: rule.id, Properties: object}
			for path, want := range map[string]string{"Arn": "${" + looks.id + ".Arn}", "DeadLetterConfig.Arn": "${" + undelivered.id + ".Arn}"} {
				if got := text(target.at(path)); got != want {
					t.Errorf("%s: target's %s is %s, want %s", rule.id, path, got, want)
				}
			}
			if number(t, target, "RetryPolicy.MaximumEventAgeInSeconds") < 3600 || number(t, target, "RetryPolicy.MaximumRetryAttempts") < 10 {
				t.Errorf("%s gives up too soon", rule.id)
			}
			same(t, rule, "State", "ENABLED")
			if rule.at("EventBusName") != nil || rule.at("ScheduleExpression") != nil {
				t.Errorf("%s is not on the default bus", rule.id)
			}
			if name := text(rule.at("Name")); len(name) > 64 || !strings.HasPrefix(name, "pipewarden-") {
				t.Errorf("%s is called %s", rule.id, name)
			}
		}
	})
}

func TestQueuesAdmitExactlyTheRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		var want []string
		for _, rule := range tpl.all(t, "AWS::Events::Rule") {
			want = append(want, ourRules+text(rule.at("Name")))
			for _, queue := range []string{"LooksPolicy", "UndeliveredPolicy"} {
				policy := tpl.named(t, "AWS::SQS::QueuePolicy", queue)
				if !slices.Contains(rule.DependsOn, policy.id) {
					t.Errorf("%s may deliver before %s stands", rule.id, policy.id)
				}
			}
		}
		for _, policy := range tpl.all(t, "AWS::SQS::QueuePolicy") {
			all := policy.statements(t, "PolicyDocument")
			if len(all) > 20 {
				t.Errorf("%s has %d statements; SQS takes 20", policy.id, len(all))
			}
			for _, s := range all {
				if s.Effect != "Allow" {
					continue
				}
				if !slices.Equal(s.principal, []string{"events.amazonaws.com"}) || !slices.Equal(s.actions, []string{"sqs:SendMessage"}) {
					t.Errorf("%s admits %v to %v", policy.id, s.Principal, s.actions)
				}
				if got := texts(s.Condition["ArnEquals"]["aws:SourceArn"]); len(s.Condition) != 1 || !slices.Equal(sorted(got), sorted(want)) {
					t.Errorf("%s admits under %v, want the ARNs of %v", policy.id, s.Condition, want)
				}
			}
			if admits := strings.Contains(fmt.Sprint(all), "events.amazonaws.com"); admits != (strings.HasPrefix(policy.id, "LooksPolicy") || strings.HasPrefix(policy.id, "UndeliveredPolicy")) {
				t.Errorf("%s: admits events is %v", policy.id, admits)
			}
		}
	})
}

// The policy of a queue may have 8,192 bytes.
func TestPoliciesOfQueuesAreShortEnough(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, policy := range tpl.all(t, "AWS::SQS::QueuePolicy") {
			raw, err := json.Marshal(policy.at("PolicyDocument"))
			if err != nil {
				t.Fatal(err)
			}
			arns := strings.Count(string(raw), ":rule/")
			// The longest partition, region and account; the ARN of a queue is in every statement.
			if estimate := 600 + arns*(len("arn:aws-us-gov:events:ap-southeast-7:111122223333:rule/")+64+3); estimate > 8192 {
				t.Errorf("%s may have %d bytes", policy.id, estimate)
			}
		}
	})
}

func TestEverythingDemandsTLS(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for kind, of := range map[string]string{"AWS::SQS::QueuePolicy": "AWS::SQS::Queue", "AWS::SNS::TopicPolicy": "AWS::SNS::Topic"} {
			policies := tpl.all(t, kind)
			if len(policies) != len(tpl.all(t, of)) {
				t.Errorf("%d of %s for %d of %s", len(policies), kind, len(tpl.all(t, of)), of)
			}
			for _, policy := range policies {
				if !slices.ContainsFunc(policy.statements(t, "PolicyDocument"), func(s statement) bool {
					return s.Effect == "Deny" && text(s.Condition["Bool"]["aws:SecureTransport"]) == "false"
				}) {
					t.Errorf("%s lets plain HTTP in", policy.id)
				}
			}
		}
	})
}

func TestQueuesWaitForTheirFunctions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		mappings := tpl.all(t, "AWS::Lambda::EventSourceMapping")
		if len(mappings) != 2 {
			t.Errorf("%d functions work off queues", len(mappings))
		}
		for _, one := range []struct {
			queue, dead, function string
			concurrency           int
		}{{"Looks", "LooksDead", "Auditor", 10}, {"Orders", "OrdersDead", "Remediator", 2}} {
			queue, dead := tpl.named(t, "AWS::SQS::Queue", one.queue), tpl.named(t, "AWS::SQS::Queue", one.dead)
			function := tpl.named(t, "AWS::Lambda::Function", one.function)
			mapping := tpl.named(t, "AWS::Lambda::EventSourceMapping", one.function+"Queue")
			if text(mapping.at("FunctionName")) != "${"+function.id+"}" || text(mapping.at("EventSourceArn")) != "${"+queue.id+".Arn}" {
				t.Errorf("%s joins %v and %v", mapping.id, mapping.at("FunctionName"), mapping.at("EventSourceArn"))
			}
			window := number(t, mapping, "MaximumBatchingWindowInSeconds")
			if least := 6*number(t, function, "Timeout") + window; number(t, queue, "VisibilityTimeout") < least || window > 5 {
				t.Errorf("%s is hidden for %v seconds, want %v", queue.id, queue.at("VisibilityTimeout"), least)
			}
			same(t, mapping, "FunctionResponseTypes", []any{"ReportBatchItemFailures"})
			same(t, mapping, "BatchSize", 10)
			same(t, mapping, "ScalingConfig.MaximumConcurrency", one.concurrency)
			same(t, queue, "RedrivePolicy.maxReceiveCount", deployment.Tries)
			if got := text(queue.at("RedrivePolicy.deadLetterTargetArn")); got != "${"+dead.id+".Arn}" || deployment.Tries < 5 {
				t.Errorf("%s ends in %s after %d tries", queue.id, got, deployment.Tries)
			}
			same(t, dead, "MessageRetentionPeriod", 14*86400)
			if number(t, queue, "MessageRetentionPeriod") >= number(t, dead, "MessageRetentionPeriod") {
				t.Errorf("what %s gives up late is gone from %s at once: retention counts from the first sending", queue.id, dead.id)
			}
		}
		for _, queue := range tpl.all(t, "AWS::SQS::Queue") {
			same(t, queue, "SqsManagedSseEnabled", true)
		}
	})
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	settingsOf := map[string]string{
		"Auditor":    "ACCOUNT ACCOUNT_NAME LOOKS ORDERS PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Remediator": "ACCOUNT ACCOUNT_NAME PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Sweeper":    "ACCOUNT LOOKS PARTITION",
	}
	each(t, func(t *testing.T, tpl *template) {
		if made := tpl.all(t, "AWS::Lambda::Function"); len(made) != len(settingsOf) {
			t.Errorf("%d functions", len(made))
		}
		for id, want := range settingsOf {
			f := tpl.named(t, "AWS::Lambda::Function", id)
			same(t, f, "Runtime", "provided.al2023")
			same(t, f, "Architectures", []any{"arm64"})
			same(t, f, "MemorySize", 128)
			same(t, f, "FunctionName", functionName(strings.ToLower(id)))
			if f.at("ReservedConcurrentExecutions") != nil {
				t.Errorf("%s has reserved concurrency: throttles burn receives", f.id)
			}
			variables, _ := f.at("Environment.Variables").(map[string]any)
			var names []string
			for name := range variables {
				names = append(names, strings.TrimPrefix(name, "PIPEWARDEN_"))
			}
			if got := strings.Join(sorted(names), " "); got != want {
				t.Errorf("%s is told %s, want %s", f.id, got, want)
			}
			if role := tpl.named(t, "AWS::IAM::Role", id+"Role"); text(f.at("Role")) != "${"+role.id+".Arn}" {
				t.Errorf("%s runs as %v", f.id, f.at("Role"))
			}
		}
		remediator := "${" + tpl.named(t, "AWS::IAM::Role", "RemediatorRole").id + ".Arn}"
		if got := text(tpl.named(t, "AWS::Lambda::Function", "Auditor").at("Environment.Variables.PIPEWARDEN_REMEDIATOR_ROLE")); got != remediator {
			t.Errorf("the auditor takes %s for the remediator", got)
		}
	})
}

func TestLogGroups(t *testing.T) {
	t.Parallel()
	days := map[string]int{"propose": 365, "applies": 30}
	for _, stack := range stacks {
		tpl := load(t, stack)
		key := "${" + tpl.named(t, "AWS::KMS::Key", "Key").id + ".Arn}"
		for _, function := range functions {
			group := tpl.named(t, "AWS::Logs::LogGroup", camel(function)+"Log")
			same(t, group, "LogGroupName", "/pipewarden/"+function)
			same(t, group, "RetentionInDays", days[stack])
			if got := text(group.at("KmsKeyId")); got != key {
				t.Errorf("%s is sealed by %s", group.id, got)
			}
			if got := text(tpl.named(t, "AWS::Lambda::Function", camel(function)).at("LoggingConfig.LogGroup")); got != "${"+group.id+"}" {
				t.Errorf("%s logs to %s", function, got)
			}
		}
	}
}

func TestKeyAdmitsItsServices(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		key := tpl.named(t, "AWS::KMS::Key", "Key")
		same(t, key, "EnableKeyRotation", true)
		bySid := map[string]statement{}
		for _, s := range key.statements(t, "KeyPolicy") {
			bySid[s.Sid] = s
			if len(s.principal) > 0 && len(s.Condition) == 0 {
				t.Errorf("%v may use the key for anybody", s.principal)
			}
		}
		logs := bySid["LogsSealTheirGroups"]
		if got := text(logs.Condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]); got != "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/pipewarden/*" {
			t.Errorf("logs are sealed for %s", got)
		}
		if !slices.Equal(logs.principal, []string{"logs.${AWS::Region}.${AWS::URLSuffix}"}) ||
			!slices.Equal(logs.actions, []string{"kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"}) {
			t.Errorf("logs: %v may %v", logs.principal, logs.actions)
		}
		alarms := bySid["AlarmsPublish"]
		if !slices.Equal(alarms.actions, []string{"kms:Decrypt", "kms:GenerateDataKey*"}) {
			t.Errorf("alarms may %v", alarms.actions)
		}
		isForOurAlarms(t, alarms)
		same(t, tpl.named(t, "AWS::KMS::Alias", "KeyAlias"), "AliasName", "alias/pipewarden")
	})
}

func isForOurAlarms(t *testing.T, s statement) {
	t.Helper()
	if !slices.Equal(s.principal, []string{"cloudwatch.amazonaws.com"}) || text(s.Condition["StringEquals"]["aws:SourceAccount"]) != "${AWS::AccountId}" ||
		text(s.Condition["ArnLike"]["aws:SourceArn"]) != "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:pipewarden-*" {
		t.Errorf("%s admits %v under %v", s.Sid, s.principal, s.Condition)
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		topic := tpl.named(t, "AWS::SNS::Topic", "Topic")
		if got := text(topic.at("KmsMasterKeyId")); got != "${"+tpl.named(t, "AWS::KMS::Key", "Key").id+".Arn}" {
			t.Errorf("the topic is sealed by %s", got)
		}
		for _, s := range tpl.named(t, "AWS::SNS::TopicPolicy", "TopicPolicy").statements(t, "PolicyDocument") {
			if s.Effect == "Allow" {
				isForOurAlarms(t, s)
			}
		}
		// A queue that subscribes needs a policy of its own; there is none yet, and e-mail only for whoever gave an address.
		subscriptions := tpl.all(t, "AWS::SNS::Subscription")
		if len(subscriptions) != 1 || text(subscriptions[0].at("Protocol")) != "email" || subscriptions[0].Condition != "HasEmail" {
			t.Errorf("subscriptions: %+v", subscriptions)
		}
		if fallback := tpl.Parameters["Email"]["Default"]; fallback != "" {
			t.Errorf("e-mail goes to %v unless said otherwise", fallback)
		}
	})
}

func TestWhatHoldsDataOutlivesTheStack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for kind, id := range map[string]string{"AWS::KMS::Key": "Key", "AWS::DynamoDB::Table": "Table"} {
			if p := tpl.named(t, kind, id); p.DeletionPolicy != "Retain" || p.Replace != "Retain" {
				t.Errorf("%s is removed with the stack", p.id)
			}
		}
		table := tpl.named(t, "AWS::DynamoDB::Table", "Table")
		same(t, table, "DeletionProtectionEnabled", true)
		same(t, table, "BillingMode", "PAY_PER_REQUEST")
		same(t, table, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", true)
		same(t, table, "SSESpecification.SSEEnabled", true)
		same(t, table, "TimeToLiveSpecification", map[string]any{"AttributeName": ledger.TimeToLive, "Enabled": true})
		same(t, table, "KeySchema", []any{
			map[string]any{"AttributeName": ledger.PartitionKey, "KeyType": "HASH"}, map[string]any{"AttributeName": ledger.SortKey, "KeyType": "RANGE"},
		})
		if got := text(table.at("SSESpecification.KMSMasterKeyId")); got != "${"+tpl.named(t, "AWS::KMS::Key", "Key").id+".Arn}" {
			t.Errorf("the table is sealed by %s", got)
		}
		if table.at("GlobalSecondaryIndexes") != nil {
			t.Error("the table has an index, which is eventually consistent: nothing may be decided on it")
		}
	})
}

func TestScheduleWakesTheSweeper(t *testing.T) {
	t.Parallel()
	rates := map[string]string{"propose": "rate(6 hours)", "applies": "rate(1 hour)"}
	for _, stack := range stacks {
		tpl := load(t, stack)
		schedule, role := tpl.named(t, "AWS::Scheduler::Schedule", "Sweep"), tpl.named(t, "AWS::IAM::Role", "SchedulerRole")
		function, dead := "${"+tpl.named(t, "AWS::Lambda::Function", "Sweeper").id+".Arn}", "${"+tpl.named(t, "AWS::SQS::Queue", "Undelivered").id+".Arn}"
		same(t, schedule, "ScheduleExpression", rates[stack])
		same(t, schedule, "ScheduleExpressionTimezone", "UTC")
		same(t, schedule, "State", "ENABLED")
		for path, want := range map[string]string{"Target.Arn": function, "Target.RoleArn": "${" + role.id + ".Arn}", "Target.DeadLetterConfig.Arn": dead} {
			if got := text(schedule.at(path)); got != want {
				t.Errorf("%s is %s, want %s", path, got, want)
			}
		}
		if number(t, schedule, "Target.RetryPolicy.MaximumRetryAttempts") < 1 {
			t.Error("the schedule does not try again")
		}
		var may []string
		for _, s := range role.allowed(t) {
			may = append(may, fmt.Sprintf("%v%v", s.actions, s.resources))
		}
		if want := []string{"[lambda:InvokeFunction][" + function + "]", "[sqs:SendMessage][" + dead + "]"}; !slices.Equal(sorted(may), want) {
			t.Errorf("the scheduler may %v", may)
		}
		trust := role.statements(t, "AssumeRolePolicyDocument")
		if len(trust) != 1 || !slices.Equal(trust[0].principal, []string{"scheduler.amazonaws.com"}) || text(trust[0].Condition["StringEquals"]["aws:SourceAccount"]) != "${AWS::AccountId}" {
			t.Errorf("the scheduler's role trusts %+v", trust)
		}
	}
}

func TestAlarmsTellPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		var want []string
		for _, q := range []string{"LooksDead", "OrdersDead", "Undelivered"} {
			want = append(want, "ApproximateNumberOfMessagesVisible ${"+tpl.named(t, "AWS::SQS::Queue", q).id+".QueueName} > 0")
		}
		for _, q := range []string{"Looks", "Orders"} {
			want = append(want, "ApproximateAgeOfOldestMessage ${"+tpl.named(t, "AWS::SQS::Queue", q).id+".QueueName} > 900")
		}
		for _, f := range functions {
			want = append(want, "Errors pipewarden-"+f+" > 0", "Throttles pipewarden-"+f+" > 0")
		}
		topic := "${" + tpl.named(t, "AWS::SNS::Topic", "Topic").id + "}"
		var got []string
		for _, alarm := range tpl.all(t, "AWS::CloudWatch::Alarm") {
			dimensions, _ := alarm.at("Dimensions").([]any)
			object, _ := dimensions[0].(map[string]any)
			got = append(got, fmt.Sprintf("%v %s > %v", alarm.at("MetricName"), text(object["Value"]), alarm.at("Threshold")))
			if actions := texts(alarm.at("AlarmActions")); !slices.Equal(actions, []string{topic}) {
				t.Errorf("%s tells %v", alarm.id, actions)
			}
			if !strings.HasPrefix(text(alarm.at("AlarmName")), alarmPrefix) {
				t.Errorf("%s is called %v: the topic does not admit it", alarm.id, alarm.at("AlarmName"))
			}
			same(t, alarm, "ComparisonOperator", "GreaterThanThreshold")
			same(t, alarm, "TreatMissingData", "notBreaching")
		}
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("alarms on\n%s\nwant\n%s", strings.Join(sorted(got), "\n"), strings.Join(sorted(want), "\n"))
		}
	})
}

func TestDashboardShowsWhatTheFunctionsCount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		board := tpl.all(t, "AWS::CloudWatch::Dashboard")[0]
		body := text(board.at("DashboardBody"))
		for _, metric := range []string{"Findings", "Unknowns", "Undecodable", "RemedyFailed"} {
			if !strings.Contains(body, `["pipewarden","`+metric+`","function","pipewarden-`) {
				t.Errorf("the dashboard does not show %s", metric)
			}
		}
	})
}

func TestRolesAreHandMadeAndNarrow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, role := range tpl.all(t, "AWS::IAM::Role") {
			if role.at("ManagedPolicyArns") != nil {
				t.Errorf("%s has managed policies", role.id)
			}
			for _, s := range role.allowed(t) {
				if s.Effect != "Allow" || s.NotAction != nil {
					t.Errorf("%s: %+v", role.id, s)
				}
				for _, action := range s.actions {
					if strings.Contains(action, "*") || action == "logs:CreateLogGroup" {
						t.Errorf("%s may %s", role.id, action)
					}
				}
			}
		}
		for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission"} {
			for _, p := range tpl.Resources {
				if p.Type == kind {
					t.Errorf("%s: permissions stand in the roles alone", p.id)
				}
			}
		}
	})
}

// Detection cannot write: on anything that is not the stack's own, the auditor and the sweeper read.
func TestDetectionCannotWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, function := range []string{auditor, sweeper} {
			readsOnly(t, tpl, function)
		}
	})
	t.Run("nor can the remediator while every remedy proposes", func(t *testing.T) {
		t.Parallel()
		readsOnly(t, load(t, "propose"), remediator)
	})
	t.Run("the remediator can where one applies", func(t *testing.T) {
		t.Parallel()
		tpl := load(t, "applies")
		var got []string
		for _, s := range tpl.named(t, "AWS::IAM::Role", "RemediatorRole").allowed(t) {
			if strings.HasPrefix(s.Sid, "Remedy") {
				for _, action := range s.actions {
					for _, resource := range s.resources {
						got = append(got, action+" "+resource)
					}
				}
			}
		}
		var want []string
		for _, r := range extended().Remedies {
			for _, g := range r.Grants {
				resource := strings.NewReplacer("{partition}", "${AWS::Partition}", "{region}", "${AWS::Region}", "{account}", "${AWS::AccountId}").Replace(g.Resource)
				want = append(want, g.Action+" "+resource)
			}
		}
		if !slices.Equal(sorted(got), sorted(want)) || len(want) == 0 {
			t.Errorf("the remediator may write\n%v\nthe remedies are granted\n%v", sorted(got), sorted(want))
		}
	})
}

func readsOnly(t *testing.T, tpl *template, function string) {
	t.Helper()
	group := "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/pipewarden/" + function + ":*"
	for _, s := range tpl.named(t, "AWS::IAM::Role", camel(function)+"Role").allowed(t) {
		for _, action := range s.actions {
			_, name, _ := strings.Cut(action, ":")
			if slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(name, verb) }) {
				continue
			}
			for _, resource := range s.resources {
				reference := strings.TrimSuffix(strings.Trim(resource, "${}"), ".Arn")
				if _, own := tpl.Resources[reference]; !own && resource != group {
					t.Errorf("the %s may %s on %s", function, action, resource)
				}
			}
		}
	}
}

func TestNoPartitionIsWrittenDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, literal := range []string{"arn:aws:", "arn:aws-", "amazonaws.com.cn"} {
			if strings.Contains(string(tpl.raw), literal) {
				t.Errorf("the template holds %s", literal)
			}
		}
	})
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, name := range []string{"TableName", "TopicArn", "OrdersUrl", "LooksUrl", "RemediatorRoleArn"} {
			if !strings.HasPrefix(text(tpl.Outputs[name].Value), "${") {
				t.Errorf("output %s is %v", name, tpl.Outputs[name].Value)
			}
		}
		for name, want := range map[string]struct{ text, condition string }{
			"Next1Confirm":   {"confirm the subscription", "HasEmail"},
			"Next1Subscribe": {"make deploy EMAIL=", "HasNoEmail"},
			"Next2Trail":     {"only while a trail logs management events in ${AWS::Region}", ""},
			"Next3Scan":      {"pipewarden scan", ""},
		} {
			if got := tpl.Outputs[name]; !strings.Contains(text(got.Value), want.text) || got.Condition != want.condition {
				t.Errorf("output %s is %s when %q", name, text(got.Value), got.Condition)
			}
		}
	})
}

func TestWhatIsNotHeardHereIsSaid(t *testing.T) {
	t.Parallel()
	warning := "pipewarden:globalServices"
	for _, one := range []struct {
		stack  string
		warned bool
	}{{"propose", false}, {"applies", true}} {
		if got := strings.Contains(metadata(t, one.stack), warning); got != one.warned {
			t.Errorf("%s: warned is %v", one.stack, got)
		}
	}
	if got := load(t, "applies").Outputs["Next4GlobalServices"]; !strings.Contains(text(got.Value), "iam") || got.Condition != "IsElsewhere" {
		t.Errorf("output: %+v", got)
	}
}

// metadata is what the constructs said while they were made: warnings, and what cdk-nag objects to.
func metadata(t *testing.T, stack string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, stack+".metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestStackIsProtectedAndBoundToNoPlace(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var assembly struct {
		Artifacts map[string]struct {
			Type, Environment string
			Properties        struct {
				TerminationProtection bool
				StackName             string
				Tags                  map[string]string
			}
		}
	}
	if err := json.Unmarshal(raw, &assembly); err != nil {
		t.Fatal(err)
	}
	for _, stack := range stacks {
		made := assembly.Artifacts[stack]
		if !made.Properties.TerminationProtection || made.Properties.StackName != "pipewarden" || made.Properties.Tags["app"] != "pipewarden" || made.Environment != "aws://unknown-account/unknown-region" {
			t.Errorf("%s: %+v", stack, made)
		}
	}
}
