package stack

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	cb "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	cp "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func at(kind, id string) resource.Ref {
	return resource.Ref{Kind: kind, ID: id, Account: "111122223333", Region: "eu-west-1"}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]resource.Ref{
		"codepipeline/UpdatePipeline.json":                               at("pipeline", "web-prod"),
		"codepipeline/UpdatePipeline-request-cut.json":                   at("pipeline", "web-prod"),
		"codepipeline/UpdatePipeline-cloudformation.json":                {},
		"codepipeline/UpdatePipeline-cloudformation-as-user.json":        {},
		"codepipeline/UpdatePipeline-denied.json":                        {},
		"codepipeline/CodePipelineStageExecutionStateChange-failed.json": {},
		"codebuild/UpdateProject.json":                                   at("buildproject", "payments-api"),
		"codebuild/UpdateProject-cloudformation.json":                    {},
		"codebuild/UpdateProjectVisibility-public.json":                  at("buildproject", "payments-api"),
		"codebuild/UpdateWebhook.json":                                   at("buildproject", "payments-api"),
		"codebuild/CreateWebhook-cloudformation.json":                    {},
	} {
		var got resource.Ref
		if refs := Member.About(sample(t, name)); len(refs) > 0 {
			got = refs[0]
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t)
	fake.On("codepipeline.ListTagsForResource", &codepipeline.ListTagsForResourceOutput{Tags: []cp.Tag{{Key: aws.String(resource.StackTag), Value: aws.String("web-stack")}}})
	fake.On("codebuild.BatchGetProjects", func(input any) (any, error) {
		id := input.(*codebuild.BatchGetProjectsInput).Names[0]
		switch id {
		case "gone":
			return &codebuild.BatchGetProjectsOutput{ProjectsNotFound: []string{id}}, nil
		case "own":
			return &codebuild.BatchGetProjectsOutput{Projects: []cb.Project{{Name: &id}}}, nil
		}
		return &codebuild.BatchGetProjectsOutput{Projects: []cb.Project{{Name: &id, Tags: []cb.Tag{{Key: aws.String(resource.StackTag), Value: aws.String("build-stack")}}}}}, nil
	})
	for ref, want := range map[resource.Ref]string{at("pipeline", "web-prod"): "web-stack", at("buildproject", "payments-api"): "build-stack", at("buildproject", "own"): ""} {
		s, err := Member.Read(t.Context(), fake.Config(), ref)
		if got, known := s.Stack.Get(); err != nil || !known || got != want {
			t.Errorf("%s: %q %v %v", ref.ID, got, known, err)
		}
	}
	fake.ExpectActions(Member.Actions)
	if _, err := Member.Read(t.Context(), fake.Config(), at("buildproject", "gone")); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
	for _, code := range []string{"AccessDeniedException", "ThrottlingException"} {
		fake.On("codebuild.BatchGetProjects", awstest.Error(code)).On("codepipeline.ListTagsForResource", awstest.Error(code))
		for _, ref := range []resource.Ref{at("pipeline", "web-prod"), at("buildproject", "payments-api")} {
			s, err := Member.Read(t.Context(), fake.Config(), ref)
			faults := resource.Faults(s)
			if err != nil || len(faults) != 1 || awserr.IsThrottled(faults[0]) != (code == "ThrottlingException") || !strings.Contains(faults[0].Error(), ref.ID) {
				t.Errorf("%s of %s: %v %v", code, ref.Kind, faults, err)
			}
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	e := sample(t, "codebuild/UpdateProject.json")
	if s, told := Member.Told(e); told {
		t.Errorf("without tags: %+v", s)
	}
	e.Response().Object("project")["tags"] = []any{map[string]any{"key": resource.StackTag, "value": "build-stack"}}
	if s, told := Member.Told(e); !told || !s.Stack.Is(func(name string) bool { return name == "build-stack" }) {
		t.Errorf("%v %+v", told, s)
	}
	e.Detail["sourceIPAddress"] = "cloudformation.amazonaws.com"
	if _, told := Member.Told(e); told {
		t.Error("a change of CloudFormation's own")
	}
}

func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codebuild/Update") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		if _, told := Member.Told(e); told && len(Member.About(e)) == 0 {
			t.Fatal("told of nothing")
		}
	})
}

// A pipeline's stack is known by the note on its tags, without a call.
func TestAPipelinesStackIsRecalled(t *testing.T) {
	t.Parallel()
	state, known := Member.Recall(func(part string) string { return map[string]string{"tags": "stack:web-stack"}[part] })
	if s, ok := state.(State); !known || !ok || !s.Stack.Is(func(name string) bool { return name == "web-stack" }) {
		t.Errorf("%+v %v", state, known)
	}
	if state, known := Member.Recall(func(string) string { return "" }); known {
		t.Errorf("%+v without a note", state)
	}
}
