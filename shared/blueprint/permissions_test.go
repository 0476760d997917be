package blueprint

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
	"github.com/pipewarden/pipewarden/shared/organization"
	remediating "github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// estate is a catalogue of two kinds, one remedy for each, and a remedy that no check calls for.
func estate() Catalogue {
	kind := func(name, tags string, actions ...string) resource.Source {
		return &resource.Kind[int]{
			Name: name, TagActions: []string{tags}, Changed: []event.Selector{event.Calls(name+".amazonaws.com", "Change")},
			Read: func(context.Context, aws.Config, resource.Ref) (int, error) { return 0, nil }, Actions: actions,
			List: func(context.Context, aws.Config, resource.Ref) iter.Seq2[resource.Ref, error] { return nil },
		}
	}
	projects, pipelines := kind("codebuild", "codebuild:BatchGetProjects", "codebuild:BatchGetProjects", "codebuild:ListProjects"),
		kind("codepipeline", "codepipeline:ListTagsForResource", "codepipeline:GetPipeline", "kms:DescribeKey")
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
			{ID: "private", On: []resource.Source{projects}, Reads: []string{"codebuild:BatchGetProjects", "s3:GetBucketAcl"}, Grants: []remedy.Grant{grant("codebuild:UpdateProjectVisibility"), grant("codebuild:UpdateProject")}},
			{ID: "hold", On: []resource.Source{pipelines}, Reads: []string{"codepipeline:GetPipelineState"}, Grants: []remedy.Grant{grant("codepipeline:DisableStageTransition")}},
			{ID: "nobody-calls", Reads: []string{"iam:GetRole"}, Grants: []remedy.Grant{grant("iam:DeleteRole")}},
		},
	}
}

// beyondOwn lists a function's actions on what is not the stack's own.
func beyondOwn(p *Plan, function string) []string {
	var actions []string
	for _, s := range p.Functions[function] {
		if slices.ContainsFunc(s.Resources, func(r string) bool { return !strings.HasPrefix(r, "{") && !strings.Contains(r, LogGroup(function)+":") }) {
			actions = append(actions, s.Actions...)
		}
	}
	return sorted(actions)
}

