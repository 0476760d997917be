package buildproject

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

var lastMonth = time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC)

func projectRef(id string) resource.Ref {
	return resource.Ref{Kind: "buildproject", ID: id, Account: "111122223333", Region: "eu-central-1"}
}

// builders answers for projects by their names: one that begins with "idle" never built, one that begins with "gone" does not exist.
func builders(t *testing.T) *awstest.Fake {
	t.Helper()
	return awstest.New(t).On("codebuild.ListBuildsForProject", func(in any) (any, error) {
		input := in.(*codebuild.ListBuildsForProjectInput)
		switch id := *input.ProjectName; {
		case input.SortOrder != "":
			return nil, awstest.Error("InvalidInputException")
		case strings.HasPrefix(id, "gone"):
			return nil, awstest.Error("ResourceNotFoundException")
		case strings.HasPrefix(id, "idle"):
			return &codebuild.ListBuildsForProjectOutput{}, nil
		default:
			return &codebuild.ListBuildsForProjectOutput{Ids: []string{id + ":newest", id + ":older"}, NextToken: aws.String("2")}, nil
		}
	}).On("codebuild.BatchGetBuilds", func(in any) (any, error) {
		ids := in.(*codebuild.BatchGetBuildsInput).Ids
		if len(ids) > 100 {
			return nil, awstest.Error("InvalidInputException")
		}
		out := &codebuild.BatchGetBuildsOutput{}
		for _, id := range ids {
			if strings.HasSuffix(id, ":newest") {
				out.Builds = append(out.Builds, types.Build{Id: &id, StartTime: &lastMonth})
			}
		}
		return out, nil
	}).On("codebuild.BatchGetProjects", func(in any) (any, error) {
		out := &codebuild.BatchGetProjectsOutput{}
		for _, id := range in.(*codebuild.BatchGetProjectsInput).Names {
			out.Projects = append(out.Projects, types.Project{Name: &id, Created: &lastMonth})
		}
		return out, nil
	}).On("codebuild.ListProjects", &codebuild.ListProjectsOutput{Projects: []string{"web"}})
}

func TestLastBuild(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"web": `{"last":"2026-10-20T09:00:00Z"}`, "idle": `{"last":"0001-01-01T00:00:00Z","created":"2026-10-20T09:00:00Z"}`} {
		f := builders(t)
		a, err := LastBuild.Read(t.Context(), f.Config(), projectRef(id))
		raw, written := json.Marshal(a)
		if err != nil || written != nil || string(raw) != want {
			t.Errorf("%s: %s, %v, %v", id, raw, err, written)
		}
		if calls := f.Calls(); len(calls) != 2 || calls[0].Region != "eu-central-1" || calls[1].Region != "eu-central-1" {
			t.Errorf("%s: calls %+v", id, calls)
		}
	}
	f := builders(t)
	if _, err := LastBuild.Read(t.Context(), f.Config(), projectRef("gone")); !awserr.IsNotFound(err) || len(f.Calls()) != 1 {
		t.Errorf("a project that is gone: %v after %d calls", err, len(f.Calls()))
	}
	f.On("codebuild.BatchGetBuilds", &codebuild.BatchGetBuildsOutput{Builds: []types.Build{{Id: aws.String("web:newest")}}})
	if a, err := LastBuild.Read(t.Context(), f.Config(), projectRef("web")); err != nil || a.Last.Err() == nil {
		t.Errorf("a build without a start: %+v, %v", a, err)
	}
	f.On("codebuild.BatchGetProjects", &codebuild.BatchGetProjectsOutput{Projects: []types.Project{{Name: aws.String("idle")}, {Name: aws.String("other")}}})
	if a, err := LastBuild.Read(t.Context(), f.Config(), projectRef("idle")); err != nil || a.Created.Err() == nil || a.Last.Err() != nil {
		t.Errorf("a project without a day: %+v, %v", a, err)
	}
	for _, code := range []string{"AccessDeniedException", "ThrottlingException"} {
		for operation, id := range map[string]string{"codebuild.ListBuildsForProject": "web", "codebuild.BatchGetBuilds": "web", "codebuild.BatchGetProjects": "idle"} {
			if _, err := LastBuild.Read(t.Context(), builders(t).On(operation, awstest.Error(code)).Config(), projectRef(id)); awserr.Code(err) != code {
				t.Errorf("%s, %s: %v", operation, code, err)
			}
		}
	}
}

func TestLastBuilds(t *testing.T) {
	t.Parallel()
	const count = 120
	refs := []resource.Ref{projectRef("gone")}
	for i := range count {
		refs = append(refs, projectRef(fmt.Sprintf("web%d", i)), projectRef(fmt.Sprintf("idle%d", i)))
	}
	f := builders(t)
	got, err := LastBuild.ReadMany(t.Context(), f.Config(), refs)
	if err != nil || len(got) != 2*count || len(f.Calls()) != 1+2*count+2+2 {
		t.Errorf("%d of %d after %d calls, %v", len(got), 2*count, len(f.Calls()), err)
	}
	last, _ := got[projectRef("web119")].Last.Get()
	created, _ := got[projectRef("idle119")].Created.Get()
	if !last.Equal(lastMonth) || !created.Equal(lastMonth) {
		t.Errorf("last built %v, made %v", last, created)
	}
}

func TestLastBuildActions(t *testing.T) {
	t.Parallel()
	f := builders(t)
	for _, id := range []string{"web", "idle"} {
		if _, err := LastBuild.Read(t.Context(), f.Config(), projectRef(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range LastBuild.List(t.Context(), f.Config(), projectRef("")) {
		if err != nil {
			t.Fatal(err)
		}
	}
	f.ExpectActions(LastBuild.Actions)
}
