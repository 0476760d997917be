package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
)

// The two StackSets, and the stacks that the management account gets in their place, are called so.
const (
	rolesSet = deployment.Stack + "-roles"
	rulesSet = deployment.Stack + "-rules"
)

// longestTemplate is how many bytes a template may have that stands in a request itself
// (AWS CloudFormation User Guide, "Understand CloudFormation quotas").
const longestTemplate = 51_200

// Members are the templates that every member of an organisation gets, as compact JSON. They hold everything themselves: no code, no nested
// stack, no transform and nothing of a bootstrap, as service-managed StackSets take none of it
// (AWS CloudFormation User Guide, "Prerequisites for using AWS CloudFormation StackSets").
type Members struct{ Roles, Rules string }

// NewMembers writes the templates. They are made in an app of their own, so that they know nothing of the central stack but what their
// parameters say; prepare may add to the app.
func NewMembers(plan *blueprint.Plan, o *Organization, prepare ...func(awscdk.App)) (made Members, err error) {
	dir, err := os.MkdirTemp("", "pipewarden-members")
	if err != nil {
		return made, fmt.Errorf("make a folder for the members' templates: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &dir, AnalyticsReporting: jsii.Bool(false), TreeMetadata: jsii.Bool(false)})
	newMemberRoles(memberStack(app, rolesSet, "The roles under which pipewarden's central account looks into this one, and puts right what it may."), plan)
	newMemberRules(memberStack(app, rulesSet, "The rules that send this account's events to pipewarden's central account."), plan, o)
	for _, one := range prepare {
		one(app)
	}
	app.Synth(nil)
	if made.Roles, err = compact(dir, rolesSet); err != nil {
		return made, err
	}
	made.Rules, err = compact(dir, rulesSet)
	return made, err
}

func memberStack(app awscdk.App, name, what string) awscdk.Stack {
	return awscdk.NewStack(app, &name, &awscdk.StackProps{
		StackName: &name, Description: &what, AnalyticsReporting: jsii.Bool(false), Synthesizer: awscdk.NewBootstraplessSynthesizer(nil),
	})
}

// compact reads a template without its white space.
func compact(dir, name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name+".template.json"))
	if err != nil {
		return "", fmt.Errorf("read the template %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return "", fmt.Errorf("read the template %s: %w", name, err)
	}
	if out.Len() > longestTemplate {
		return "", fmt.Errorf("the template %s has %d bytes, and CloudFormation takes %d: switch off the checks that you do not need (checks.off in the settings)",
			name, out.Len(), longestTemplate)
	}
	return out.String(), nil
}

// write puts the templates into the folder of the assembly, and beside them the regions that the rules are for. They are for the management
// account: StackSets leave it out.
func (m Members) write(folder string, o *Organization) error {
	to := filepath.Join(folder, "organization")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("make a folder for the members' templates: %w", err)
	}
	for name, text := range map[string]string{
		rolesSet + ".template.json": m.Roles, rulesSet + ".template.json": m.Rules, "regions": strings.Join(o.everywhere(), "\n") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(to, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

func parameter(stack awscdk.Stack, name, pattern, what string) *string {
	return awscdk.NewCfnParameter(stack, &name, &awscdk.CfnParameterProps{
		Type: jsii.String("String"), AllowedPattern: &pattern, Description: &what,
	}).ValueAsString()
}

// here fills what the member itself knows into a name in braces.
func here(text string) any {
	filled := strings.NewReplacer("{partition}", "${AWS::Partition}", "{region}", "${AWS::Region}", "{account}", "${AWS::AccountId}").Replace(text)
	if filled == text {
		return text
	}
	return map[string]any{"Fn::Sub": filled}
}

// heres fills all of a list; one alone stands for itself, which is shorter.
func heres(texts []string) any {
	all := make([]any, 0, len(texts))
	for _, text := range texts {
		all = append(all, here(text))
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// newMemberRoles makes the roles that the central functions take: one that reads, and one with the grants of the remedies that are on.
func newMemberRoles(stack awscdk.Stack, plan *blueprint.Plan) {
	const roleARN = `^arn:aws[a-z-]*:iam::\d{12}:role/.+$`
	organization := parameter(stack, "OrganizationId", organizationID.String(), "The organisation that the central account belongs to.")
	for _, one := range []struct {
		id, role             string
		sessions             []string
		tag, parameter, what string
	}{
		{"Audit", deployment.AuditRole, []string{deployment.AuditSession, deployment.SignInSession}, deployment.AuditTag, "AuditorRoleArn", "Reads what pipewarden judges in this account."},
		{"Remediate", deployment.RemediateRole, []string{deployment.RemediateSession}, deployment.RemediateTag, "RemediatorRoleArn", "Puts right in this account what pipewarden's settings allow."},
	} {
		central := parameter(stack, one.parameter, roleARN, "The only role that may take "+one.role+": that of the central "+one.tag+".")
		awsiam.NewCfnRole(stack, &one.id, &awsiam.CfnRoleProps{
			RoleName: jsii.String(one.role), Description: jsii.String(one.what), MaxSessionDuration: jsii.Number(3600),
			AssumeRolePolicyDocument: trust(central, organization, one.sessions, one.tag),
			Policies:                 []any{&awsiam.CfnRole_PolicyProperty{PolicyName: jsii.String(one.tag), PolicyDocument: document(memberPolicy(plan.Members[one.role])...)}},
		})
	}
}

func document(statements ...any) any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// trust lets one role in, of this organisation, under the names that its sessions have and with one tag. The session's name is known to AssumeRole alone,
// and the tag has to be allowed on its own (AWS IAM User Guide, "Pass session tags in AWS STS").
func trust(central, organization *string, sessions []string, tag string) any {
	tagged := map[string]any{"aws:PrincipalOrgID": organization, "aws:RequestTag/" + deployment.SessionTag: tag}
	named := map[string]any{"sts:RoleSessionName": sessions}
	for key, value := range tagged {
		named[key] = value
	}
	from := map[string]any{"AWS": central}
	return document(
		map[string]any{"Effect": "Allow", "Principal": from, "Action": "sts:AssumeRole", "Condition": map[string]any{"StringEquals": named}},
		map[string]any{"Effect": "Allow", "Principal": from, "Action": "sts:TagSession", "Condition": map[string]any{
			"StringEquals": tagged, "ForAllValues:StringEquals": map[string]any{"aws:TagKeys": []any{deployment.SessionTag}},
		}},
	)
}

// memberPolicy is what a role may do in a member; and that it changes none of pipewarden's own roles and hands none of them on, whatever
// a remedy is granted on roles.
func memberPolicy(statements []blueprint.Statement) []any {
	policy := make([]any, 0, len(statements)+1)
	for _, s := range statements {
		one := map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": heres(s.Actions), "Resource": heres(s.Resources)}
		if conditions := s.Conditions(); conditions != nil {
			one["Condition"] = conditions
		}
		policy = append(policy, one)
	}
	return append(policy, map[string]any{
		"Sid": "LeaveOwnRoles", "Effect": "Deny", "NotAction": []any{"iam:Generate*", "iam:Get*", "iam:List*"},
		"Resource": heres([]string{"arn:{partition}:iam::{account}:role/" + deployment.Stack + "-*", "arn:{partition}:iam::{account}:policy/" + deployment.Stack + "-*"}),
	})
}
