package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// members are the members' templates as they were synthesised: with the default settings, with everything on that can be, and with every
// check and remedy on in an organisation that watches GlobalRegion itself.
var members = map[string]*member{}

type member struct {
	plan       *blueprint.Plan
	made       Members
	again      Members // the same once more
	objections string
}

func example() *Organization {
	return &Organization{ID: "o-exampleorgid", Units: []string{"ou-ab12-cd34ef56", "ou-ab12-gh78ij90"}, Regions: []string{"eu-west-1", "eu-central-1"}}
}

// synthesiseMembers writes them, and has cdk-nag look at them: what a wildcard is for stands in the plan.
func synthesiseMembers(applies *settings.Settings) error {
	wide := example()
	wide.Regions = []string{"eu-west-1", blueprint.GlobalRegion}
	everything := settings.Default()
	everything.Mode, everything.Checks.Off = settings.Apply, nil
	for name, one := range map[string]struct {
		settings     *settings.Settings
		organization *Organization
	}{"default": {settings.Default(), example()}, "applies": {applies, example()}, "wide": {everything, wide}} {
		plan, made, err := derive(blueprint.Whole(), one.settings, one.organization)
		if err != nil {
			return err
		}
		if err := made.write(filepath.Join(out, name), one.organization); err != nil {
			return err
		}
		m := &member{plan: plan, made: made}
		if m.again, err = NewMembers(plan, one.organization); err != nil {
			return err
		}
		m.objections = objectionsTo(m, one.organization)
		members[name] = m
	}
	return nil
}

// objectionsTo is what cdk-nag says: it ends the synthesis in a panic.
func objectionsTo(m *member, o *Organization) (said string) {
	defer func() {
		if fault := recover(); fault != nil {
			said = fmt.Sprint(fault)
		}
	}()
	if _, err := NewMembers(m.plan, o, m.nag); err != nil {
		return err.Error()
	}
	return ""
}

// nag lets cdk-nag look at the templates, and lets pass only what the plan gives a reason for.
func (m *member) nag(app awscdk.App) {
	roles, _ := app.Node().FindChild(jsii.String(rolesSet)).(awscdk.Stack)
	for id, role := range map[string]string{"Audit": deployment.AuditRole, "Remediate": deployment.RemediateRole} {
		var reasons []*cdknag.NagPackSuppression
		for _, s := range m.plan.Members[role] {
			for _, resource := range s.Resources {
				if strings.Contains(resource, "*") {
					shown := strings.NewReplacer("{partition}", "<AWS::Partition>", "{account}", "<AWS::AccountId>").Replace(resource)
					reasons = append(reasons, &cdknag.NagPackSuppression{Id: jsii.String("AwsSolutions-IAM5"), Reason: &s.Reason, AppliesTo: &[]any{"Resource::" + shown}})
				}
			}
		}
		cdknag.NagSuppressions_AddResourceSuppressions(roles.Node().FindChild(&id), &reasons, jsii.Bool(false))
	}
	rules, _ := app.Node().FindChild(jsii.String(rulesSet)).(awscdk.Stack)
	cdknag.NagSuppressions_AddResourceSuppressions(rules.Node().FindChild(jsii.String("Undelivered")), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-SQS3"), Reason: jsii.String("This queue is where undeliverable events end."),
	}}, jsii.Bool(false))
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true), Reports: jsii.Bool(false)}), nil)
}

func (m *member) load(t *testing.T, text string) *template {
	t.Helper()
	parsed := &template{raw: []byte(text)}
	if err := json.Unmarshal(parsed.raw, parsed); err != nil {
		t.Fatal(err)
	}
	for id, p := range parsed.Resources {
		p.id = id
	}
	return parsed
}

func eachMember(t *testing.T, test func(t *testing.T, m *member, roles, rules *template)) {
	t.Helper()
	for name, m := range members {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, m, m.load(t, m.made.Roles), m.load(t, m.made.Rules))
		})
	}
}

