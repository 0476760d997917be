package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTheBusAdmitsExactlyTheOrganisation(t *testing.T) {
	t.Parallel()
	tpl := load(t, "central")
	bus := tpl.named(t, "AWS::Events::EventBus", "Bus")
	same(t, bus, "Name", "pipewarden-members") // named so that whoever changes it is told of
	if policies := tpl.all(t, "AWS::Events::EventBusPolicy"); len(policies) != 1 {
		t.Errorf("%d policies", len(policies))
	}
	policy := tpl.named(t, "AWS::Events::EventBusPolicy", "BusPolicy")
	want := map[string]any{
		"Sid": "OrganizationSends", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": map[string]any{"Fn::GetAtt": []any{bus.id, "Arn"}},
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": "o-exampleorgid"}},
	}
	if !reflect.DeepEqual(policy.at("Statement"), want) {
		t.Errorf("it admits %v", policy.at("Statement"))
	}
	rule := tpl.named(t, "AWS::Events::Rule", "RuleMembers")
	same(t, rule, "Name", "pipewarden-members")
	same(t, rule, "EventPattern", map[string]any{"source": []any{map[string]any{"prefix": "aws."}}})
	if text(rule.at("EventBusName")) != "${"+bus.id+"}" {
		t.Errorf("the rule is on %v", rule.at("EventBusName"))
	}
	for _, alone := range []string{"propose", "applies", "chats"} {
		for id, p := range load(t, alone).Resources {
			if p.Type == "AWS::Events::EventBus" || p.Type == "AWS::CloudFormation::StackSet" {
				t.Errorf("%s stands alone and makes %s", alone, id)
			}
		}
	}
}

func TestStackSets(t *testing.T) {
	t.Parallel()
	tpl := load(t, "central")
	parameters := map[string]map[string]string{
		"RolesSet": {
			"OrganizationId": "o-exampleorgid", "AuditorRoleArn": "${" + tpl.named(t, "AWS::IAM::Role", "AuditorRole").id + ".Arn}",
			"RemediatorRoleArn": "${" + tpl.named(t, "AWS::IAM::Role", "RemediatorRole").id + ".Arn}",
		},
		"RulesSet": {"BusArn": "${Bus.Arn}", "CentralAccount": "${AWS::AccountId}", "CentralRegion": "${AWS::Region}"},
	}
	regions := map[string][]string{"RolesSet": {"${AWS::Region}"}, "RulesSet": {"eu-west-1", "eu-central-1", "us-east-1"}}
	for _, set := range tpl.all(t, "AWS::CloudFormation::StackSet") {
		for path, want := range map[string]any{
			"StackSetName": map[string]string{"RolesSet": "pipewarden-roles", "RulesSet": "pipewarden-rules"}[set.id],
			"CallAs":       map[string]any{"Ref": "CallAs"}, "PermissionModel": "SERVICE_MANAGED",
			"AutoDeployment.Enabled": true, "AutoDeployment.RetainStacksOnAccountRemoval": false, "ManagedExecution": map[string]any{"Active": true},
			"Capabilities": []any{"CAPABILITY_NAMED_IAM"}, "OperationPreferences": map[string]any{
				"MaxConcurrentPercentage": 25.0, "FailureTolerancePercentage": 50.0, "ConcurrencyMode": "STRICT_FAILURE_TOLERANCE", "RegionConcurrencyType": "PARALLEL",
			},
			"Tags": []any{map[string]any{"Key": "app", "Value": "pipewarden"}},
		} {
			same(t, set, path, want)
		}
		groups, _ := set.at("StackInstancesGroup").([]any)
		if len(groups) != 1 {
			t.Fatalf("%s: %v", set.id, groups)
		}
		object, _ := groups[0].(map[string]any)
		group := &part{id: set.id, Properties: object}
		same(t, group, "DeploymentTargets", map[string]any{"OrganizationalUnitIds": []any{"ou-ab12-cd34ef56", "ou-ab12-gh78ij90"}})
		if got := texts(group.at("Regions")); !slices.Equal(got, regions[set.id]) {
			t.Errorf("%s is in %v", set.id, got)
		}
		got := map[string]string{}
		given, _ := set.at("Parameters").([]any)
		for _, one := range given {
			object, _ := one.(map[string]any)
			got[text(object["ParameterKey"])] = text(object["ParameterValue"])
		}
		if !reflect.DeepEqual(got, parameters[set.id]) {
			t.Errorf("%s is given %v", set.id, got)
		}
	}
	// Who joins a unit has the roles before the rules, where the management account is known.
	after, _ := tpl.named(t, "AWS::CloudFormation::StackSet", "RulesSet").at("AutoDeployment.DependsOn").(map[string]any)
	choice, _ := after["Fn::If"].([]any)
	if len(choice) != 3 || choice[0] != "KnowsManagement" || text(choice[2]) != "${AWS::NoValue}" ||
		!slices.Equal(texts(choice[1]), []string{"arn:${AWS::Partition}:cloudformation:${AWS::Region}:${ManagementAccount}:stackset/${RolesSet}"}) {
		t.Errorf("the rules come after %v", after)
	}
	if got := tpl.Parameters["CallAs"]; got["Default"] != "DELEGATED_ADMIN" || !reflect.DeepEqual(got["AllowedValues"], []any{"DELEGATED_ADMIN", "SELF"}) {
		t.Errorf("CallAs: %v", got)
	}
	if got := tpl.Parameters["ManagementAccount"]; got["Default"] != "" {
		t.Errorf("ManagementAccount: %v", got)
	}
}

