package estate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/lambdahost"
	"github.com/pipewarden/pipewarden/shared/organization"
)

var regions = []string{"eu-west-1", "eu-west-2", "us-east-1"}

const memberRules = `{
	"Parameters": {"BusArn": {"Type": "String"}, "CentralAccount": {"Type": "String"}, "CentralRegion": {"Type": "String"}},
	"Conditions": {"Away": {"Fn::Not": [{"Fn::And": [{"Fn::Equals": [{"Ref": "AWS::AccountId"}, {"Ref": "CentralAccount"}]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "CentralRegion"}]}]}]}},
	"Resources": {
		"Dead": {"Type": "AWS::SQS::Queue", "Condition": "Away"},
		"Forward": {"Type": "AWS::IAM::Role", "Condition": "Away", "Properties": {
			"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
			"Policies": [{"PolicyName": "forward", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Ref": "BusArn"}}]}}]}},
		"Rule": {"Type": "AWS::Events::Rule", "Condition": "Away", "Properties": {"Name": "pipewarden-builds", "EventPattern": {"source": ["aws.codebuild"]},
			"Targets": [{"Id": "centre", "Arn": {"Ref": "BusArn"}, "RoleArn": {"Fn::GetAtt": ["Forward", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}]}}
	}
}`

const memberRoles = `{
	"Parameters": {"Organization": {"Type": "String"}, "Auditor": {"Type": "String"}},
	"Resources": {"Audit": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "pipewarden-audit", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": {"Ref": "Auditor"}}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "Organization"}}}}]}}}}
}`

