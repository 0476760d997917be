package buildproject_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestManyProjectsAreReadInFewCalls(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", func(input any) (any, error) {
		in := input.(*codebuild.BatchGetProjectsInput)
		out := &codebuild.BatchGetProjectsOutput{}
		for _, name := range in.Names {
			if name == "gone" {
				out.ProjectsNotFound = append(out.ProjectsNotFound, name)
				continue
			}
			out.Projects = append(out.Projects, types.Project{Name: aws.String(name)})
		}
		return out, nil
	})
	var refs []resource.Ref
	for i := range 250 {
		refs = append(refs, resource.Ref{Kind: "buildproject", ID: fmt.Sprintf("p-%03d", i), Account: "111122223333", Region: "eu-west-1"})
	}
	gone := resource.Ref{Kind: "buildproject", ID: "gone", Account: "111122223333", Region: "eu-west-1"}
	states, able, err := buildproject.Kind.Many(t.Context(), fake.Config(), append(refs, gone))
	if err != nil || !able || len(states) != 250 || len(fake.Calls()) != 3 {
		t.Fatalf("%d states of 250 in %d calls: %v, %v", len(states), len(fake.Calls()), able, err)
	}
	if _, found := states[gone]; found {
		t.Error("a project was made up")
	}
	if got := states[refs[7]].(buildproject.State).Name; got != refs[7].ID {
		t.Errorf("%s was taken for %s", got, refs[7].ID)
	}
}

// An answer that leaves projects out must not make them look deleted.
func TestManyProjectsOfWhichSomeAreNotTold(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{{Name: aws.String("a")}}})
	refs := []resource.Ref{{ID: "a"}, {ID: "b"}}
	if states, _, err := buildproject.Kind.Many(t.Context(), fake.Config(), refs); err == nil {
		t.Errorf("no error: %v", states)
	}
}
