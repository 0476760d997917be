// Package buildmakeprivate takes the builds of a CodeBuild project out of public sight.
package buildmakeprivate

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

//go:embed doc.md
var doc string

const id = "build-make-private"

// Remedy sets a project's visibility to PRIVATE.
var Remedy = &remedy.Remedy{
	ID: id, Doc: doc, Risk: remedy.Contained,
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateProjectVisibility", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
	Plan:   plan, Apply: apply, Undo: undo,
}

// visible is the part of a project that is touched, as the API names it.
type visible struct {
	ProjectVisibility  string  `json:"projectVisibility"`
	ResourceAccessRole *string `json:"resourceAccessRole,omitempty"`
}

// is says whether the project is so. What becomes of the access role of a project that is made private is not documented:
// kept or dropped, it is the same; another role is somebody else's change.
func (v visible) is(want visible) bool {
	role, wanted := aws.ToString(v.ResourceAccessRole), aws.ToString(want.ResourceAccessRole)
	return v.ProjectVisibility == want.ProjectVisibility && (role == wanted || role == "" && v.ProjectVisibility == buildproject.Private)
}

func (v visible) String() string {
	if role := aws.ToString(v.ResourceAccessRole); role != "" {
		return v.ProjectVisibility + " through " + role
	}
	return v.ProjectVisibility
}

func plan(ctx context.Context, cfg aws.Config, f finding.Finding) (remedy.Plan, error) {
	if f.Resource.Kind != buildproject.Kind.Name {
		return remedy.Plan{}, &remedy.RefusedError{Why: "Only a build project can be made private; the finding is about a " + f.Resource.Kind + "."}
	}
	project, err := buildproject.Project(ctx, cfg, resource.Ref(f.Resource))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	arn := aws.ToString(project.Arn)
	before := visibleOf(project)
	after := visible{ProjectVisibility: buildproject.Private, ResourceAccessRole: before.ResourceAccessRole}
	p := remedy.Plan{
		Remedy: id, Resource: f.Resource, Stack: buildproject.Stack(project), Undoable: true,
		Summary: "Make " + f.Resource.ID + " private again.",
		Breaks:  "Who follows its builds without an AWS account no longer can.",
		Manual:  "aws codebuild update-project-visibility --project-arn " + arn + " --project-visibility PRIVATE",
	}
	if p.Before, err = json.Marshal(before); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if p.After, err = json.Marshal(after); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if before.is(after) {
		return p, nil
	}
	input, err := resource.APIJSON(inputOf(arn, visible{ProjectVisibility: buildproject.Private}))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	p.Calls = []remedy.Call{{Service: "codebuild", Operation: "UpdateProjectVisibility", Input: input}}
	return p, nil
}

func apply(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil {
		return err
	}
	return move(ctx, cfg, p, before, after, visible{ProjectVisibility: buildproject.Private})
}

func undo(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil {
		return err
	}
	return move(ctx, cfg, p, after, before, before)
}

// move takes the project from one state to the other, unless it is there already or has gone elsewhere.
func move(ctx context.Context, cfg aws.Config, p remedy.Plan, from, to, send visible) error {
	if p.Done() {
		return nil
	}
	ref := resource.Ref(p.Resource)
	project, err := buildproject.Project(ctx, cfg, ref)
	if err != nil {
		return fmt.Errorf("set visibility: %w", err)
	}
	now := visibleOf(project)
	switch {
	case now.is(to):
		return nil
	case !now.is(from):
		return &remedy.MovedError{What: "visibility of " + ref.ID, Want: from.String(), Got: now.String()}
	}
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	if _, err := codebuild.NewFromConfig(cfg).UpdateProjectVisibility(ctx, inputOf(aws.ToString(project.Arn), send)); err != nil {
		return fmt.Errorf("set visibility of project %s: %w", ref.ID, err)
	}
	return nil
}

func inputOf(arn string, v visible) *codebuild.UpdateProjectVisibilityInput {
	return &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: &arn, ProjectVisibility: types.ProjectVisibilityType(v.ProjectVisibility), ResourceAccessRole: v.ResourceAccessRole,
	}
}

func visibleOf(p *types.Project) visible {
	v := visible{ProjectVisibility: string(p.ProjectVisibility), ResourceAccessRole: p.ResourceAccessRole}
	if v.ProjectVisibility == "" {
		v.ProjectVisibility = buildproject.Private
	}
	return v
}

func states(p remedy.Plan) (before, after visible, err error) {
	if err := json.Unmarshal(p.Before, &before); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	if err := json.Unmarshal(p.After, &after); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	return before, after, nil
}
