package buildmakeprivate

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

const (
	arn  = "arn:aws:codebuild:eu-west-1:111122223333:project/payments-api"
	role = "arn:aws:iam::111122223333:role/service-role/codebuild-public-read"
)

var found = finding.Finding{Check: "build-project-public", Resource: finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}}

// world is the one project of the account. Drops: AWS forgets the access role of a private project.
type world struct {
	visibility types.ProjectVisibilityType
	role       *string
	drops      bool
	fake       *awstest.Fake
}

func build(t *testing.T, w *world) *world {
	w.fake = awstest.New(t).
		On("codebuild.BatchGetProjects", func(any) (any, error) {
			return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{{
				Name: new("payments-api"), Arn: new(arn), ProjectVisibility: w.visibility, ResourceAccessRole: w.role,
				Tags: []types.Tag{{Key: new("aws:cloudformation:stack-name"), Value: new("payments-build")}},
			}}}, nil
		}).
		On("codebuild.UpdateProjectVisibility", func(in any) (any, error) {
			input := in.(*codebuild.UpdateProjectVisibilityInput)
			if aws.ToString(input.ProjectArn) != arn {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			w.visibility = input.ProjectVisibility
			if input.ResourceAccessRole != nil || w.drops && w.visibility == types.ProjectVisibilityTypePrivate {
				w.role = input.ResourceAccessRole
			}
			return &codebuild.UpdateProjectVisibilityOutput{}, nil
		})
	return w
}

func (w *world) writes() int {
	return len(awstest.Inputs[*codebuild.UpdateProjectVisibilityInput](w.fake, "codebuild.UpdateProjectVisibility"))
}

func planned(t *testing.T, w *world) remedy.Plan {
	t.Helper()
	p, err := Remedy.Plan(t.Context(), w.fake.Config(), found)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{
		"with an access role":         {visibility: types.ProjectVisibilityTypePublicRead, role: new(role)},
		"with a role that is dropped": {visibility: types.ProjectVisibilityTypePublicRead, role: new(role), drops: true},
		"without":                     {visibility: types.ProjectVisibilityTypePublicRead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := build(t, w).role
			p := planned(t, w)
			for range 2 {
				if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
					t.Fatal(err)
				}
			}
			if w.visibility != types.ProjectVisibilityTypePrivate || w.writes() != 1 {
				t.Fatalf("%s after %d writes", w.visibility, w.writes())
			}
			for range 2 {
				if err := Remedy.Undo(t.Context(), w.fake.Config(), p); err != nil {
					t.Fatal(err)
				}
			}
			if w.visibility != types.ProjectVisibilityTypePublicRead || aws.ToString(w.role) != aws.ToString(before) || w.writes() != 2 {
				t.Errorf("%s with role %q after %d writes", w.visibility, aws.ToString(w.role), w.writes())
			}
			declared := append([]string{Remedy.Grants[0].Action}, Remedy.Reads...)
			w.fake.ExpectActions(declared)
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := build(t, &world{visibility: types.ProjectVisibilityTypePublicRead, role: new(role)})
	p := planned(t, w)
	for got, want := range map[string]string{
		string(p.Before):         `{"projectVisibility":"PUBLIC_READ","resourceAccessRole":"` + role + `"}`,
		string(p.After):          `{"projectVisibility":"PRIVATE","resourceAccessRole":"` + role + `"}`,
		string(p.Calls[0].Input): `{"projectArn":"` + arn + `","projectVisibility":"PRIVATE"}`,
		p.Calls[0].Operation:     "UpdateProjectVisibility",
		p.Stack:                  "payments-build",
		p.Manual:                 "aws codebuild update-project-visibility --project-arn " + arn + " --project-visibility PRIVATE",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if p.Done() || !p.Undoable || w.writes() != 0 {
		t.Errorf("plan %+v after %d writes", p, w.writes())
	}
	w.fake.ExpectActions(Remedy.Reads)
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, visibility := range []types.ProjectVisibilityType{types.ProjectVisibilityTypePrivate, ""} {
		w := build(t, &world{visibility: visibility, role: new(role)})
		p := planned(t, w)
		if err := errors.Join(Remedy.Apply(t.Context(), w.fake.Config(), p), Remedy.Undo(t.Context(), w.fake.Config(), p)); err != nil || !p.Done() || w.writes() != 0 {
			t.Errorf("%q: plan %+v, %v, %d writes", visibility, p, err, w.writes())
		}
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		applied bool
		change  func(*world)
		act     func(*world, *testing.T, remedy.Plan) error
	}{
		"another role before applying": {false, func(w *world) { w.role = new("arn:aws:iam::111122223333:role/other") }, applying},
		"another role before undoing":  {true, func(w *world) { w.role = new("arn:aws:iam::111122223333:role/other") }, undoing},
		"opened through another role": {true, func(w *world) {
			w.visibility, w.role = types.ProjectVisibilityTypePublicRead, new("arn:aws:iam::111122223333:role/other")
		}, undoing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, &world{visibility: types.ProjectVisibilityTypePublicRead, role: new(role)})
			p := planned(t, w)
			if one.applied {
				if err := applying(w, t, p); err != nil {
					t.Fatal(err)
				}
			}
			writes := w.writes()
			one.change(w)
			moved, ok := errors.AsType[*remedy.MovedError](one.act(w, t, p))
			if !ok || w.writes() != writes || !strings.Contains(moved.Error(), "visibility of payments-api") {
				t.Errorf("moved %v, %d writes", moved, w.writes()-writes)
			}
		})
	}
}

func applying(w *world, t *testing.T, p remedy.Plan) error {
	return Remedy.Apply(t.Context(), w.fake.Config(), p)
}

func undoing(w *world, t *testing.T, p remedy.Plan) error {
	return Remedy.Undo(t.Context(), w.fake.Config(), p)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := build(t, &world{visibility: types.ProjectVisibilityTypePublicRead, role: new(role)})
	p := planned(t, w)
	other := found
	other.Resource.Kind = "pipeline"
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), other); !isRefused(err) {
		t.Errorf("another kind: %v", err)
	}
	w.fake.On("codebuild.UpdateProjectVisibility", awstest.Error("AccessDeniedException"))
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !awserr.IsDenied(err) {
		t.Errorf("denied write: %v", err)
	}
	w.fake.On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{ProjectsNotFound: []string{"payments-api"}})
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); !awserr.IsNotFound(err) {
		t.Errorf("plan for what is gone: %v", err)
	}
	if err := Remedy.Undo(t.Context(), w.fake.Config(), p); !awserr.IsNotFound(err) {
		t.Errorf("undo for what is gone: %v", err)
	}
	for _, broken := range []remedy.Plan{{Before: p.Before, After: []byte("{")}, {Before: []byte("{"), After: p.After}} {
		if err := Remedy.Apply(t.Context(), w.fake.Config(), broken); err == nil {
			t.Error("a broken plan was applied")
		}
		if err := Remedy.Undo(t.Context(), w.fake.Config(), broken); err == nil {
			t.Error("a broken plan was undone")
		}
	}
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*remedy.RefusedError](err)
	return ok
}
