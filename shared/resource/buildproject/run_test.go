package buildproject

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// TestRunsAreReadOnlyForOverrides holds that a build which runs as the project says costs no call.
func TestRunsAreReadOnlyForOverrides(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"StartBuild": false, "StartBuild-buildspec-override": true, "StartBuild-image-override": true, "StartBuild-role-override": true,
		"StartBuild-variables-override": true, "StartBuild-unencrypted-override": true, "StartBuild-webhook": true, "StartBuildBatch": false,
		"StartBuildBatch-buildspec-override": true, "StartSandbox": false, "RetryBuild": false, "UpdateProject": false,
	} {
		e := sample(t, "codebuild/"+name+".json")
		refs := Runs.About(e)
		if (len(refs) == 1) != want || want && (refs[0].ID != "payments-api" || refs[0].Kind != "buildproject") {
			t.Errorf("%s: %+v", name, refs)
		}
		if s, told := Runs.Told(e); told != want || s.Definition.Reveal() != nil {
			t.Errorf("%s: told %v", name, told)
		}
	}
}

// TestRetried holds that what a retried build runs with is taken from the answer.
func TestRetried(t *testing.T) {
	t.Parallel()
	e := sample(t, "codebuild/RetryBuild.json")
	e.Response().Object("build")["source"] = map[string]any{"type": "GITHUB", "buildspec": "evil.yml"}
	e.Response().Object("build")["environment"] = map[string]any{"image": "x", "environmentVariables": []any{}}
	got := Overrides(e)
	if len(got) != 4 || got.String("buildspecOverride") != "evil.yml" || got.String("imageOverride") != "x" || len(Runs.About(e)) != 1 {
		t.Errorf("%+v %+v", got, Runs.About(e))
	}
}

func TestReadRun(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t)
	ref := resource.Ref{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}
	gone := resource.Ref{Kind: "buildproject", ID: "gone", Account: "111122223333", Region: "eu-west-1"}
	fake.On("codebuild.BatchGetProjects", func(input any) (any, error) {
		out := &codebuild.BatchGetProjectsOutput{}
		for _, id := range input.(*codebuild.BatchGetProjectsInput).Names {
			if id == "payments-api" {
				out.Projects = append(out.Projects, types.Project{Name: &id, Source: &types.ProjectSource{Buildspec: aws.String("hunter2")}})
				continue
			}
			out.ProjectsNotFound = append(out.ProjectsNotFound, id)
		}
		return out, nil
	})
	s, err := Runs.Read(t.Context(), fake.Config(), ref)
	if err != nil || string(s.Definition.Reveal()) != `{"name":"payments-api","source":{"buildspec":"hunter2"}}` {
		t.Errorf("%v %s", err, s.Definition.Reveal())
	}
	fake.ExpectActions(Runs.Actions)
	if raw, err := json.Marshal(s); err != nil || string(raw) != `{"definition":"[sealed]"}` {
		t.Errorf("%s %v", raw, err)
	}
	if _, err := Runs.Read(t.Context(), fake.Config(), gone); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
	many, err := Runs.ReadMany(t.Context(), fake.Config(), []resource.Ref{ref, gone})
	if err != nil || len(many) != 1 || many[ref].Definition.Reveal() == nil {
		t.Errorf("%v %v", many, err)
	}
	for _, code := range []string{"AccessDeniedException", "ThrottlingException"} {
		fake.On("codebuild.BatchGetProjects", awstest.Error(code))
		_, one := Runs.Read(t.Context(), fake.Config(), ref)
		_, all := Runs.ReadMany(t.Context(), fake.Config(), []resource.Ref{ref, gone})
		if awserr.IsDenied(one) != (code == "AccessDeniedException") || awserr.IsThrottled(all) != (code == "ThrottlingException") {
			t.Errorf("%s: %v, %v", code, one, all)
		}
	}
}

func FuzzOverrides(f *testing.F) {
	for name, raw := range events.All() {
		if len(name) > 20 && name[:20] == "codebuild/StartBuild" {
			f.Add(raw)
		}
	}
	f.Add([]byte(`{"eventName":"RetryBuild","eventSource":"codebuild.amazonaws.com","eventTime":"2026-11-19T07:30:11Z","requestParameters":{"id":"a:1"},"responseElements":{"build":{"source":[],"environment":"{\"image\":1}"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, ref := range Runs.About(e) {
			if !isName(ref.ID) || Overrides(e) == nil {
				t.Fatalf("%+v", ref)
			}
		}
	})
}