func TestPermissionsFollowTheSettings(t *testing.T) {
	t.Parallel()
	projects, pipelines := []string{"codebuild:BatchGetProjects", "codebuild:ListProjects"}, []string{"codepipeline:GetPipeline", "kms:DescribeKey"}
	private, hold, tags := []string{"s3:GetBucketAcl"}, []string{"codepipeline:GetPipelineState"}, []string{"codepipeline:ListTagsForResource"}
	both := slices.Concat(projects, pipelines)
	for name, one := range map[string]struct {
		set                      func(*settings.Settings)
		reads, sweeps, remediate []string
	}{
		"every remedy proposes": {func(*settings.Settings) {}, slices.Concat(both, tags), nil, slices.Concat(both, private, hold, tags)},
		"every remedy is off":   {func(s *settings.Settings) { s.Mode = settings.Off }, both, nil, nil},
		"one applies": {
			func(s *settings.Settings) {
				s.Mode, s.Modes = settings.Off, []settings.Rule{{Remedy: "private", Mode: settings.Apply}}
			},
			both, nil, slices.Concat(projects, private, []string{"codebuild:UpdateProject", "codebuild:UpdateProjectVisibility"}),
		},
		"one asks for some resources, the other proposes": {
			func(s *settings.Settings) {
				s.Modes = []settings.Rule{{Remedy: "hold", Resource: "web-*", Mode: settings.Ask}}
			},
			slices.Concat(both, tags), nil, slices.Concat(both, private, hold, tags, []string{"codepipeline:DisableStageTransition"}),
		},
		"a kind that no check reads is not read": {
			func(s *settings.Settings) { s.Checks.Off, s.Mode = []string{"pipeline"}, settings.Apply },
			projects, nil, slices.Concat(projects, private, []string{"codebuild:UpdateProject", "codebuild:UpdateProjectVisibility"}),
		},
		"a rule asks for an organisational unit": {
			func(s *settings.Settings) {
				s.Mode, s.Modes = settings.Off, []settings.Rule{{OU: "ou-1", Mode: settings.Off}}
			},
			both,
			[]string{"organizations:ListParents"},
			nil,
		},
		"an exemption asks for an organisational unit": {
			func(s *settings.Settings) {
				s.Mode, s.Exemptions = settings.Off, []settings.Exemption{{Check: "pipeline", OU: "ou-1"}}
			},
			both,
			[]string{"organizations:ListParents"},
			nil,
		},
		"an override asks for a tag": {
			func(s *settings.Settings) { s.Mode, s.Overrides = settings.Off, []settings.Override{{Tag: "stage"}} },
			slices.Concat(both, tags), nil, nil,
		},
		"an exemption of a project asks for a tag": {
			func(s *settings.Settings) {
				s.Mode, s.Exemptions = settings.Off, []settings.Exemption{{Check: "project", Tag: "stage"}}
			},
			both, nil, nil,
		},
		"somebody may decide and others may not": {
			func(s *settings.Settings) { s.Mode, s.Approvals.Approvers = settings.Off, []string{"*"} },
			both, nil,
			[]string{"iam:GetRole", "iam:GetUser"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings.Default()
			one.set(s)
			plan, err := New(estate(), s)
			if err != nil {
				t.Fatal(err)
			}
			reads := slices.Concat(one.reads, role.Kind.Actions)
			for function, want := range map[string][]string{Auditor: reads, Sweeper: one.sweeps, Remediator: one.remediate} {
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
	s.Mode, s.Modes = settings.Apply, []settings.Rule{{Remedy: "show", Mode: settings.Ask}}
	c := estate()
	shared := *c.Remedies[0]
	shared.ID, shared.Grants = "show", shared.Grants[:1]
	c.Checks[1].Remedies, c.Remedies = []string{"show"}, append(c.Remedies, &shared)
	plan, err := New(c, s)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range plan.Functions[Remediator] {
		if strings.HasPrefix(one.Sid, "Remedy") {
			reason, _, _ := strings.Cut(one.Reason, ":")
			got = append(got, fmt.Sprintf("%s%v%v %s", one.Sid, one.Actions, one.Resources, reason))
		}
	}
	want := []string{
		"RemedyCodebuild[codebuild:UpdateProject codebuild:UpdateProjectVisibility][arn:{partition}:codebuild:{region}:{account}:*] For private (apply), show (ask)",
		"RemedyCodepipeline[codepipeline:DisableStageTransition][arn:{partition}:codepipeline:{region}:{account}:*] For hold (apply)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAnActionWithoutAScopeIsRefused(t *testing.T) {
	t.Parallel()
	c := estate()
	c.Remedies[0].Reads = append(c.Remedies[0].Reads, "codebuild:BatchGetSandboxes")
	_, err := New(c, settings.Default())
	if err == nil || !strings.Contains(err.Error(), "codebuild:BatchGetSandboxes has no scope: add it to shared/blueprint/scopes.go") {
		t.Errorf("got %v", err)
	}
}

func TestScopesHoldReadingActionsOnceEachAndSayWhy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, one := range scopes {
		if one.reason == "" || one.sid == "" || len(one.resources) == 0 {
			t.Errorf("scope %q of %v lacks name, resources or reason", one.sid, one.actions)
		}
		for _, action := range one.actions {
			if seen[action] || !Reads(action) {
				t.Errorf("%s stands twice, or does not only read", action)
			}
			seen[action] = true
		}
	}
}

func TestNoScopeIsIdle(t *testing.T) {
	t.Parallel()
	whole := Whole()
	used := slices.Concat(kindActions(whole.Checks), role.Kind.Actions, tagActions(whole.Remedies), organization.Actions, remediating.PrincipalActions)
	for _, r := range whole.Remedies {
		used = append(used, r.Reads...)
	}
	for _, one := range scopes {
		for _, action := range one.actions {
			if !slices.Contains(used, action) {
				t.Errorf("nothing reads with %s: take it out of shared/blueprint/scopes.go", action)
			}
		}
	}
}

// What a check reads comes by its kind, so the auditor's actions are those of the kinds, the role's, and those that bring tags.
func TestEveryKindAndRemedyThatIsBuiltHasItsScopes(t *testing.T) {
	t.Parallel()
	for _, mode := range settings.Modes {
		s := settings.Default()
		s.Mode = mode
		plan, err := New(Whole(), s)
		if err != nil {
			t.Fatal(err)
		}
		want := append(kindActions(deployment.On(Whole().Checks, s)), role.Kind.Actions...)
		if mode != settings.Off {
			want = append(want, tagActions(Whole().Remedies)...)
		}
		want = sorted(want)
		if slices.Contains(want, "s3:GetObject") {
			t.Error("as delivered the auditor may read every object")
		}
		if got := beyondOwn(plan, Auditor); !slices.Equal(got, want) {
			t.Errorf("%s: the auditor may\n%v\nthe kinds call\n%v", mode, got, want)
		}
	}
}
