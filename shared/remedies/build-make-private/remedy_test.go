package buildmakeprivate

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	arn  = "arn:aws:codebuild:eu-west-1:111122223333:project/payments-api"
	role = "arn:aws:iam::111122223333:role/service-role/codebuild-public-read"
)

var public = remedy.Case{Finding: remedytest.Finding("build-project-public", "buildproject", "payments-api")}

// project is the one of the account. Drops: AWS forgets the access role of a private project.
type project struct {
	Visibility types.ProjectVisibilityType
	Role       string
	drops      bool
}

func world(t *testing.T, p project) remedytest.World {
	drops := p.drops
	p.drops = false
	fake := awstest.New(t).
		On("codebuild.BatchGetProjects", func(any) (any, error) {
			one := types.Project{Name: aws.String("payments-api"), Arn: aws.String(arn), ProjectVisibility: p.Visibility}
			if p.Role != "" {
				one.ResourceAccessRole = aws.String(p.Role)
			}
			return &codebuild.BatchGetProjectsOutput{Projects: []types.Project{one}}, nil
		}).
		On("codebuild.UpdateProjectVisibility", func(in any) (any, error) {
			input := in.(*codebuild.UpdateProjectVisibilityInput)
			if aws.ToString(input.ProjectArn) != arn {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			p.Visibility = input.ProjectVisibility
			if input.ResourceAccessRole != nil || drops && p.Visibility == types.ProjectVisibilityTypePrivate {
				p.Role = aws.ToString(input.ResourceAccessRole)
			}
			return &codebuild.UpdateProjectVisibilityOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return p }, Move: func() {
		if p.Role == "" {
			p.Visibility = "RESTRICTED" // a role cannot be taken away again
			return
		}
		p.Role = "arn:aws:iam::111122223333:role/other"
	}}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]project{
		"with an access role":         {Visibility: types.ProjectVisibilityTypePublicRead, Role: role},
		"with a role that is dropped": {Visibility: types.ProjectVisibilityTypePublicRead, Role: role, drops: true},
		"without":                     {Visibility: types.ProjectVisibilityTypePublicRead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: public, Calls: []string{"codebuild:UpdateProjectVisibility"},
				World: func(t *testing.T) remedytest.World { return world(t, p) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, project{Visibility: types.ProjectVisibilityTypePublicRead, Role: role}), public)
	for got, want := range map[string]string{
		string(p.Before):         `{"projectVisibility":"PUBLIC_READ","resourceAccessRole":"` + role + `"}`,
		string(p.After):          `{"projectVisibility":"PRIVATE","resourceAccessRole":"` + role + `"}`,
		string(p.Calls[0].Input): `{"projectArn":"` + arn + `","projectVisibility":"PRIVATE"}`,
		p.Changes[0]:             "projectVisibility: PUBLIC_READ -> PRIVATE",
		p.Manual:                 "aws codebuild update-project-visibility --region eu-west-1 --project-arn " + arn + " --project-visibility PRIVATE",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, visibility := range []types.ProjectVisibilityType{types.ProjectVisibilityTypePrivate, ""} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, project{Visibility: visibility, Role: role}), public); !p.Done() || p.Undoable {
			t.Errorf("%q: plan %+v", visibility, p)
		}
	}
}
