// Package stack reads which CloudFormation stack manages a pipeline or a build project.
package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

const (
	pipelines = "codepipeline.amazonaws.com"
	builds    = "codebuild.amazonaws.com"
)

// Member is the stack that manages what somebody changes who is not CloudFormation. A Ref is that of the pipeline or the project. It is a facet of
// either, and asked for after such a change alone: what no stack can have changed costs no call, and there is nothing to list for a sweep.
var Member = &resource.Kind[State]{
	Name: "stack", Facet: "member",
	Changed: []event.Selector{
		event.Calls(pipelines, "UpdatePipeline"),
		event.Calls(builds, "UpdateProject", "UpdateProjectVisibility", "CreateWebhook", "UpdateWebhook", "DeleteWebhook"),
	},
	Refs: refs,
	Read: read,
	// A pipeline's stack is noted when its tags are read, which is enough: CloudFormation alone writes that tag. A project's comes with the project.
	Recalled: func(noted func(part string) string) (State, bool) {
		tags, known := pipeline.NotedTags(noted)
		return State{Stack: tags.Stack}, known
	},
	Told:    told,
	Actions: []string{"codebuild:BatchGetProjects", "codepipeline:ListTagsForResource"},
}

// State is what is known of the stack.
type State struct {
	Stack resource.Fact[string] `json:"stack,omitzero"` // its name; "" when none manages the resource
}

// refs names what was changed. What CloudFormation itself changed is as its stack wants it.
func refs(e *event.Event) []resource.Ref {
	if !e.FromCloudTrail() || !e.Succeeded() || resource.ByStack(e) {
		return nil
	}
	if e.Service() == pipelines {
		return pipeline.Kind.About(e)
	}
	return buildproject.Kind.About(e)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Kind == pipeline.Kind.Name {
		s, err := pipeline.Tags.Read(ctx, cfg, ref)
		return State{Stack: s.Stack}, err
	}
	project, err := buildproject.Project(ctx, cfg, ref)
	switch {
	case awserr.IsNotFound(err):
		return State{}, err
	case err != nil:
		return State{Stack: resource.Unlearned[string](&untold{ref.ID, err})}, nil
	}
	return State{Stack: resource.Known(buildproject.Stack(project))}, nil
}

// untold is a project that could not be read. Its text is the same each time, without request ids, because it gets into findings.
type untold struct {
	id  string
	err error
}

func (u *untold) Error() string { return fmt.Sprintf("project %s: %s", u.id, awserr.Reason(u.err)) }
func (u *untold) Unwrap() error { return u.err }

// told goes by the tags in the answer to an update of a project. That there are none does not show that there is no stack.
func told(e *event.Event) (State, bool) {
	if len(refs(e)) == 0 {
		return State{}, false
	}
	for _, tag := range e.Response().Object("project").Objects("tags") {
		if tag.String("key") == resource.StackTag {
			return State{Stack: resource.Known(tag.String("value"))}, true
		}
	}
	return State{}, false
}
