package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// A member's rules have the names and the patterns of the central ones, and send to the central bus and nowhere else.
func TestMembersRulesSendToTheCentralBus(t *testing.T) {
	t.Parallel()
	eachMember(t, func(t *testing.T, m *member, _, rules *template) {
		made := rules.all(t, "AWS::Events::Rule")
		if len(made) != len(m.plan.MemberRules) || len(made) == 0 {
			t.Errorf("%d rules, the plan has %d", len(made), len(m.plan.MemberRules))
		}
		for _, rule := range m.plan.MemberRules {
			p := rules.named(t, "AWS::Events::Rule", rule.ID)
			samePattern(t, rule.Rule, p)
			same(t, p, "Name", rule.Name())
			same(t, p, "State", stateOf(p))
			if p.at("EventBusName") != nil || !slices.Contains(p.DependsOn, "UndeliveredPolicy") {
				t.Errorf("%s: bus %v, after %v", p.id, p.at("EventBusName"), p.DependsOn)
			}
			want := []any{map[string]any{
				"Id": "Looks", "Arn": map[string]any{"Ref": "BusArn"}, "RoleArn": map[string]any{"Fn::GetAtt": []any{"Forward", "Arn"}},
				"DeadLetterConfig": map[string]any{"Arn": map[string]any{"Fn::GetAtt": []any{"Undelivered", "Arn"}}},
			}}
			if !reflect.DeepEqual(p.at("Targets"), want) {
				t.Errorf("%s sends to %v", p.id, p.at("Targets"))
			}
		}
	})
}

// Only the heartbeat stays in the centre: it is a change of a parameter there.
func TestMembersBringWhatTheCentreBringsButTheHeartbeat(t *testing.T) {
	t.Parallel()
	m := members["default"]
	var left []string
	for _, rule := range m.plan.Rules {
		if !slices.ContainsFunc(m.plan.MemberRules, func(r blueprint.MemberRule) bool { return r.ID == rule.ID && r.Name() == rule.Name() }) {
			left = append(left, fmt.Sprint(rule.Pattern))
		}
	}
	if want := []string{fmt.Sprint(heartbeat.Selector().Pattern())}; !slices.Equal(left, want) {
		t.Errorf("members do not bring %v", left)
	}
}

func TestTheForwardingRoleIsNarrow(t *testing.T) {
	t.Parallel()
	const ours = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/pipewarden-*"
	eachMember(t, func(t *testing.T, _ *member, _, rules *template) {
		role := rules.named(t, "AWS::IAM::Role", "Forward")
		may := role.allowed(t)
		if len(may) != 1 || !slices.Equal(may[0].actions, []string{"events:PutEvents"}) || !slices.Equal(may[0].resources, []string{"${BusArn}"}) {
			t.Errorf("it may %+v", may)
		}
		trust := role.statements(t, "AssumeRolePolicyDocument")
		if len(trust) != 1 || !slices.Equal(trust[0].principal, []string{"events.amazonaws.com"}) || text(trust[0].Condition["StringEquals"]["aws:SourceAccount"]) != "${AWS::AccountId}" ||
			!slices.Equal(subs(trust[0].Condition["ArnLike"]["aws:SourceArn"]), []string{ours}) {
			t.Errorf("it is taken by %+v", trust)
		}
		// Roles of all regions share one list of names.
		if got := subs(role.at("RoleName")); !slices.Equal(got, []string{"pipewarden-forward-${AWS::Region}"}) {
			t.Errorf("it is called %v", got)
		}

		queue := rules.named(t, "AWS::SQS::Queue", "Undelivered")
		same(t, queue, "QueueName", "pipewarden-undelivered")
		same(t, queue, "SqsManagedSseEnabled", true)
		same(t, queue, "MessageRetentionPeriod", 14*86400)
		policy := rules.named(t, "AWS::SQS::QueuePolicy", "UndeliveredPolicy").statements(t, "PolicyDocument")
		if len(policy) != 2 {
			t.Fatalf("%+v", policy)
		}
		admits, tls := policy[0], policy[1]
		if admits.Effect != "Allow" || !slices.Equal(admits.principal, []string{"events.amazonaws.com"}) || !slices.Equal(admits.actions, []string{"sqs:SendMessage"}) ||
			!slices.Equal(subs(admits.Condition["ArnLike"]["aws:SourceArn"]), []string{ours}) {
			t.Errorf("the queue admits %+v", admits)
		}
		if tls.Effect != "Deny" || tls.Principal != "*" || tls.Condition["Bool"]["aws:SecureTransport"] != "false" {
			t.Errorf("the queue lets plain HTTP in: %+v", tls)
		}
		for _, rule := range rules.all(t, "AWS::Events::Rule") {
			if name := text(rule.at("Name")); !strings.HasPrefix(name, "pipewarden-") {
				t.Errorf("the queue does not admit %s", name)
			}
		}
	})
}

