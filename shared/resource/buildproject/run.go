package buildproject

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Runs is what a build is measured against that was started with other settings than the project's. It is a facet, because what is read
// when somebody starts a build tells nothing of who left the project as it is. Nothing is listed: no sweep asks for it.
var Runs = &resource.Kind[RunState]{
	Name: name, Facet: "run",
	Changed:  []event.Selector{event.Calls(service, "StartBuild", "StartBuildBatch", retry, "StartSandbox")},
	Refs:     refsOfRuns,
	Read:     readRun,
	ReadMany: readRuns,
	Told: func(e *event.Event) (RunState, bool) {
		return RunState{}, e.Succeeded() && len(refsOfRuns(e)) > 0
	},
	Actions: []string{"codebuild:BatchGetProjects"},
}

// RunState is the project that a build was started of.
type RunState struct {
	Definition resource.Sealed `json:"definition,omitzero"` // as BatchGetProjects gave it; none when the event alone is known
}

const retry = "RetryBuild"

// Overrides are the settings that a call gave a build in place of the project's, as the request says them. What is retried runs with the
// settings that it had: RetryBuild's answer tells them, as members of a build. nil when there are none.
func Overrides(e *event.Event) event.Fields {
	if e.Service() != service {
		return nil
	}
	if e.Name() == retry {
		return retried(e.Response().Object("build"))
	}
	for member := range e.Request() {
		if strings.HasSuffix(member, "Override") || member == "sourceVersion" {
			return e.Request()
		}
	}
	return nil
}

// retried writes a build's settings as the overrides that lead to them (AWS CodeBuild API Reference, "Build").
func retried(build event.Fields) event.Fields {
	out := event.Fields{}
	for member, from := range map[string][]string{
		"buildspecOverride": {"source", "buildspec"}, "sourceTypeOverride": {"source", "type"}, "sourceLocationOverride": {"source", "location"},
		"imageOverride": {"environment", "image"}, "privilegedModeOverride": {"environment", "privilegedMode"},
		"environmentVariablesOverride": {"environment", "environmentVariables"}, "serviceRoleOverride": {"serviceRole"},
	} {
		inner := build
		if len(from) > 1 {
			inner = build.Object(from[0])
		}
		if value := inner[from[len(from)-1]]; value != nil {
			out[member] = value
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// refsOfRuns names the project of a build that was started with settings of its own. Of any other there is nothing to be read.
func refsOfRuns(e *event.Event) []resource.Ref {
	if Overrides(e) == nil {
		return nil
	}
	return refs(e)
}

func readRun(ctx context.Context, cfg aws.Config, ref resource.Ref) (RunState, error) {
	project, err := Project(ctx, cfg, ref)
	if err != nil {
		return RunState{}, err
	}
	return runOf(ref, project)
}

func readRuns(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]RunState, error) {
	states := make(map[resource.Ref]RunState, len(refs))
	err := each(ctx, cfg, refs, func(ref resource.Ref, project *types.Project) (err error) {
		states[ref], err = runOf(ref, project)
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

func runOf(ref resource.Ref, project *types.Project) (RunState, error) {
	definition, err := resource.Seal(project)
	if err != nil {
		return RunState{}, fmt.Errorf("read project %s: %w", ref.ID, err)
	}
	return RunState{Definition: definition}, nil
}