// centralTemplate is a small central stack with both StackSets.
func centralTemplate(t *testing.T, unit string) []byte {
	t.Helper()
	set := func(name, body string, where []string, parameters map[string]any) any {
		var given []any
		for _, key := range slices.Sorted(maps.Keys(parameters)) {
			given = append(given, map[string]any{"ParameterKey": key, "ParameterValue": parameters[key]})
		}
		return map[string]any{"Type": "AWS::CloudFormation::StackSet", "Properties": map[string]any{
			"StackSetName": name, "PermissionModel": "SERVICE_MANAGED", "TemplateBody": body, "Parameters": given,
			"StackInstancesGroup": []any{map[string]any{"DeploymentTargets": map[string]any{"OrganizationalUnitIds": []string{unit}}, "Regions": where}},
		}}
	}
	own := func(pattern, bus string) string {
		return `{"Type":"AWS::Events::Rule","Properties":{` + bus + `"EventPattern":` + pattern + `,"Targets":[{"Id":"looks","Arn":{"Fn::GetAtt":["Looks","Arn"]}}]}}`
	}
	raw, err := json.Marshal(map[string]any{"Resources": map[string]any{
		"Looks":   map[string]any{"Type": "AWS::SQS::Queue"},
		"Bus":     json.RawMessage(`{"Type":"AWS::Events::EventBus","Properties":{"Name":"pipewarden"}}`),
		"Members": json.RawMessage(own(`{"source":[{"prefix":"aws."}]}`, `"EventBusName":{"Ref":"Bus"},`)),
		"Local":   json.RawMessage(own(`{"source":["aws.codebuild"]}`, "")),
		"Policy": json.RawMessage(`{"Type":"AWS::Events::EventBusPolicy","Properties":{"EventBusName":{"Ref":"Bus"},"StatementId":"All","Statement":{"Effect":"Allow","Principal":"*",
			"Action":"events:PutEvents","Resource":{"Fn::GetAtt":["Bus","Arn"]},"Condition":{"StringEquals":{"aws:PrincipalOrgID":"` + OrganizationID + `"}}}}}`),
		"Auditor": json.RawMessage(`{"Type":"AWS::IAM::Role","Properties":{"RoleName":"auditor","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]}}}`),
		"RolesSet": set("pipewarden-roles", memberRoles, regions[:1], map[string]any{
			"Organization": OrganizationID, "Auditor": map[string]any{"Fn::GetAtt": []string{"Auditor", "Arn"}},
		}),
		"RulesSet": set("pipewarden-rules", memberRules, regions, map[string]any{
			"BusArn": map[string]any{"Fn::GetAtt": []string{"Bus", "Arn"}}, "CentralAccount": map[string]any{"Ref": "AWS::AccountId"}, "CentralRegion": map[string]any{"Ref": "AWS::Region"},
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// realm is an organisation with a small central stack.
type realm struct {
	*Organization
	t       *testing.T
	central *lambdahost.Stack
}

func newRealm(t *testing.T) *realm {
	t.Helper()
	a := emulator.ForTest(t)
	r := &realm{Organization: NewOrganization(a, ExampleUnits()), t: t}
	var err error
	if r.central, err = lambdahost.Deploy(t.Context(), a, Central, Region, centralTemplate(t, r.Root())); err != nil {
		t.Fatal(err)
	}
	r.rollOut()
	return r
}

func (r *realm) rollOut() {
	r.t.Helper()
	if err := r.Roll(r.t.Context(), r.central); err != nil {
		r.t.Fatal(err)
	}
}

// heard puts an event in an account and region, and tells where what arrived says that it comes from.
func (r *realm) heard(account, region string) (from []string) {
	r.t.Helper()
	event := fmt.Appendf(nil, `{"source":"aws.codebuild","detail-type":"x","detail":{"by":%q}}`, account+region)
	if err := r.aws.PutEvent(r.t.Context(), account, region, event); err != nil {
		r.t.Fatal(err)
	}
	bodies, err := drain(r.t.Context(), sqs.NewFromConfig(r.aws.Config(Central, Region)), r.central.Names["Looks"]["QueueUrl"])
	if err != nil {
		r.t.Fatal(err)
	}
	for _, body := range bodies {
		var e struct{ Account, Region string }
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			r.t.Fatal(err)
		}
		from = append(from, e.Account+" "+e.Region)
	}
	return from
}

func (r *realm) expect(account, region string, want ...string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.heard(account, region)); diff != "" {
		r.t.Errorf("%s in %s: %s", account, region, diff)
	}
}

// enters takes the audit role of an account as the central auditor.
func (r *realm) enters(account string) error {
	c := sts.NewFromConfig(r.aws.As(emulator.Caller{Account: Central, Role: "auditor", Session: "run"}, Region))
	_, err := c.AssumeRole(r.t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/pipewarden-audit"), RoleSessionName: aws.String("run")})
	return err
}

// TestOrganization: five members, three regions. Events of each arrive in the centre, once, with their account and region, and the auditor gets in.
func TestOrganization(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	if got := len(r.Instances()); got != 5+5*3 {
		t.Fatalf("%d instances: %v", got, r.Instances())
	}
	for _, account := range []string{Central, Account, "444455556666", "222233334444", "555566667777"} {
		for _, region := range regions {
			r.expect(account, region, account+" "+region)
		}
		if err := r.enters(account); err != nil {
			t.Error(err)
		}
	}
	if got := r.heard(Management, Region); got != nil || r.enters(Management) == nil {
		t.Errorf("the management account was rolled to: %v", got)
	}
	if err := r.Manage(t.Context(), r.central); err != nil {
		t.Fatal(err)
	}
	r.expect(Management, Region, Management+" "+Region)
	if err := r.enters(Management); err != nil {
		t.Error(err)
	}
	var walked []string
	for one, err := range organization.Walk(t.Context(), r.aws.Config(Central, Region)) {
		if err != nil {
			t.Fatal(err)
		}
		walked = append(walked, one.ID)
	}
	slices.Sort(walked)
	if diff := cmp.Diff([]string{Account, Management, "222233334444", "444455556666", "555566667777", Central}, walked); diff != "" {
		t.Error(diff)
	}
	r.rollOut()
	if got := len(r.Instances()); got != 6+6*3 {
		t.Errorf("%d instances: %v", got, r.Instances())
	}
}

// TestMembersComeAndGo, and are rolled to or not.
func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	const joins = "333333333333"
	r.expect(joins, Region)
	r.Fails[Instance{"pipewarden-rules", joins, "us-east-1"}] = true
	r.Add(joins, "new", r.Units["workloads/test"])
	r.rollOut()
	r.expect(joins, Region, joins+" "+Region)
	r.expect(joins, "us-east-1")
	clear(r.Fails)
	r.rollOut()
	r.expect(joins, "us-east-1", joins+" us-east-1")

	r.Suspend(Account)
	r.rollOut()
	if r.Stack(Instance{"pipewarden-rules", Account, Region}) == nil || r.enters(Account) == nil {
		t.Error("a suspended account keeps its stacks, and lets nobody in")
	}
	r.Remove("444455556666")
	r.expect("444455556666", Region) // its rules are there, and the bus refuses it
	r.rollOut()
	if r.Stack(Instance{"pipewarden-rules", "444455556666", Region}) != nil || r.enters("444455556666") == nil {
		t.Error("an account that left keeps its stacks")
	}
	rules, err := eventbridge.NewFromConfig(r.aws.Config("444455556666", Region)).ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil || len(rules.Rules) > 0 {
		t.Errorf("rules left: %v, %v", rules, err)
	}

	for i := range r.central.StackSets { // the next version
		r.central.StackSets[i].Template = strings.ReplaceAll(r.central.StackSets[i].Template, "pipewarden-builds", "pipewarden-builds-2")
	}
	r.rollOut()
	rules, err = eventbridge.NewFromConfig(r.aws.Config(joins, Region)).ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil || len(rules.Rules) != 1 || *rules.Rules[0].Name != "pipewarden-builds-2" {
		t.Errorf("rules of the next version: %v, %v", rules, err)
	}
	r.expect(joins, Region, joins+" "+Region)
}

// TestEstatesElsewhere: the same estate stands in other accounts and regions, each by itself.
func TestEstatesElsewhere(t *testing.T) {
	t.Parallel()
	a := emulator.ForTest(t)
	for _, at := range []Site{Home, {"444455556666", "us-east-1"}} {
		if err := BuildAt(t.Context(), a, at); err != nil {
			t.Fatal(err)
		}
		got, err := codebuild.NewFromConfig(a.Config(at.Account, at.Region)).BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{Project}})
		if err != nil || len(got.Projects) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if where := *got.Projects[0].Artifacts.Location; where != "payments-api-builds-"+at.Account || !strings.Contains(*got.Projects[0].ServiceRole, at.Account) {
			t.Errorf("%s: artifacts in %s, role %s", at.Account, where, *got.Projects[0].ServiceRole)
		}
		pipeline, err := codepipeline.NewFromConfig(a.Config(at.Account, at.Region)).GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: aws.String(Pipeline)})
		if err != nil || *pipeline.Pipeline.ArtifactStore.Location != "web-prod-artifacts-"+at.Account || !strings.Contains(*pipeline.Pipeline.RoleArn, at.Account) {
			t.Errorf("%s: pipeline %v, %v", at.Account, pipeline, err)
		}
		trails, err := cloudtrail.NewFromConfig(a.Config(at.Account, at.Region)).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
		if err != nil || len(trails.TrailList) != 1 || *trails.TrailList[0].S3BucketName != "management-events-logs-"+at.Account || *trails.TrailList[0].HomeRegion != at.Region {
			t.Errorf("%s: trail %v, %v", at.Account, trails, err)
		}
		if at == Home {
			continue
		}
		policy, err := s3.NewFromConfig(a.Config(at.Account, at.Region)).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String(at.Bucket(TrailLogs))})
		if err != nil || strings.Contains(*policy.Policy, Account) || !strings.Contains(*policy.Policy, at.Account) {
			t.Errorf("%s: policy of the trail's bucket: %v, %v", at.Account, policy, err)
		}
	}
}
