// Package pipelinewidefirstdeploy tells of pipelines whose first stage that deploys makes more than one deployment.
package pipelinewidefirstdeploy

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline whose first stage that deploys has more than one action that does.
var Check = &check.Check{
	ID: "pipeline-wide-first-deploy", Severity: finding.Info,
	Reads: pipeline.Kind, Run: run,
	Aliases: []string{"AWS Config:CODEPIPELINE_DEPLOYMENT_COUNT_CHECK"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	if err := s.Unstaged(); err != nil {
		p.Unknown("what "+p.Ref.ID+" deploys first", err)
		return
	}
	first := slices.IndexFunc(s.Stages, func(one pipeline.Stage) bool { return len(one.Deployments()) > 0 })
	switch {
	case first < 0:
		p.Skip("The pipeline has no action that deploys.")
	case len(s.Stages[first].Deployments()) > 1:
		fail(p, s, s.Stages[first])
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s pipeline.State, stage pipeline.Stage) {
	deployments := stage.Deployments()
	r := check.Report{
		Title:  fmt.Sprintf("%s begins with %d deployments in one stage", p.Ref.ID, len(deployments)),
		Detail: "Stage " + stage.Name + ", the first that deploys, does so with " + pipeline.Names(deployments) + ". Nothing later in the pipeline stops them when one shows a fault.",
		Facts:  []finding.Fact{{Label: "Stage", Value: stage.Name}},
		ByHand: s.EditCommand(p.Ref, "move all but one deployment of "+stage.Name+" to a stage after it"),
	}
	for _, a := range deployments {
		value := a.Name
		if region := a.In(p.Ref.Region); region != "" {
			value += " (" + region + ")"
		}
		r.Facts = append(r.Facts, finding.Fact{Label: "Deployment", Value: value})
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the pipeline was changed again since."
	}
	p.Fail(r)
}
