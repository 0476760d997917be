package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// estate is a catalogue of two kinds, one remedy for each, and a remedy that no check calls for.
func estate() Catalogue {
	kind := func(name string, actions ...string) resource.Source {
		return &resource.Kind[int]{
			Name: name, Changed: []event.Selector{event.Calls(name+".amazonaws.com", "Change")},
			Read: func(context.Context, aws.Config, resource.Ref) (int, error) { return 0, nil }, Actions: actions,
			List: func(context.Context, aws.Config, resource.Ref) iter.Seq2[resource.Ref, error] { return nil },
		}
	}
	projects, pipelines := kind("codebuild", "codebuild:BatchGetProjects", "codebuild:ListProjects"), kind("codepipeline", "codepipeline:GetPipeline", "kms:DescribeKey")
	grant := func(action string) remedy.Grant {
		return remedy.Grant{Action: action, Resource: "arn:{partition}:" + strings.Split(action, ":")[0] + ":{region}:{account}:*"}
	}
	return Catalogue{
		Checks: []*check.Check{
			{ID: "project", Reads: projects, Remedies: []string{"private"}},
			{ID: "project-too", Reads: projects},
			{ID: "pipeline", Reads: pipelines, Remedies: []string{"hold"}},
		},
		Remedies: []*remedy.Remedy{
			{ID: "private", Reads: []string{"codebuild:BatchGetProjects", "s3:GetBucketAcl"}, Grants: []remedy.Grant{grant("codebuild:UpdateProjectVisibility"), grant("codebuild:UpdateProject")}},
			{ID: "hold", Reads: []string{"codepipeline:GetPipelineState"}, Grants: []remedy.Grant{grant("codepipeline:DisableStageTransition")}},
			{ID: "nobody-calls", Reads: []string{"iam:GetRole"}, Grants: []remedy.Grant{grant("iam:DeleteRole")}},
		},
	}
}

// beyondOwn lists a function's actions on what is not the stack's own.
func beyondOwn(p *Plan, function string) []string {
	var actions []string
	for _, s := range p.Functions[function] {
		if slices.ContainsFunc(s.Resources, func(r string) bool { return !strings.HasPrefix(r, "{") && !strings.Contains(r, logGroup(function)+":") }) {
			actions = append(actions, s.Actions...)
		}
	}
	return sorted(actions)
}

func TestPermissionsFollowTheSettings(t *testing.T) {
	t.Parallel()
	projects, pipelines := []string{"codebuild:BatchGetProjects", "codebuild:ListProjects"}, []string{"codepipeline:GetPipeline", "kms:DescribeKey"}
	private, hold := []string{"s3:GetBucketAcl"}, []string{"codepipeline:GetPipelineState"}
	for name, one := range map[string]struct {
		set                      func(*settings.Settings)
		reads, sweeps, remediate []string
	}{
		"every remedy proposes": {
			func(*settings.Settings) {}, slices.Concat(projects, pipelines, role.Kind.Actions), slices.Concat(projects, pipelines),
			slices.Concat(projects, pipelines, private, hold),
		},
		"every remedy is off": {
			func(s *settings.Settings) { s.Mode = settings.Off }, slices.Concat(projects, pipelines, role.Kind.Actions), slices.Concat(projects, pipelines), nil,
		},
		"one applies": {
			func(s *settings.Settings) {
				s.Mode, s.Remedies = settings.Off, map[string]settings.Mode{"private": settings.Apply}
			},
			slices.Concat(projects, pipelines, role.Kind.Actions), slices.Concat(projects, pipelines),
			slices.Concat(projects, private, []string{"codebuild:UpdateProject", "codebuild:UpdateProjectVisibility"}),
		},
		"one asks, the other proposes": {
			func(s *settings.Settings) { s.Remedies = map[string]settings.Mode{"hold": settings.Ask} },
			slices.Concat(projects, pipelines, role.Kind.Actions), slices.Concat(projects, pipelines),
			slices.Concat(projects, pipelines, private, hold, []string{"codepipeline:DisableStageTransition"}),
		},
		"a kind that no check reads is not read": {
			func(s *settings.Settings) { s.Checks.Off, s.Mode = []string{"pipeline"}, settings.Apply },
			slices.Concat(projects, role.Kind.Actions), projects,
			slices.Concat(projects, private, []string{"codebuild:UpdateProject", "codebuild:UpdateProjectVisibility"}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings.Default()
			one.set(s)
			plan, err := NewPlan(estate(), s)
			if err != nil {
				t.Fatal(err)
			}
			for function, want := range map[string][]string{auditor: one.reads, sweeper: one.sweeps, remediator: one.remediate} {
				if got := beyondOwn(plan, function); !slices.Equal(got, sorted(want)) {
					t.Errorf("%s may\n%v\nwant\n%v", function, got, sorted(want))
				}
			}
		})
	}
}

