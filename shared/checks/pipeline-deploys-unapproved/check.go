// Package pipelinedeploysunapproved tells of pipelines that deploy to production without anybody's approval.
package pipelinedeploysunapproved

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline with a deployment to production that no approval comes before.
var Check = &check.Check{
	ID: "pipeline-deploys-unapproved", Severity: finding.Medium,
	Reads: pipeline.Kind, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CM-5"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	if err := s.Unstaged(); err != nil {
		p.Unknown("what "+p.Ref.ID+" deploys", err)
		return
	}
	var open []gap
	production, approved := false, false
	for _, stage := range s.Stages {
		if deployments := stage.Deployments(); len(deployments) > 0 && p.Options.Production(stage.Name) {
			production = true
			if unguarded := without(stage, deployments); !approved && len(unguarded) > 0 {
				open = append(open, gap{stage, unguarded})
			}
		}
		approved = approved || slices.ContainsFunc(stage.Actions, pipeline.Action.Approves)
	}
	switch {
	case len(open) > 0:
		fail(p, s, open)
	case production:
		p.OK()
	default:
		p.Skip("No stage that deploys is named as one of options.productionStages.")
	}
}

// gap is a stage with the deployments in it that nobody approves.
type gap struct {
	stage       pipeline.Stage
	deployments []pipeline.Action
}

// without lists the deployments that no approval of their own stage comes before: actions with the same order run at the same time.
func without(stage pipeline.Stage, deployments []pipeline.Action) []pipeline.Action {
	return slices.DeleteFunc(slices.Clone(deployments), func(d pipeline.Action) bool {
		return slices.ContainsFunc(stage.Actions, func(a pipeline.Action) bool { return a.Approves() && a.RunOrder < d.RunOrder })
	})
}

func fail(p *check.Pass, s pipeline.State, open []gap) {
	names := make([]string, 0, len(open))
	sentences := make([]string, 0, len(open))
	var r check.Report
	for _, one := range open {
		names = append(names, one.stage.Name)
		sentence := "Stage " + one.stage.Name + " deploys with " + pipeline.Names(one.deployments) + ", and no approval comes before."
		if slices.ContainsFunc(one.stage.Actions, pipeline.Action.Approves) {
			sentence += " The approval in that stage runs at the same time or later."
		}
		sentences = append(sentences, sentence)
		r.Facts = append(r.Facts, finding.Fact{Label: "Stage", Value: one.stage.Name + ": " + pipeline.Names(one.deployments)})
	}
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen: it holds unless the pipeline was changed again since.")
	}
	r.Title = p.Ref.ID + " deploys to " + strings.Join(names, ", ") + " without approval"
	r.Detail = strings.Join(sentences, " ")
	r.ByHand = s.EditCommand(p.Ref, "add a stage with an Approval action ahead of "+names[0])
	p.Fail(r)
}
