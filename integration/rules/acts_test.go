package rules_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	cbtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	cptypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// whoChanged are the checks that ask who changed something, and by what authority: of each act, one of them tells.
var whoChanged = []string{
	"pipeline-change-without-mfa", "build-change-without-mfa", "delivery-change-without-mfa", "guardrail-change-without-mfa",
	"change-mfa-not-demonstrable", "mfa-device-removed", "console-login-without-mfa", "root-changed-delivery", "pipeline-self-approved",
	"pipeline-approved-by-machine", "change-outside-iac", "delivery-change-denied", "auditor-tampered", "auditor-acted-unrecorded",
}

func role(name string, more map[string]any) map[string]any {
	id := map[string]any{
		"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/" + name + "/bob", "accountId": "111122223333", "accessKeyId": "ASIAADMIN1111EXAMPLE",
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::111122223333:role/" + name, "accountId": "111122223333", "userName": name},
			"attributes":    map[string]any{"mfaAuthenticated": "false"},
		},
	}
	maps.Copy(id, more)
	return id
}

func session(kind, mfa string) map[string]any {
	return map[string]any{
		"type": kind, "userName": "alice", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333", "accessKeyId": "ASIAALICE1111EXAMPLE",
		"sessionContext": map[string]any{"attributes": map[string]any{"mfaAuthenticated": mfa}},
	}
}

// callers are the kinds of identity that a record may show.
var callers = map[string]map[string]any{
	"as recorded": nil,
	"key": {
		"type": "IAMUser", "userName": "deploy-bot", "arn": "arn:aws:iam::111122223333:user/deploy-bot", "accountId": "111122223333", "accessKeyId": "AKIADEPLOYBOTEXAMPLE",
	},
	"console": session("IAMUser", "false"), "console with MFA": session("IAMUser", "true"),
	"root": session("Root", "false"), "root with MFA": session("Root", "true"),
	"root key":        {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333", "accessKeyId": "AKIAROOT00000EXAMPLE"},
	"role":            role("Admin", nil),
	"ourselves":       role("pipewarden-RemediatorRoleA36235BE-1A2B3C4D5E6F", nil),
	"CDK":             role("cdk-hnb659fds-deploy-role-111122223333-eu-west-1", nil),
	"Identity Center": role("AWSReservedSSO_PowerUser_0123456789abcdef", nil),
	"forwarded":       role("Admin", map[string]any{"invokedBy": "cloudformation.amazonaws.com"}),
	"service":         {"type": "AWSService", "invokedBy": "codepipeline.amazonaws.com"},
	"federated": {
		"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/temp", "accountId": "111122223333",
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "IAMUser", "userName": "alice"}},
	},
	"nobody": {},
}

// views are what settings, readings and memory may add to a record.
var views = map[string]struct {
	rules identity.Rules
	role  *identity.Role
	past  check.Memory
}{
	"nothing is known":       {},
	"nothing uses it":        {past: check.Memory{Complete: true}},
	"a pipeline uses it":     {past: check.Memory{Complete: true, Used: []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: "artifact store"}}}},
	"our role is known":      {rules: identity.Rules{Self: []string{"arn:aws:iam::111122223333:role/pipewarden-RemediatorRoleA36235BE-1A2B3C4D5E6F"}}},
	"roles are machines'":    {role: &identity.Role{Automation: true}},
	"roles demand MFA":       {role: &identity.Role{RequiresMFA: true}},
	"roles demand nothing":   {role: &identity.Role{}},
	"machines are declared":  {rules: identity.Rules{MachineUsers: []string{"deploy-bot"}, AutomationRoles: []string{"Admin"}}},
	"sessions are verified":  {rules: identity.Rules{SSO: identity.SSOVerify}},
	"sessions are not taken": {rules: identity.Rules{SSO: identity.SSOStrict}},
}

// needMemory are those of them that tell only of what follows on earlier events.
var needMemory = []string{"pipeline-self-approved", "delivery-change-denied"}

// tellers are the checks that fail on an act.
func tellers(t *testing.T, judge *engine.Engine, e *event.Event, past check.Memory) []string {
	t.Helper()
	batch := judge.Batch(func(context.Context, resource.Ref, bool) (check.Memory, error) { return past, nil })
	result, err := batch.Judge(t.Context(), e)
	if err != nil {
		t.Fatalf("judge %s: %v", e.Name(), err)
	}
	var told []string
	for _, f := range result.Findings {
		if f.Outcome == finding.Fail {
			told = append(told, f.Check)
		}
	}
	return told
}

// TestOneActGivesOneFinding lets every kind of caller make every call that there is a sample of.
func TestOneActGivesOneFinding(t *testing.T) {
	t.Parallel()
	var judged []*check.Check
	silent := map[string]bool{}
	for _, c := range checks.All() {
		if slices.Contains(whoChanged, c.ID) {
			judged = append(judged, c)
			silent[c.ID] = !slices.Contains(needMemory, c.ID)
		}
	}
	changes := delivery.Calls(delivery.Pipelines, delivery.Builds, delivery.Tools, delivery.Guardrails)
	managed := ofAStack(t)
	for view, v := range views {
		judge := engine.New(engine.Engine{
			Checks:   judged,
			Identity: func(time.Time) identity.Rules { return v.rules },
			Config:   func(context.Context, string, string) (aws.Config, error) { return managed, nil },
			Role:     func(context.Context, aws.Config, string) (*identity.Role, error) { return v.role, nil },
			Own:      checktest.Own(),
			Now:      func() time.Time { return time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC) },
		})
		for sample, e := range recorded(t) {
			change := e.Succeeded() && slices.ContainsFunc(changes, func(s event.Selector) bool { return s.Matches(e) })
			for who, id := range callers {
				act := *e
				if act.Detail = maps.Clone(e.Detail); id != nil {
					act.Detail["userIdentity"] = id
				}
				told := tellers(t, judge, &act, v.past)
				for _, id := range told {
					silent[id] = false
				}
				if len(told) > 1 {
					t.Errorf("%s by %s, %s: told by %v", sample, who, view, told)
				}
				if who == "key" && view == "a pipeline uses it" && change && len(told) == 0 {
					t.Errorf("%s by a key: told by nobody", sample)
				}
			}
		}
	}
	for id, never := range silent {
		if never {
			t.Errorf("%s told of nothing: what it has in common with others is not proved", id)
		}
	}
}

// ofAStack is an AWS in which a stack manages every pipeline and project.
func ofAStack(t *testing.T) aws.Config {
	t.Helper()
	const key, name = resource.StackTag, "web-stack"
	return awstest.New(t).
		On("codepipeline.ListTagsForResource", &codepipeline.ListTagsForResourceOutput{Tags: []cptypes.Tag{{Key: aws.String(key), Value: aws.String(name)}}}).
		On("codebuild.BatchGetProjects", func(input any) (any, error) {
			out := &codebuild.BatchGetProjectsOutput{}
			for _, id := range input.(*codebuild.BatchGetProjectsInput).Names {
				out.Projects = append(out.Projects, cbtypes.Project{Name: &id, Tags: []cbtypes.Tag{{Key: aws.String(key), Value: aws.String(name)}}})
			}
			return out, nil
		}).Config()
}

// recorded are the samples that came through CloudTrail.
func recorded(t *testing.T) map[string]*event.Event {
	t.Helper()
	all := map[string]*event.Event{}
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e.FromCloudTrail() {
			all[name] = e
		}
	}
	return all
}
