// Package pipelinehold stops what a pipeline's source brings in before its first stage after the source.
package pipelinehold

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

const id = "pipeline-hold"

// stage is the resource of both writes: a stage of a pipeline (Service Authorization Reference, "AWS CodePipeline").
const stage = "arn:{partition}:codepipeline:{region}:{account}:*/*"

// Remedy disables the transition into the second stage. CodePipeline allows sources in the first stage only.
var Remedy = &remedy.Remedy{
	ID: id, Doc: doc, Risk: remedy.Disruptive,
	Reads: []string{"codepipeline:GetPipeline", "codepipeline:GetPipelineState", "codepipeline:ListTagsForResource"},
	Grants: []remedy.Grant{
		{Action: "codepipeline:DisableStageTransition", Resource: stage},
		{Action: "codepipeline:EnableStageTransition", Resource: stage},
	},
	Plan: plan, Apply: apply, Undo: undo,
}

// gate is the transition into one stage.
type gate struct {
	Stage   string `json:"stageName"`
	Enabled bool   `json:"enabled"`
	Reason  string `json:"disabledReason,omitempty"`
}

func (g gate) String() string {
	if g.Enabled {
		return "into " + g.Stage + " enabled"
	}
	return fmt.Sprintf("into %s disabled (%q)", g.Stage, g.Reason)
}

func plan(ctx context.Context, cfg aws.Config, f finding.Finding) (remedy.Plan, error) {
	if f.Resource.Kind != pipeline.Kind.Name {
		return remedy.Plan{}, &remedy.RefusedError{Why: "Only a pipeline can be held; the finding is about a " + f.Resource.Kind + "."}
	}
	ref := resource.Ref(f.Resource)
	gates, err := read(ctx, cfg, ref)
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if len(gates) < 2 {
		return remedy.Plan{}, &remedy.RefusedError{Why: "The pipeline " + ref.ID + " has no stage after its source."}
	}
	before := gates[1]
	after := gate{Stage: before.Stage, Reason: reason(f)}
	p := remedy.Plan{
		Remedy: id, Resource: f.Resource, Undoable: before.Enabled,
		Summary: fmt.Sprintf("Hold the pipeline %s before its stage %s.", ref.ID, before.Stage),
		Breaks:  "Nothing new is built or deployed by it until the stage is opened again; runs that are past it go on.",
		Manual: fmt.Sprintf("aws codepipeline disable-stage-transition --region %s --pipeline-name %s --stage-name %s --transition-type Inbound --reason '%s'",
			ref.Region, ref.ID, before.Stage, after.Reason),
	}
	if !before.Enabled {
		after = before // whoever closed it also opens it again
		p.Summary = fmt.Sprintf("The pipeline %s is already held before its stage %s.", ref.ID, before.Stage)
	}
	if p.Before, err = json.Marshal(before); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if p.After, err = json.Marshal(after); err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	if !before.Enabled {
		return p, nil
	}
	input, err := resource.APIJSON(disabling(ref.ID, after))
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	p.Calls = []remedy.Call{{Service: "codepipeline", Operation: "DisableStageTransition", Input: input}}
	p.Stack, err = stack(ctx, cfg, ref)
	if err != nil {
		return remedy.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	return p, nil
}

// reason names the finding, so that whoever sees the closed stage finds out why, and undo knows its own work.
// CodePipeline takes up to 300 letters, digits, spaces and any of !@().*?- (CodePipeline API Reference, DisableStageTransition).
func reason(f finding.Finding) string {
	return "Held by pipewarden - finding " + f.ID() + " (" + f.Check + ")"
}

func apply(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil || p.Done() {
		return err
	}
	ref := resource.Ref(p.Resource)
	gates, err := read(ctx, cfg, ref)
	if err != nil {
		return err
	}
	if len(gates) < 2 {
		return &remedy.MovedError{What: "stages of " + ref.ID, Want: before.Stage + " after the source", Got: "no stage after the source"}
	}
	switch gates[1] {
	case after:
		return nil
	case before:
	default:
		return &remedy.MovedError{What: "transition of " + ref.ID, Want: before.String(), Got: gates[1].String()}
	}
	if _, err := client(cfg, ref).DisableStageTransition(ctx, disabling(ref.ID, after)); err != nil {
		return fmt.Errorf("disable transition into %s of pipeline %s: %w", after.Stage, ref.ID, err)
	}
	return nil
}

func undo(ctx context.Context, cfg aws.Config, p remedy.Plan) error {
	before, after, err := states(p)
	if err != nil || p.Done() {
		return err
	}
	ref := resource.Ref(p.Resource)
	gates, err := read(ctx, cfg, ref)
	if err != nil {
		return err
	}
	// The stage is looked up by name: stages put before it since then do not matter.
	now, found := named(gates, after.Stage)
	switch {
	case !found:
		return &remedy.MovedError{What: "stages of " + ref.ID, Want: "a stage " + after.Stage, Got: "none of that name"}
	case now == before:
		return nil
	case now != after:
		return &remedy.MovedError{What: "transition of " + ref.ID, Want: after.String(), Got: now.String()}
	}
	_, err = client(cfg, ref).EnableStageTransition(ctx, &codepipeline.EnableStageTransitionInput{
		PipelineName: &ref.ID, StageName: &after.Stage, TransitionType: types.StageTransitionTypeInbound,
	})
	if err != nil {
		return fmt.Errorf("enable transition into %s of pipeline %s: %w", after.Stage, ref.ID, err)
	}
	return nil
}

func disabling(name string, g gate) *codepipeline.DisableStageTransitionInput {
	return &codepipeline.DisableStageTransitionInput{
		PipelineName: &name, StageName: &g.Stage, TransitionType: types.StageTransitionTypeInbound, Reason: &g.Reason,
	}
}

func states(p remedy.Plan) (before, after gate, err error) {
	if err := json.Unmarshal(p.Before, &before); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	if err := json.Unmarshal(p.After, &after); err != nil {
		return before, after, fmt.Errorf("read plan of %s: %w", id, err)
	}
	return before, after, nil
}
