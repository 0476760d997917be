// Package pipelinehold stops what a pipeline's source brings in before its first stage after the source.
package pipelinehold

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// stage is the resource of both writes: a stage of a pipeline (Service Authorization Reference, "AWS CodePipeline").
const stage = "arn:{partition}:codepipeline:{region}:{account}:*/*"

// Remedy disables the transition into the second stage. CodePipeline allows sources in the first stage only.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "pipeline-hold", Risk: remedy.Disruptive,
	On:    []resource.Source{pipeline.Kind},
	Reads: []string{"codepipeline:GetPipelineState"},
	Grants: []remedy.Grant{
		{Action: "codepipeline:DisableStageTransition", Resource: stage},
		{Action: "codepipeline:EnableStageTransition", Resource: stage},
	},
}, remedy.Change[gate]{What: "transition of", Read: read, Aim: aim, Requests: requests})

// gate is the transition into one stage.
type gate struct {
	Stage   string `json:"stageName"`
	Enabled bool   `json:"enabled"`
	Reason  string `json:"disabledReason,omitempty"`
}

// read looks at the first stage after the source. One that was held is looked up by its name: stages put before it since then do not matter.
// A transition of which the answer does not speak is open.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, from *gate) (gate, error) {
	out, err := codepipeline.NewFromConfig(cfg).GetPipelineState(ctx, &codepipeline.GetPipelineStateInput{Name: &ref.ID})
	if err != nil {
		return gate{}, fmt.Errorf("read transitions of pipeline %s: %w", ref.ID, err)
	}
	for i, s := range out.StageStates {
		g := gate{Stage: aws.ToString(s.StageName), Enabled: true}
		if t := s.InboundTransitionState; t != nil && !t.Enabled {
			g.Enabled, g.Reason = false, aws.ToString(t.DisabledReason)
		}
		byName := from != nil && !from.Enabled
		if byName && g.Stage == from.Stage || !byName && i == 1 {
			return g, nil
		}
	}
	return gate{}, nil
}

func aim(_ context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found gate) (remedy.Aim[gate], error) {
	switch {
	case found.Stage == "":
		return remedy.Aim[gate]{}, &remedy.RefusedError{Why: "The pipeline " + ref.ID + " has no stage after its source."}
	case !found.Enabled: // whoever closed it also opens it again
		return remedy.Aim[gate]{To: found, Summary: fmt.Sprintf("The pipeline %s is already held before its stage %s.", ref.ID, found.Stage)}, nil
	}
	return remedy.Aim[gate]{
		To:      gate{Stage: found.Stage, Reason: reason(c.Finding)},
		Summary: fmt.Sprintf("Hold the pipeline %s before its stage %s.", ref.ID, found.Stage),
		Breaks:  "Nothing new is built or deployed by it until the stage is opened again; runs that are past it go on.",
	}, nil
}

// reason names the finding, so that whoever sees the closed stage finds out why, and undo knows its own work.
// CodePipeline takes up to 300 letters, digits, spaces and any of !@().*?- (CodePipeline API Reference, DisableStageTransition).
func reason(f finding.Finding) string {
	return "Held by pipewarden - finding " + f.ID() + " (" + f.Check + ")"
}

func requests(ref resource.Ref, _, to gate) ([]remedy.Request, error) {
	if to.Enabled {
		in := &codepipeline.EnableStageTransitionInput{PipelineName: &ref.ID, StageName: &to.Stage, TransitionType: types.StageTransitionTypeInbound}
		return []remedy.Request{remedy.Write(in, codepipeline.NewFromConfig, (*codepipeline.Client).EnableStageTransition)}, nil
	}
	in := &codepipeline.DisableStageTransitionInput{PipelineName: &ref.ID, StageName: &to.Stage, TransitionType: types.StageTransitionTypeInbound, Reason: &to.Reason}
	return []remedy.Request{remedy.Write(in, codepipeline.NewFromConfig, (*codepipeline.Client).DisableStageTransition)}, nil
}
