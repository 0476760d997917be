// Package pipelineapprovalremoved tells of approvals that an update takes out of a pipeline.
package pipelineapprovalremoved

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

// Check fails an update after which an approval is gone, or deployments no longer wait for it.
var Check = &check.Check{
	ID: "pipeline-approval-removed", Severity: finding.High,
	On:     []event.Selector{event.Calls("codepipeline.amazonaws.com", "UpdatePipeline")},
	Target: delivery.About, Compares: true, Run: run, Remedies: []string{"pipeline-revert"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CM-5", "AC-5"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1"),
	),
}

func run(p *check.Pass) {
	for _, c := range history.Pipeline(p, definition.ApprovalRemoved) {
		state, _ := pipeline.Kind.Told(p.Event)
		name := c.Differences[0].Before
		r := c.Report(p, p.Ref.ID+" no longer waits for the approval "+name,
			"What runs after it is now released without anybody's decision.")
		r.ByHand = state.EditCommand(p.Ref, "put the approval "+name+" back")
		if r.NoRemedy = state.Masked; !r.NoRemedy {
			c.PutBack(&r, "the pipeline", "Waits until no run is in progress, because an update would stop it.")
		}
		p.Fail(r)
	}
}
