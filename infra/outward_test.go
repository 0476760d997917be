package main

import (
	"slices"
	"strings"
	"testing"
)

// What goes to Slack comes from the topic alone, and of what is for e-mail only, nothing does.
func TestPostsComeFromTheTopicAlone(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"applies", "chats"} {
		tpl := load(t, stack)
		topic, posts := "${"+tpl.named(t, "AWS::SNS::Topic", "Topic").id+"}", tpl.named(t, "AWS::SQS::Queue", "Posts")
		for _, s := range tpl.named(t, "AWS::SQS::QueuePolicy", "PostsPolicy").statements(t, "PolicyDocument") {
			if s.Effect != "Allow" {
				continue
			}
			if !slices.Equal(s.principal, []string{"sns.amazonaws.com"}) || !slices.Equal(s.actions, []string{"sqs:SendMessage"}) || text(s.Condition["ArnEquals"]["aws:SourceArn"]) != topic {
				t.Errorf("%s: %v may %v under %v", stack, s.principal, s.actions, s.Condition)
			}
		}
		subscription := tpl.named(t, "AWS::SNS::Subscription", "PostsSubscription")
		same(t, subscription, "Protocol", "sqs")
		same(t, subscription, "FilterPolicy", map[string]any{"channels": []any{map[string]any{"exists": false}, "slack"}})
		if text(subscription.at("Endpoint")) != "${"+posts.id+".Arn}" || text(subscription.at("TopicArn")) != topic {
			t.Errorf("%s: %+v", stack, subscription.Properties)
		}
	}
	for id := range load(t, "propose").Resources {
		if strings.HasPrefix(id, "Posts") || strings.HasPrefix(id, "Exports") || strings.HasPrefix(id, "Chat") {
			t.Errorf("nobody asked for %s", id)
		}
	}
}

// Slack has no credentials of AWS: whoever calls the responder is told from others by a signature alone.
func TestTheResponderHasAnAddress(t *testing.T) {
	t.Parallel()
	tpl := load(t, "applies")
	url := tpl.all(t, "AWS::Lambda::Url")
	if len(url) != 1 || text(url[0].at("AuthType")) != "NONE" || !strings.Contains(text(url[0].at("TargetFunctionArn")), tpl.named(t, "AWS::Lambda::Function", "Responder").id) {
		t.Fatalf("%+v", url)
	}
	var may []string
	for _, p := range tpl.all(t, "AWS::Lambda::Permission") {
		if !strings.Contains(text(p.at("FunctionName")), "Responder") || text(p.at("Principal")) != "*" {
			t.Errorf("%s: %+v", p.id, p.Properties)
		}
		may = append(may, text(p.at("Action")))
	}
	if !slices.Contains(may, "lambda:InvokeFunctionUrl") {
		t.Errorf("the address admits %v", may)
	}
	if !strings.Contains(text(tpl.Outputs["SlackRequestUrl"].Value), url[0].id) {
		t.Errorf("the address is not told: %+v", tpl.Outputs["SlackRequestUrl"])
	}
}

func TestOutwardFunctionsMayNoMoreThanTheyNeed(t *testing.T) {
	t.Parallel()
	tpl := load(t, "applies")
	const secret = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:chat/slack-*"
	const hub = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:hub/default"
	const product = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:product/${AWS::AccountId}/default"
	const bus = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/siem"
	for function, want := range map[string][]string{
		"Notifier":  {"secretsmanager:GetSecretValue " + secret},
		"Responder": {"secretsmanager:GetSecretValue " + secret},
		"Exporter": {
			"events:PutEvents " + bus, "securityhub:BatchImportFindings " + hub, "securityhub:BatchImportFindings " + product, "securityhub:BatchUpdateFindings " + hub,
			"securityhub:BatchUpdateFindings " + product, "securityhub:GetFindings " + hub, "securityhub:GetFindings " + product,
		},
	} {
		var got []string
		for _, s := range tpl.named(t, "AWS::IAM::Role", function+"Role").allowed(t) {
			for _, action := range s.actions {
				for _, resource := range s.resources {
					reference := strings.TrimSuffix(strings.Trim(resource, "${}"), ".Arn")
					if _, own := tpl.Resources[reference]; !own && !strings.HasPrefix(action, "logs:") {
						got = append(got, action+" "+resource)
					}
				}
			}
		}
		if !slices.Equal(sorted(got), want) {
			t.Errorf("beyond the stack's own parts the %s may\n%s", function, strings.Join(sorted(got), "\n"))
		}
	}
}

func TestReporterIsWoken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		tell := tpl.named(t, "AWS::Scheduler::Schedule", "Tell")
		same(t, tell, "ScheduleExpression", "rate(5 minutes)")
		same(t, tell, "Target.Input", `{"calmSeconds":180}`)
		if got := text(tell.at("Target.Arn")); got != "${"+tpl.named(t, "AWS::Lambda::Function", "Reporter").id+".Arn}" {
			t.Errorf("it wakes %s", got)
		}
	})
	daily := load(t, "applies").named(t, "AWS::Scheduler::Schedule", "Daily")
	same(t, daily, "ScheduleExpression", "cron(15 8 * * ? *)")
	same(t, daily, "ScheduleExpressionTimezone", "Europe/Zurich")
	same(t, daily, "Target.Input", `{"daily":true,"calmSeconds":180}`)
	// Who wants no digest is reminded all the same.
	same(t, load(t, "chats").named(t, "AWS::Scheduler::Schedule", "Daily"), "ScheduleExpression", "cron(0 7 * * ? *)")
	heed := load(t, "applies").named(t, "AWS::Scheduler::Schedule", "HeedSecurityHub")
	same(t, heed, "ScheduleExpression", "rate(1 hour)")
	same(t, heed, "Target.Input", `{"heed":true}`)
}
