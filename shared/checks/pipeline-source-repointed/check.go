// Package pipelinesourcerepointed tells of pipelines that are made to take their source from elsewhere.
package pipelinesourcerepointed

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails an update after which a source action takes another repository, owner, branch, connection, object or provider.
var Check = &check.Check{
	ID: "pipeline-source-repointed", Severity: finding.High,
	On:     []event.Selector{event.Calls("codepipeline.amazonaws.com", "UpdatePipeline")},
	Target: delivery.About, Compares: true, Run: run, Remedies: []string{"pipeline-revert"},
	Aliases: []string{"Tailpipe:codebuild_project_source_repository_updated"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CM-5", "SI-7", "SA-9"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1", "CICD-SEC-4"),
	),
}

func run(p *check.Pass) {
	for _, c := range history.Pipeline(p, definition.Source) {
		state, _ := pipeline.Kind.Told(p.Event)
		r := c.Report(p, p.Ref.ID+" takes its source from elsewhere", "Whoever can write there decides what this pipeline builds and releases.")
		r.ByHand = state.EditCommand(p.Ref, "put the former source back in "+c.Differences[0].Where)
		if r.NoRemedy = state.Masked; !r.NoRemedy {
			c.PutBack(&r, "the pipeline", "Waits until no run is in progress, because an update would stop it.")
		}
		p.Fail(r)
	}
}
