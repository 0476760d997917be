package lambdahost

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// forwards is a template of a member: a rule to a bus elsewhere, but not in the place where that bus is.
const forwards = `{
	"Parameters": {"BusArn": {"Type": "String", "AllowedPattern": "^arn:[^ ]+$"}, "Home": {"Type": "String"}, "Stage": {"Type": "String", "Default": "prod"}},
	"Conditions": {"Away": {"Fn::Not": [{"Fn::And": [{"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "Home"}]}, {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}]}]},
		"Global": {"Fn::And": [{"Condition": "Away"}, {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, {"Fn::Equals": [{"Ref": "Stage"}, "test"]}]}]}},
	"Resources": {
		"Placeholder": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
		"Dead": {"Type": "AWS::SQS::Queue", "Condition": "Away"},
		"Forward": {"Type": "AWS::IAM::Role", "Condition": "Away", "Properties": {"MaxSessionDuration": 7200, "AssumeRolePolicyDocument": {"Version": "2012-10-17",
			"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
			"Policies": [{"PolicyName": "forward", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Ref": "BusArn"}}]}}]}},
		"Rule": {"Type": "AWS::Events::Rule", "Condition": "Away", "Properties": {"Name": "pipewarden-builds", "EventPattern": {"source": ["aws.codebuild"]},
			"Targets": [{"Id": "centre", "Arn": {"Ref": "BusArn"}, "RoleArn": {"Fn::GetAtt": ["Forward", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}]}},
		"GlobalRule": {"Type": "AWS::Events::Rule", "Condition": "Global", "Properties": {"Name": "pipewarden-roles", "EventPattern": {"source": ["aws.iam"]},
			"Targets": [{"Id": "centre", "Arn": {"Ref": "BusArn"}, "RoleArn": {"Fn::GetAtt": ["Forward", "Arn"]}}]}}
	}
}`

func rulesOf(t *testing.T, cfg aws.Config, onBus string) (names []string) {
	t.Helper()
	out, err := eventbridge.NewFromConfig(cfg).ListRules(t.Context(), &eventbridge.ListRulesInput{EventBusName: &onBus})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range out.Rules {
		names = append(names, aws.ToString(one.Name))
	}
	slices.Sort(names)
	return names
}

// TestMembersStacks: the same template in several regions of one account, and gone again.
func TestMembersStacks(t *testing.T) {
	t.Parallel()
	a := emulator.ForTest(t)
	order := Order{Stack: "StackSet-pipewarden-rules", Parameters: map[string]string{"BusArn": "arn:aws:events:eu-west-1:777788889999:event-bus/pipewarden", "Home": "eu-west-1"}}
	stacks := map[string]*Stack{}
	for where, want := range map[string][]string{"eu-west-1": nil, "eu-west-2": {"pipewarden-builds"}, "us-east-1": {"pipewarden-builds", "pipewarden-roles"}} {
		s, err := DeployAs(t.Context(), a, account, where, []byte(forwards), order)
		if err != nil {
			t.Fatal(err)
		}
		stacks[where] = s
		if diff := cmp.Diff(want, rulesOf(t, a.Config(account, where), "default")); diff != "" {
			t.Errorf("%s: %s", where, diff)
		}
	}
	roles := iam.NewFromConfig(a.Config(account, region))
	listed, err := roles.ListRoles(t.Context(), &iam.ListRolesInput{})
	if err != nil || len(listed.Roles) != 2 || len(*listed.Roles[0].RoleName) > 64 || aws.ToInt32(listed.Roles[0].MaxSessionDuration) != 7200 {
		t.Errorf("roles: %v, %v", listed, err)
	}
	for where, s := range stacks {
		if err := s.Delete(t.Context()); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		queues, err := sqs.NewFromConfig(a.Config(account, where)).ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("StackSet")})
		if left := rulesOf(t, a.Config(account, where), "default"); err != nil || len(left)+len(queues.QueueUrls) > 0 {
			t.Errorf("%s: left %v, %v, %v", where, left, queues.QueueUrls, err)
		}
	}
	listed, err = roles.ListRoles(t.Context(), &iam.ListRolesInput{})
	if err != nil || len(listed.Roles) > 0 {
		t.Errorf("roles left: %v, %v", listed.Roles, err)
	}
}