// Where rules are made: evaluated as CloudFormation does it.
func TestRulesAreMadeWhereTheirEventsAre(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		members, account, region string
		global, chosen, sign     bool // which rules are made there
	}{
		{"default", "444455556666", "eu-west-1", false, true, true},
		{"default", "444455556666", "eu-central-1", false, true, true},
		{"default", "444455556666", "us-east-1", true, false, true}, // there for global services alone
		{"wide", "444455556666", "us-east-1", true, true, true},
		{"wide", "444455556666", "eu-west-1", false, true, true},
		{"default", "111122223333", "eu-west-1", false, false, false}, // the central stack is there
		{"default", "111122223333", "eu-central-1", false, true, true},
		{"default", "111122223333", "us-east-1", true, false, true},
	} {
		m := members[one.members]
		rules := m.load(t, m.made.Rules)
		var conditions struct{ Conditions map[string]any }
		if err := json.Unmarshal(rules.raw, &conditions); err != nil {
			t.Fatal(err)
		}
		place := map[string]any{"AWS::AccountId": one.account, "AWS::Region": one.region, "CentralAccount": "111122223333", "CentralRegion": "eu-west-1"}
		stands := func(p *part) bool {
			return p.Condition == "" || holds(t, map[string]any{"Condition": p.Condition}, conditions.Conditions, place)
		}
		for id, want := range map[string]bool{"RuleIam": one.global, "RuleCodebuild": one.chosen, "RuleSignin": one.sign} {
			if got := stands(rules.named(t, "AWS::Events::Rule", id)); got != want {
				t.Errorf("%s: %s is made in %s of %s: %v", one.members, id, one.region, one.account, got)
			}
		}
		some := one.global || one.chosen || one.sign
		for kind, id := range map[string]string{"AWS::IAM::Role": "Forward", "AWS::SQS::Queue": "Undelivered", "AWS::SQS::QueuePolicy": "UndeliveredPolicy"} {
			if got := stands(rules.named(t, kind, id)); got != some {
				t.Errorf("%s: %s is made in %s of %s: %v", one.members, id, one.region, one.account, got)
			}
		}
		if !stands(rules.named(t, "AWS::CloudFormation::WaitConditionHandle", "Nothing")) { // a stack must not be empty
			t.Error("nothing may be left")
		}
	}
}

// holds evaluates a condition of a template.
func holds(t *testing.T, condition any, all map[string]any, place map[string]any) bool {
	t.Helper()
	object, _ := condition.(map[string]any)
	for function, arguments := range object {
		list, _ := arguments.([]any)
		switch function {
		case "Condition":
			return holds(t, all[text(arguments)], all, place)
		case "Fn::Not":
			return !holds(t, list[0], all, place)
		case "Fn::And":
			return !slices.ContainsFunc(list, func(one any) bool { return !holds(t, one, all, place) })
		case "Fn::Equals":
			return valueOf(list[0], place) == valueOf(list[1], place)
		}
	}
	t.Fatalf("condition %v", condition)
	return false
}

func valueOf(v any, place map[string]any) any {
	if ref, ok := v.(map[string]any); ok {
		return place[text(ref["Ref"])]
	}
	return v
}