func TestGrantsKeepTheirResources(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Mode = settings.Apply
	plan, err := NewPlan(estate(), s)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range plan.Functions[remediator] {
		if strings.HasPrefix(one.Sid, "Remedy") {
			got = append(got, fmt.Sprintf("%s%v%v", one.Sid, one.Actions, one.Resources))
		}
	}
	want := []string{
		"RemedyPrivate[codebuild:UpdateProject codebuild:UpdateProjectVisibility][arn:{partition}:codebuild:{region}:{account}:*]",
		"RemedyHold[codepipeline:DisableStageTransition][arn:{partition}:codepipeline:{region}:{account}:*]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAnActionWithoutAScopeIsRefused(t *testing.T) {
	t.Parallel()
	c := estate()
	c.Remedies[0].Reads = append(c.Remedies[0].Reads, "codebuild:BatchGetSandboxes")
	_, err := NewPlan(c, settings.Default())
	if err == nil || !strings.Contains(err.Error(), "codebuild:BatchGetSandboxes has no scope: add it to infra/scopes.go") {
		t.Errorf("got %v", err)
	}
}

// reading are the beginnings of names that change nothing. GenerateServiceLastAccessedDetails starts a report on what a role used, which IAM
// counts as reading too (Service Authorization Reference, "AWS Identity and Access Management").
var reading = []string{"Get", "List", "Describe", "BatchGet", "GenerateServiceLastAccessedDetails"}

func TestScopesHoldReadingActionsOnceEachAndSayWhy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, one := range scopes {
		if one.reason == "" || one.sid == "" || len(one.resources) == 0 {
			t.Errorf("scope %q of %v lacks name, resources or reason", one.sid, one.actions)
		}
		for _, action := range one.actions {
			_, name, _ := strings.Cut(action, ":")
			if seen[action] || !slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(name, verb) }) {
				t.Errorf("%s stands twice, or does not only read", action)
			}
			seen[action] = true
		}
	}
}

func TestNoScopeIsIdle(t *testing.T) {
	t.Parallel()
	used := append(kindActions(built().Checks), role.Kind.Actions...)
	for _, r := range built().Remedies {
		used = append(used, r.Reads...)
	}
	for _, one := range scopes {
		for _, action := range one.actions {
			if !slices.Contains(used, action) {
				t.Errorf("nothing reads with %s: take it out of infra/scopes.go", action)
			}
		}
	}
}

// What a check reads comes by its kind, so the auditor's actions are those of the kinds and the role's.
func TestEveryKindAndRemedyThatIsBuiltHasItsScopes(t *testing.T) {
	t.Parallel()
	for _, mode := range []settings.Mode{settings.Off, settings.Propose, settings.Ask, settings.Apply} {
		s := settings.Default()
		s.Mode = mode
		plan, err := NewPlan(built(), s)
		if err != nil {
			t.Fatal(err)
		}
		want := sorted(append(kindActions(deployment.On(built().Checks, s)), role.Kind.Actions...))
		if slices.Contains(want, "s3:GetObject") {
			t.Error("as delivered the auditor may read every object")
		}
		if got := beyondOwn(plan, auditor); !slices.Equal(got, want) {
			t.Errorf("%s: the auditor may\n%v\nthe kinds call\n%v", mode, got, want)
		}
	}
}