func TestOrdersThatCannotBeFilled(t *testing.T) {
	t.Parallel()
	for parameters, want := range map[string]string{
		`{"BusArn":"arn:x"}`: "Home: it has no value",
		`{"BusArn":"arn:x","Home":"eu-west-1","Other":"x"}`:     "Other: the template has none of that name",
		`{"BusArn":"arn:x y","Home":"eu-west-1"}`:               `BusArn: "arn:x y" does not match`,
		`{"BusArn":"arn:x","Home":"eu-west-1","Stage":"other"}`: "",
	} {
		tmpl, err := parseTemplate([]byte(forwards))
		if err != nil {
			t.Fatal(err)
		}
		var given map[string]string
		if err := json.Unmarshal([]byte(parameters), &given); err != nil {
			t.Fatal(err)
		}
		err = tmpl.fill(given)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", parameters, err)
		}
	}
}

// spanning is a central stack with a StackSet.
func spanning(body string) string {
	raw, err := json.Marshal(body)
	if err != nil {
		return ""
	}
	return `{"Resources": {
		"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "pipewarden"}},
		"Policy": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "All", "Statement": {
			"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": {"Fn::GetAtt": ["Bus", "Arn"]}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}}},
		"Partner": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "Partner", "Action": "events:PutEvents", "Principal": "444455556666"}},
		"Members": {"Type": "AWS::Events::Rule", "Properties": {"Name": "pipewarden-members", "EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": [{"prefix": "aws."}]}}},
		"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"StackSetName": "pipewarden-rules", "PermissionModel": "SERVICE_MANAGED", "TemplateBody": ` + string(raw) + `,
			"Parameters": [{"ParameterKey": "BusArn", "ParameterValue": {"Fn::GetAtt": ["Bus", "Arn"]}}, {"ParameterKey": "Home", "ParameterValue": {"Ref": "AWS::Region"}}],
			"StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": ["r-exam"]}, "Regions": ["eu-west-1", "us-east-1"]}]}}
	}}`
}

func TestStackSets(t *testing.T) {
	t.Parallel()
	a := emulator.ForTest(t)
	s, err := Deploy(t.Context(), a, account, region, []byte(spanning(forwards)))
	if err != nil {
		t.Fatal(err)
	}
	want := []StackSet{{
		Name: "pipewarden-rules", Template: forwards, Units: []string{"r-exam"}, Regions: []string{"eu-west-1", "us-east-1"},
		Parameters: map[string]string{"BusArn": "arn:aws:events:eu-west-1:111122223333:event-bus/pipewarden", "Home": "eu-west-1"},
	}}
	if diff := cmp.Diff(want, s.StackSets); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pipewarden-members"}, rulesOf(t, a.Config(account, region), "pipewarden")); diff != "" {
		t.Error(diff)
	}
	bus, err := eventbridge.NewFromConfig(a.Config(account, region)).DescribeEventBus(t.Context(), &eventbridge.DescribeEventBusInput{Name: aws.String("pipewarden")})
	if err != nil || !strings.Contains(aws.ToString(bus.Policy), `"aws:PrincipalOrgID": "o-exampleorgid"`) || !strings.Contains(aws.ToString(bus.Policy), "444455556666") {
		t.Errorf("policy of the bus: %v, %v", bus, err)
	}
	if err := s.Delete(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody knows how to delete") {
		t.Errorf("delete a stack of other things: %v", err)
	}
	for body, want := range map[string]string{
		`{"Transform":"AWS::Serverless-2016-10-31","Resources":{"A":{"Type":"AWS::SQS::Queue"}}}`: "has a transform",
		`{"Resources":{"A":{"Type":"AWS::CloudFormation::Stack"}}}`:                               "nested stack A",
		`{"Resources":{"A":{"Type":"` + strings.Repeat("x", longestBody) + `"}}}`:                 "more than 51200",
		`{`: "read template",
	} {
		if err := fitsStackSets(body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", body, err)
		}
	}
}
