package pipeline

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func TestReadTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		region string
		tags   []types.Tag
		arn    string
		want   string
	}{
		"a stack's":            {"eu-west-1", []types.Tag{tag("team", "web"), tag(resource.StackTag, "web-stack")}, "arn:aws:codepipeline:eu-west-1:111122223333:web-prod", "web-stack"},
		"nobody's":             {"eu-west-1", []types.Tag{tag("team", "web")}, "arn:aws:codepipeline:eu-west-1:111122223333:web-prod", ""},
		"in another partition": {"cn-north-1", nil, "arn:aws-cn:codepipeline:cn-north-1:111122223333:web-prod", ""},
	} {
		fake := awstest.New(t)
		fake.On("codepipeline.ListTagsForResource", &codepipeline.ListTagsForResourceOutput{Tags: c.tags})
		s, err := Tags.Read(t.Context(), fake.Config(), resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: c.region})
		if got, known := s.Stack.Get(); err != nil || !known || got != c.want {
			t.Errorf("%s: %q %v %v", name, got, known, err)
		}
		if in := awstest.Inputs[*codepipeline.ListTagsForResourceInput](fake, "codepipeline.ListTagsForResource"); len(in) != 1 || aws.ToString(in[0].ResourceArn) != c.arn {
			t.Errorf("%s: %d calls, %s", name, len(in), aws.ToString(in[0].ResourceArn))
		}
	}
}

func TestReadTagsPages(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t)
	fake.On("codepipeline.ListTagsForResource", func(input any) (any, error) {
		if input.(*codepipeline.ListTagsForResourceInput).NextToken == nil {
			return &codepipeline.ListTagsForResourceOutput{NextToken: aws.String("2")}, nil
		}
		return &codepipeline.ListTagsForResourceOutput{Tags: []types.Tag{tag(resource.StackTag, "web-stack")}}, nil
	})
	fake.On("codepipeline.ListPipelines", &codepipeline.ListPipelinesOutput{Pipelines: []types.PipelineSummary{{Name: aws.String("web-prod")}}})
	ref := resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	for listed, err := range Tags.All(t.Context(), fake.Config(), resource.Ref{Account: ref.Account, Region: ref.Region}) {
		if err != nil || listed != ref {
			t.Fatalf("%v %v", listed, err)
		}
	}
	if s, err := Tags.Read(t.Context(), fake.Config(), ref); err != nil || !s.Stack.Is(func(name string) bool { return name == "web-stack" }) {
		t.Errorf("%+v %v", s, err)
	}
	fake.ExpectActions(Tags.Actions)
	fake.On("codepipeline.ListTagsForResource", func(input any) (any, error) {
		return &codepipeline.ListTagsForResourceOutput{NextToken: aws.String(aws.ToString(input.(*codepipeline.ListTagsForResourceInput).NextToken) + "x")}, nil
	})
	if _, err := Tags.Tags(t.Context(), fake.Config(), ref); err != nil {
		t.Errorf("a facet has no tags of its own: %v", err)
	}
	if _, err := Kind.Tags(t.Context(), fake.Config(), ref); err == nil || !strings.Contains(err.Error(), "do not end") {
		t.Errorf("tags without end: %v", err)
	}
	if s, err := Tags.Read(t.Context(), fake.Config(), ref); err != nil || s.Stack.Err() == nil {
		t.Errorf("tags without end: %+v %v", s, err)
	}
}

func TestTagsUnread(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}
	for _, code := range []string{"AccessDeniedException", "ThrottlingException", "ResourceNotFoundException"} {
		fake := awstest.New(t)
		fake.On("codepipeline.ListTagsForResource", awstest.Error(code))
		s, err := Tags.Read(t.Context(), fake.Config(), ref)
		gone := code == "ResourceNotFoundException"
		if awserr.IsNotFound(err) != gone || !gone && (err != nil || s.Stack.Err() == nil) {
			t.Errorf("%s: %+v %v", code, s, err)
		}
		if faults := resource.Faults(s); !gone && (len(faults) != 1 || awserr.IsThrottled(faults[0]) != (code == "ThrottlingException")) {
			t.Errorf("%s: %v", code, faults)
		}
	}
}

func TestTagsTold(t *testing.T) {
	t.Parallel()
	e := sample(t, "codepipeline/CreatePipeline-cloudformation.json")
	e.Request()["tags"] = []any{map[string]any{"key": resource.StackTag, "value": "web-stack"}}
	if s, ok := Tags.Told(e); !ok || !s.Stack.Is(func(name string) bool { return name == "web-stack" }) {
		t.Errorf("%v %+v", ok, s)
	}
	for name, want := range map[string]string{
		"codepipeline/CreatePipeline.json": "none", "codepipeline/CreatePipeline-cloudformation.json": "unknown", "codepipeline/UpdatePipeline.json": "", "codebuild/CreateProject.json": "",
	} {
		got := ""
		if s, ok := Tags.Told(sample(t, name)); ok {
			got = "unknown"
			if s.Stack.Is(func(name string) bool { return name == "" }) {
				got = "none"
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What is noted of the tags tells as much as they did, and what could not be read is not noted.
func TestTagsAreNoted(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"web-stack", ""} {
		text := Tags.Note(TagsState{Stack: resource.Known(stack)})
		s, known := NotedTags(func(part string) string { return map[string]string{"tags": text, "": "stack:other"}[part] })
		if got, learned := s.Stack.Get(); !known || !learned || got != stack {
			t.Errorf("%q: noted %q, and read back as %q %v %v", stack, text, got, known, learned)
		}
	}
	if text := Tags.Note(TagsState{Stack: resource.Unlearned[string](awstest.Error("AccessDenied"))}); text != "" {
		t.Errorf("noted %q of what was not read", text)
	}
	for _, text := range []string{"", "web-stack"} {
		if s, known := NotedTags(func(string) string { return text }); known {
			t.Errorf("%q: known as %+v", text, s)
		}
	}
}
