// Package pipelinenotiniac tells of pipelines that no stack holds the definition of.
package pipelinenotiniac

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline that no CloudFormation stack manages.
var Check = &check.Check{
	ID: "pipeline-not-in-iac", Severity: finding.Low,
	Reads: pipeline.Tags, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-2", "CM-3", "CP-10"),
		controls.SOC2(controls.Own, "CC8.1", "A1.2"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	stack, known := check.State[pipeline.TagsState](p).Stack.Get()
	switch {
	case !known:
		p.Unknown("Whether a stack manages pipeline "+p.Ref.ID, check.State[pipeline.TagsState](p).Stack.Err())
	case stack != "":
		p.OK()
	default:
		r := check.Report{
			Title: "no stack manages pipeline " + p.Ref.ID,
			Detail: "The pipeline has no tag of a CloudFormation stack: its definition stands in CodePipeline alone. Once it is overwritten or deleted, " +
				"there is nothing to compare it with, or to make it again from.",
			ByHand: "aws codepipeline get-pipeline" + delivery.In(p.Ref.Region) + " --name " + p.Ref.ID + " --query pipeline > " + p.Ref.ID + ".json",
		}
		if p.Offline() {
			r.Detail += " Only the event was seen: it holds unless the pipeline was taken into a stack since."
		}
		p.Fail(r)
	}
}