func TestMembersTemplatesHoldEverythingThemselves(t *testing.T) {
	t.Parallel()
	eachMember(t, func(t *testing.T, m *member, roles, rules *template) {
		if m.objections != "" {
			t.Error(m.objections)
		}
		if m.made != m.again {
			t.Error("made twice, the templates differ")
		}
		for name, one := range map[string]struct {
			template *template
			kinds    []string
		}{
			rolesSet: {roles, []string{"AWS::IAM::Role"}},
			rulesSet: {rules, []string{"AWS::CloudFormation::WaitConditionHandle", "AWS::Events::Rule", "AWS::IAM::Role", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"}},
		} {
			kinds := map[string]bool{}
			for _, p := range one.template.Resources {
				kinds[p.Type] = true
			}
			// No nested stack, no code, no metadata of the CDK.
			if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, one.kinds) {
				t.Errorf("%s makes %v", name, got)
			}
			var sections map[string]any
			if err := json.Unmarshal(one.template.raw, &sections); err != nil {
				t.Fatal(err)
			}
			// No transform, no rules of a bootstrap, no mappings to assets.
			for section := range sections {
				if !slices.Contains([]string{"Description", "Parameters", "Conditions", "Resources"}, section) {
					t.Errorf("%s has a section %s", name, section)
				}
			}
			for _, wrong := range []string{"Token[", "cdk-", "aws:cdk", "aws:asset", "BootstrapVersion", "o-exampleorgid", "arn:aws:"} {
				if strings.Contains(string(one.template.raw), wrong) {
					t.Errorf("%s holds %s", name, wrong)
				}
			}
			room := longestTemplate - len(one.template.raw)
			t.Logf("%s has %d bytes: there is room for %d more", name, len(one.template.raw), room)
			if room < 4096 {
				t.Errorf("%s has room for %d bytes only: what comes next will not fit", name, room)
			}
		}
		if got := slices.Sorted(maps.Keys(roles.Parameters)); !slices.Equal(got, []string{"AuditorRoleArn", "OrganizationId", "RemediatorRoleArn"}) {
			t.Errorf("the roles ask for %v", got)
		}
		if got := slices.Sorted(maps.Keys(rules.Parameters)); !slices.Equal(got, []string{"BusArn", "CentralAccount", "CentralRegion"}) {
			t.Errorf("the rules ask for %v", got)
		}
	})
}

func TestATemplateThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "long.template.json"), `{"Description": "`+strings.Repeat("x", longestTemplate)+`"}`, 0o644)
	if _, err := compact(dir, "long"); err == nil || !strings.Contains(err.Error(), "CloudFormation takes 51200") || !strings.Contains(err.Error(), "checks.off") {
		t.Errorf("got %v", err)
	}
	write(t, filepath.Join(dir, "short.template.json"), "{\n  \"Description\": \"x\"\n}", 0o644)
	if got, err := compact(dir, "short"); got != `{"Description":"x"}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := compact(dir, "gone"); err == nil {
		t.Error("a template that is not there was read")
	}
}

// Nobody but the two central roles gets in, each into its own role, from the organisation, under its name and with its tag.
func TestMembersTrustTheCentralRolesAlone(t *testing.T) {
	t.Parallel()
	eachMember(t, func(t *testing.T, m *member, roles, _ *template) {
		made := roles.all(t, "AWS::IAM::Role")
		if len(made) != 2 {
			t.Fatalf("%d roles", len(made))
		}
		for _, role := range made {
			from, tag, sessions := "AuditorRoleArn", "auditor", []any{"pipewarden-auditor", "pipewarden-sign-in"}
			if role.id == "Remediate" {
				from, tag, sessions = "RemediatorRoleArn", "remediator", []any{"pipewarden-remediator"}
			}
			same(t, role, "RoleName", map[string]string{"auditor": "pipewarden-audit", "remediator": "pipewarden-remediate"}[tag])
			same(t, role, "MaxSessionDuration", 3600)
			org := map[string]any{"Ref": "OrganizationId"}
			want := []statement{
				{Effect: "Allow", Action: "sts:AssumeRole", Condition: map[string]map[string]any{
					"StringEquals": {"aws:PrincipalOrgID": org, "aws:RequestTag/pipewarden": tag, "sts:RoleSessionName": sessions},
				}},
				{Effect: "Allow", Action: "sts:TagSession", Condition: map[string]map[string]any{
					"StringEquals": {"aws:PrincipalOrgID": org, "aws:RequestTag/pipewarden": tag}, "ForAllValues:StringEquals": {"aws:TagKeys": []any{"pipewarden"}},
				}},
			}
			got := role.statements(t, "AssumeRolePolicyDocument")
			for i := range got {
				if !reflect.DeepEqual(got[i].Principal, map[string]any{"AWS": map[string]any{"Ref": from}}) {
					t.Errorf("%s lets in %v", role.id, got[i].Principal)
				}
				got[i] = statement{Effect: got[i].Effect, Action: got[i].Action, Condition: got[i].Condition}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s lets in under\n%v\nwant\n%v", role.id, got, want)
			}
			if role.at("ManagedPolicyArns") != nil || role.at("PermissionsBoundary") != nil {
				t.Errorf("%s has policies elsewhere", role.id)
			}
		}
		for name, parameter := range roles.Parameters {
			if parameter["Default"] != nil || parameter["AllowedPattern"] == nil {
				t.Errorf("%s may be left empty, or be anything", name)
			}
		}
	})
}

// What the central role may take, the member's role must be called, and its session.
func TestCentralAndMembersAgree(t *testing.T) {
	t.Parallel()
	for way, want := range map[deployment.Way][2]string{deployment.AuditWay: {"Audit", "AuditorRole"}, deployment.RemediateWay: {"Remediate", "RemediatorRole"}} {
		m := members["default"]
		role := m.load(t, m.made.Roles).named(t, "AWS::IAM::Role", want[0])
		same(t, role, "RoleName", way.Role)
		condition := role.statements(t, "AssumeRolePolicyDocument")[0].Condition["StringEquals"]
		if sessions, _ := condition["sts:RoleSessionName"].([]any); !slices.Contains(sessions, any(way.Session)) || condition["aws:RequestTag/"+deployment.SessionTag] != way.Tag {
			t.Errorf("%s is asked for as %+v", role.id, condition)
		}
		enters := slices.DeleteFunc(load(t, "central").named(t, "AWS::IAM::Role", want[1]).allowed(t), func(s statement) bool { return s.Sid != "EnterMembers" })
		if len(enters) != 1 || !slices.Equal(enters[0].resources, []string{"arn:${AWS::Partition}:iam::*:role/" + way.Role}) ||
			!slices.Equal(enters[0].actions, []string{"sts:AssumeRole", "sts:TagSession"}) {
			t.Errorf("%s may take %+v", want[1], enters)
		}
	}
}

func TestMembersRolesMayWhatThePlanSays(t *testing.T) {
	t.Parallel()
	eachMember(t, func(t *testing.T, m *member, roles, _ *template) {
		own := []string{"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/pipewarden-*", "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/pipewarden-*"}
		for id, name := range map[string]string{"Audit": deployment.AuditRole, "Remediate": deployment.RemediateRole} {
			role := roles.named(t, "AWS::IAM::Role", id)
			samePolicy(t, name, m.plan.Members[name], role)
			denied := 0
			for _, s := range role.allowed(t) {
				if s.Effect == "Deny" {
					denied++
					if !slices.Equal(subs(s.Resource), own) || !reflect.DeepEqual(s.NotAction, []any{"iam:Generate*", "iam:Get*", "iam:List*"}) {
						t.Errorf("%s is denied %v on %v", name, s.NotAction, s.Resource)
					}
					continue
				}
				for _, action := range s.actions {
					if strings.Contains(action, "*") || s.NotAction != nil || !strings.HasPrefix(s.Sid, "Remedy") && !blueprint.Reads(action) {
						t.Errorf("%s may %s", name, action)
					}
					if action == "iam:PassRole" && len(texts(s.Condition["StringEquals"]["iam:PassedToService"])) == 0 {
						t.Errorf("%s may pass roles to anything", name)
					}
				}
				for _, resource := range subs(s.Resource) {
					if strings.Contains(resource, "{") && !regexp.MustCompile(`^[^{]*(\$\{AWS::[A-Za-z]+\}[^{]*)+$`).MatchString(resource) {
						t.Errorf("%s: %s was not filled in", name, resource)
					}
				}
			}
			if denied != 1 {
				t.Errorf("%s may change pipewarden's own roles", name)
			}
			for _, s := range m.plan.Members[name] {
				if strings.Contains(strings.Join(s.Resources, " "), "*") && len(strings.Fields(s.Reason)) < 5 {
					t.Errorf("%s: %s has a wildcard for the reason %q", name, s.Sid, s.Reason)
				}
			}
		}
	})
}

// subs shows values that may be filled in by CloudFormation.
func subs(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var all []string
	for _, one := range list {
		if object, ok := one.(map[string]any); ok && object["Fn::Sub"] != nil {
			one = object["Fn::Sub"]
		}
		all = append(all, text(one))
	}
	return all
}

func TestMembersRolesWriteOnlyWhereRemediesApply(t *testing.T) {
	t.Parallel()
	writes := func(name, role string) []string {
		var all []string
		for _, s := range members[name].plan.Members[role] {
			for _, action := range s.Actions {
				if !blueprint.Reads(action) {
					all = append(all, action)
				}
			}
		}
		return all
	}
	for name := range members {
		if got := writes(name, deployment.AuditRole); len(got) > 0 {
			t.Errorf("%s: the audit role may %v", name, got)
		}
	}
	if got := writes("default", deployment.RemediateRole); len(got) > 0 {
		t.Errorf("while every remedy proposes, the remediation role may %v", got)
	}
	got := writes("wide", deployment.RemediateRole)
	if !slices.Contains(got, "codebuild:UpdateProject") {
		t.Errorf("with every remedy on, the remediation role may only %v", got)
	}
	for _, action := range got { // a member's rules are put back by its StackSet
		if strings.HasPrefix(action, "events:") {
			t.Errorf("the remediation role may %s", action)
		}
	}
}

// IAM counts the inline policies of a role together, without white space.
func TestPoliciesOfMembersRolesAreShortEnough(t *testing.T) {
	t.Parallel()
	longest := strings.NewReplacer("${AWS::Partition}", "aws-us-gov", "${AWS::AccountId}", "111122223333")
	eachMember(t, func(t *testing.T, m *member, roles, _ *template) {
		for _, role := range roles.all(t, "AWS::IAM::Role") {
			size := 0
			policies, _ := role.at("Policies").([]any)
			for _, policy := range policies {
				object, _ := policy.(map[string]any)
				raw, err := json.Marshal(filledIn(object["PolicyDocument"]))
				if err != nil {
					t.Fatal(err)
				}
				size += len(longest.Replace(string(raw)))
			}
			t.Logf("the policies of %s have %d characters of %d", role.id, size, inlinePolicies)
			if size > inlinePolicies {
				t.Errorf("the inline policies of %s have %d characters: IAM takes %d", role.id, size, inlinePolicies)
			}
		}
	})
}

// filledIn puts the text in the place of what CloudFormation fills in.
func filledIn(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if sub, ok := v["Fn::Sub"]; ok {
			return sub
		}
		all := map[string]any{}
		for key, value := range v {
			all[key] = filledIn(value)
		}
		return all
	case []any:
		all := make([]any, 0, len(v))
		for _, one := range v {
			all = append(all, filledIn(one))
		}
		return all
	}
	return v
}

func TestMembersTemplatesAreWrittenForTheManagementAccount(t *testing.T) {
	t.Parallel()
	m := members["default"]
	for set, want := range map[string]string{rolesSet: m.made.Roles, rulesSet: m.made.Rules} {
		raw, err := os.ReadFile(filepath.Join(out, "default", "organization", set+".template.json"))
		if err != nil || string(raw) != want {
			t.Errorf("%s: %v", set, err)
		}
	}
	if raw, err := os.ReadFile(filepath.Join(out, "default", "organization", "regions")); err != nil || string(raw) != "eu-west-1\neu-central-1\nus-east-1\n" {
		t.Errorf("the rules are for %q (%v)", raw, err)
	}
	central := load(t, "central")
	for id, want := range map[string]string{"RolesSet": m.made.Roles, "RulesSet": m.made.Rules} {
		same(t, central.named(t, "AWS::CloudFormation::StackSet", id), "TemplateBody", want)
	}
}
