package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Tags is which stack manages a pipeline. Only CloudFormation writes that tag, when it makes or imports the pipeline, so the sweep takes its
// time.
var Tags = &resource.Kind[TagsState]{
	Name: name, Facet: "tags",
	Changed: []event.Selector{event.Calls(service, "CreatePipeline", "DeletePipeline")},
	Refs:    refs,
	Read:    readTags,
	List:    list,
	Told:    toldTags,
	Actions: []string{"codepipeline:ListPipelines", "codepipeline:ListTagsForResource"},
	Spread:  7,
	Noted:   noted,
}

// TagsState is what the tags of a pipeline tell.
type TagsState struct {
	Stack resource.Fact[string] `json:"stack,omitzero"` // the CloudFormation stack that manages it; "" when none does
}

// noted is the stack as text: what a change of the pipeline is judged by, without reading the tags after each.
func noted(s TagsState) string {
	stack, known := s.Stack.Get()
	if !known {
		return ""
	}
	return "stack:" + stack
}

// NotedTags is what was noted of them, and whether anything was. Noted is what others of the pipeline's parts left.
func NotedTags(noted func(part string) string) (TagsState, bool) {
	stack, ok := strings.CutPrefix(noted(Tags.Facet), "stack:")
	return TagsState{Stack: resource.Known(stack)}, ok
}

// mostPages is how many pages of tags are read; AWS allows 50 tags, which one page holds (AWS CodePipeline API Reference, "ListTagsForResource").
const mostPages = 5

func readTags(ctx context.Context, cfg aws.Config, ref resource.Ref) (TagsState, error) {
	tags, err := tagged(ctx, cfg, ref)
	switch {
	case awserr.IsNotFound(err):
		return TagsState{}, err
	case err != nil:
		return TagsState{Stack: resource.Unlearned[string](&untold{ref.ID, err})}, nil
	}
	return TagsState{Stack: resource.Known(tags[resource.StackTag])}, nil
}

func tagged(ctx context.Context, cfg aws.Config, ref resource.Ref) (map[string]string, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	arn := "arn:" + resource.Partition(cfg.Region) + ":codepipeline:" + cfg.Region + ":" + ref.Account + ":" + ref.ID
	pages := codepipeline.NewListTagsForResourcePaginator(codepipeline.NewFromConfig(cfg), &codepipeline.ListTagsForResourceInput{ResourceArn: &arn})
	tags := map[string]string{}
	for range mostPages {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read tags of pipeline %s: %w", ref.ID, err)
		}
		for _, tag := range page.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if !pages.HasMorePages() {
			return tags, nil
		}
	}
	return nil, fmt.Errorf("read tags of pipeline %s: they do not end after %d pages", ref.ID, mostPages)
}

// untold are tags that could not be read. Its text is the same each time, without request ids, because it gets into findings.
type untold struct {
	id  string
	err error
}

func (u *untold) Error() string { return "tags of pipeline " + u.id + ": " + awserr.Reason(u.err) }
func (u *untold) Unwrap() error { return u.err }

// toldTags knows only of a pipeline that is being made: by CloudFormation, or by somebody else and so in no stack yet.
func toldTags(e *event.Event) (TagsState, bool) {
	if !e.Succeeded() || e.Service() != service || e.Name() != "CreatePipeline" || len(refs(e)) == 0 {
		return TagsState{}, false
	}
	for _, tag := range e.Request().Objects("tags") {
		if tag.String("key") == resource.StackTag {
			return TagsState{Stack: resource.Known(tag.String("value"))}, true
		}
	}
	if resource.ByStack(e) {
		return TagsState{}, true
	}
	return TagsState{Stack: resource.Known("")}, true
}