// New readers have their rights before new code reads, and new events come after the code that knows them.
func TestOneDeploymentKeepsTheOrder(t *testing.T) {
	t.Parallel()
	tpl := load(t, "central")
	id := func(kind, name string) string { return tpl.named(t, kind, name).id }
	functions := []string{id("AWS::Lambda::Function", "Auditor"), id("AWS::Lambda::Function", "Remediator")}
	for _, function := range functions {
		if !slices.Contains(tpl.Resources[function].DependsOn, "RolesSet") {
			t.Errorf("%s may run before the members' roles stand", function)
		}
		if strings.Contains(fmt.Sprint(tpl.Resources[function].DependsOn), "RulesSet") {
			t.Errorf("%s waits for the members' rules", function)
		}
	}
	for _, role := range []string{"AuditorRole", "RemediatorRole"} {
		if after := tpl.named(t, "AWS::IAM::Role", role).DependsOn; len(after) > 0 {
			t.Errorf("%s waits for %v", role, after)
		}
	}
	rules := tpl.named(t, "AWS::CloudFormation::StackSet", "RulesSet")
	for _, needed := range append(functions, "RolesSet", "BusPolicy", "RuleMembers", id("AWS::Lambda::EventSourceMapping", "AuditorQueue")) {
		if !slices.Contains(rules.DependsOn, needed) {
			t.Errorf("the members' events may come before %s", needed)
		}
	}
}

func TestFunctionsAreToldOfTheOrganisation(t *testing.T) {
	t.Parallel()
	tpl := load(t, "central")
	for _, function := range []string{"Auditor", "Remediator", "Sweeper"} {
		f := tpl.named(t, "AWS::Lambda::Function", function)
		for name, want := range map[string]string{"ORGANIZATION": "o-exampleorgid", "UNITS": "ou-ab12-cd34ef56,ou-ab12-gh78ij90", "REGIONS": "eu-west-1,eu-central-1", "GLOBAL_REGION": "us-east-1"} {
			same(t, f, "Environment.Variables.PIPEWARDEN_"+name, want)
		}
	}
}

func TestOutputsOfTheCentralStack(t *testing.T) {
	t.Parallel()
	tpl := load(t, "central")
	auditor, remediator := tpl.named(t, "AWS::IAM::Role", "AuditorRole").id, tpl.named(t, "AWS::IAM::Role", "RemediatorRole").id
	const variables = "ORG=o-exampleorgid OUS=ou-ab12-cd34ef56,ou-ab12-gh78ij90 REGIONS=eu-west-1,eu-central-1"
	for name, want := range map[string]string{
		"BusArn": "${Bus.Arn}", "AuditorRoleArn": "${" + auditor + ".Arn}", "RemediatorRoleArn": "${" + remediator + ".Arn}",
		"Next1Subscribe":  "Nobody is told yet: make deploy-org " + variables + " EMAIL=you@example.com",
		"Next5Management": "StackSets leave out the management account. With its credentials: make deploy-management " + variables + " BUS=${Bus.Arn} AUDITOR=${" + auditor + ".Arn} REMEDIATOR=${" + remediator + ".Arn}",
		"Next6Accounts":   "See whether every account and region is well: pipewarden accounts",
	} {
		if got := text(tpl.Outputs[name].Value); got != want {
			t.Errorf("output %s is %s, want %s", name, got, want)
		}
	}
	if got := text(tpl.Outputs["Next4GlobalServices"].Value); !strings.Contains(got, "heard by the members' rules in us-east-1") {
		t.Errorf("global services: %s", got)
	}
	if strings.Contains(metadata(t, "central"), "pipewarden:globalServices") {
		t.Error("it warns of what the members' rules bring")
	}
	if strings.Contains(string(load(t, "propose").raw), "deploy-org") {
		t.Error("an account that stands alone is told of organisations")
	}
}
