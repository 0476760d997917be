package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/deployment"
)

const ourRules = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"

// nameOf is what the ARN of a rule ends in: that of a bus of its own names the bus before it.
func nameOf(rule *part) string {
	if rule.at("EventBusName") != nil {
		return deployment.Bus + "/" + text(rule.at("Name"))
	}
	return text(rule.at("Name"))
}

// stateOf is what the state of a rule has to be: calls that read come to rules of a state of their own only, and no others wait for those.
func stateOf(rule *part) string {
	if strings.Contains(fmt.Sprint(rule.at("EventPattern")), "[AssumeRole]") || rule.id == "RuleMembers" {
		return "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	return "ENABLED"
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
			same(t, rule, "State", stateOf(rule))
			if rule.at("EventBusName") != nil && rule.id != "RuleMembers" || rule.at("ScheduleExpression") != nil {
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
			want = append(want, ourRules+nameOf(rule))
			for _, queue := range []string{"LooksPolicy", "UndeliveredPolicy"} {
				policy := tpl.named(t, "AWS::SQS::QueuePolicy", queue)
				if !slices.Contains(rule.DependsOn, policy.id) {
					t.Errorf("%s may deliver before %s stands", rule.id, policy.id)
				}
			}
		}
		for _, policy := range tpl.all(t, "AWS::SQS::QueuePolicy") {
			if strings.HasPrefix(policy.id, "PostsPolicy") {
				continue // it admits the topic, and TestPostsComeFromTheTopicAlone says so
			}
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

func TestQueuesWaitForTheirFunctions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		mappings := slices.DeleteFunc(tpl.all(t, "AWS::Lambda::EventSourceMapping"), func(m *part) bool {
			return m.at("StartingPosition") != nil // of a stream
		})
		type working struct {
			queue, dead, function string
			concurrency           int
			tries                 int
		}
		all := []working{{"Looks", "LooksDead", "Auditor", 10, deployment.Tries}, {"Orders", "OrdersDead", "Remediator", 2, deployment.Tries}}
		if slices.Contains(functions[tpl.name], "notifier") {
			all = append(all, working{"Posts", "PostsDead", "Notifier", 2, deployment.PostTries})
		}
		if slices.Contains(functions[tpl.name], "exporter") {
			all = append(all, working{"Exports", "ExportsDead", "Exporter", 2, deployment.Tries})
		}
		if len(mappings) != len(all) {
			t.Errorf("%d functions work off queues", len(mappings))
		}
		for _, one := range all {
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
			same(t, queue, "RedrivePolicy.maxReceiveCount", one.tries)
			if got := text(queue.at("RedrivePolicy.deadLetterTargetArn")); got != "${"+dead.id+".Arn}" || one.tries < 5 {
				t.Errorf("%s ends in %s after %d tries", queue.id, got, one.tries)
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

func TestScheduleWakesTheSweeper(t *testing.T) {
	t.Parallel()
	rates := map[string]string{"propose": "rate(6 hours)", "applies": "rate(1 hour)", "chats": "rate(6 hours)", "central": "rate(6 hours)"}
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

// Detection cannot write: on anything that is not the stack's own, the auditor and the sweeper read.
// metadata is what the constructs said while they were made: warnings, and what cdk-nag objects to.
