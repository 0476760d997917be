// Package pipelinerevert puts a pipeline back to its last trusted definition, and makes one that is gone again where a person asks for it.
package pipelinerevert

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// What the writes concern. Whoever gives a pipeline its role has to be allowed to pass that role, and whoever gives it a connection to pass the
// connection, which bears either name of that service (AWS CodePipeline User Guide, "Manage the CodePipeline service role"; Developer Tools
// Console User Guide, "Permissions and examples for AWS CodeConnections").
const (
	pipelines   = "arn:{partition}:codepipeline:{region}:{account}:*"
	roles       = "arn:{partition}:iam::{account}:role/*"
	connections = "arn:{partition}:codeconnections:{region}:{account}:connection/*"
	formerly    = "arn:{partition}:codestar-connections:{region}:{account}:connection/*"
)

// Remedy sends the last trusted definition whole.
var Remedy = remedy.Lasting(remedy.Of(remedy.Remedy{
	ID: "pipeline-revert", Risk: remedy.Grave,
	On:    []resource.Source{pipeline.Kind},
	Reads: []string{"codepipeline:GetPipeline", "codepipeline:ListPipelineExecutions"},
	Grants: []remedy.Grant{
		{Action: "codepipeline:UpdatePipeline", Resource: pipelines},
		{Action: "codepipeline:CreatePipeline", Resource: pipelines},
		{Action: "iam:PassRole", Resource: roles, PassedTo: []string{"codepipeline.amazonaws.com"}},
		{Action: "codeconnections:PassConnection", Resource: connections},
		{Action: "codeconnections:PassConnection", Resource: formerly},
		{Action: "codestar-connections:PassConnection", Resource: connections},
		{Action: "codestar-connections:PassConnection", Resource: formerly},
	},
}, remedy.Change[state]{
	What: "definition of pipeline", Read: read, Aim: aim, Requests: requests, Ready: idle, Same: same, Words: words,
}), func(before state) bool { return before.Pipeline == nil }, func(p remedy.Plan) string { return stays(p.Resource.ID) })

// stays is why a pipeline that was made again is not undone: what a disaster took would be lost once more, and its history with it.
func stays(id string) string {
	return "The pipeline " + id + " did not exist before, and pipewarden deletes no pipeline. Whoever wants it gone calls aws codepipeline delete-pipeline."
}

func gone(ref resource.Ref) string {
	return "The pipeline " + ref.ID + " no longer exists. A person may have it made again: pipewarden restore pipeline " + ref.ID + "."
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *state) (state, error) {
	p, err := pipeline.Declaration(ctx, cfg, ref)
	switch {
	case awserr.IsNotFound(err):
		return state{}, nil
	case err != nil:
		return state{}, err
	}
	return declared(*p), nil
}

func aim(ctx context.Context, cfg aws.Config, c remedy.Case, ref resource.Ref, found state) (remedy.Aim[state], error) {
	if found.Pipeline == nil && !c.Restore {
		return remedy.Aim[state]{}, &remedy.RefusedError{Why: gone(ref)}
	}
	kept, err := c.GoBack(ctx)
	if err != nil {
		return remedy.Aim[state]{}, err
	}
	to, err := trusted(ref.ID, kept.Body, found)
	switch {
	case err != nil:
		return remedy.Aim[state]{}, err
	case same(found, to):
		return remedy.Aim[state]{To: found, Summary: "The pipeline " + ref.ID + " is as in " + kept.Said() + "."}, nil
	case definition.HoldsMask(kept.Body) || definition.HoldsMask(found.written()):
		return remedy.Aim[state]{}, &remedy.RefusedError{Why: "A definition of " + ref.ID + " shows a token as " + pipeline.Mask +
			": written back, that would be stored in the token's place. Put it back in the console, which asks for the token."}
	}
	running, err := pipeline.Running(resource.Fresh(ctx), cfg, ref)
	if err != nil {
		return remedy.Aim[state]{}, err
	}
	if found.Pipeline == nil {
		to.Again = true
		return remedy.Aim[state]{
			To: to, Summary: "Make the pipeline " + ref.ID + " again by " + kept.Said() + ".",
			Breaks: "It runs at once and deploys what its source holds then; its tags, webhooks and held stages are no part of a definition and have to be set again.",
		}, nil
	}
	return remedy.Aim[state]{
		To: to, Summary: "Put the pipeline " + ref.ID + " back to " + kept.Said() + ".",
		Breaks: "All that was changed in it since then is taken back, also what was meant" + waiting(len(running)) + ".",
		Manual: pipeline.State{}.EditCommand(ref, "put it back to "+kept.Said()),
	}, nil
}

// waiting says what the update waits for.
func waiting(runs int) string {
	switch runs {
	case 0:
		return ""
	case 1:
		return "; it waits for the 1 run in progress, which an update would stop"
	}
	return fmt.Sprintf("; it waits for the %d runs in progress, which an update would stop", runs)
}

// idle puts an update off while it would stop runs: their actions end, and the stages after them fail
// (AWS CodePipeline User Guide, "Edit a pipeline").
func idle(ctx context.Context, cfg aws.Config, ref resource.Ref) error {
	running, err := pipeline.Running(resource.Fresh(ctx), cfg, ref)
	if err != nil || len(running) == 0 {
		return err
	}
	return &remedy.BusyError{Why: fmt.Sprintf("%d of the runs of %s are in progress, and an update would stop them; the newest is %s.", len(running), ref.ID, running[0])}
}

// requests hold the definition, whose variables and configurations may be secrets. UpdatePipeline takes no condition; the version that it
// counts up is sent as it was found.
func requests(ref resource.Ref, from, to state) ([]remedy.Request, error) {
	switch {
	case to.Pipeline == nil:
		return nil, &remedy.RefusedError{Why: stays(ref.ID)}
	case from.Pipeline == nil && !to.Again:
		return nil, &remedy.RefusedError{Why: gone(ref)}
	case from.Pipeline == nil:
		p := to.Pipeline.Value
		p.Version = nil
		in := &codepipeline.CreatePipelineInput{Pipeline: &p}
		return []remedy.Request{remedy.Write(in, codepipeline.NewFromConfig, (*codepipeline.Client).CreatePipeline).Sealed()}, nil
	}
	p := to.Pipeline.Value
	p.Version = from.version
	in := &codepipeline.UpdatePipelineInput{Pipeline: &p}
	return []remedy.Request{remedy.Write(in, codepipeline.NewFromConfig, (*codepipeline.Client).UpdatePipeline).Sealed()}, nil
}
