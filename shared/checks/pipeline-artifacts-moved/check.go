// Package pipelineartifactsmoved tells of pipelines whose artifacts are made to go to another bucket, or under another key.
package pipelineartifactsmoved

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

//go:embed doc.md
var doc string

// Check fails an update after which the artifacts of a region go to another bucket or are sealed with another key.
var Check = &check.Check{
	ID: "pipeline-artifacts-moved", Doc: doc, Severity: finding.High,
	On:     []event.Selector{event.Calls("codepipeline.amazonaws.com", "UpdatePipeline")},
	Target: delivery.About, Compares: true, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "SI-7", "SC-28", "CM-3"),
		controls.SOC2(controls.Own, "CC6.1", "CC8.1"),
		controls.HIPAA(controls.Own, "164.312(c)(1)"),
		controls.GDPR(controls.Own, "32"),
		controls.OWASP("CICD-SEC-9"),
	),
}

func run(p *check.Pass) {
	for _, c := range history.Pipeline(p, definition.Artifacts) {
		state, _ := pipeline.Kind.Told(p.Event)
		title, why := p.Ref.ID+" seals its artifacts with another key", "Whoever may use that key can open them."
		if slices.ContainsFunc(c.Differences, bucket) {
			title, why = p.Ref.ID+" keeps its artifacts in another bucket", "Whoever can write there can swap what is released, and whoever can read there has the source code."
		}
		r := c.Report(p, title, why)
		r.ByHand = state.EditCommand(p.Ref, "put the former bucket and key back")
		p.Fail(r)
	}
}

func bucket(d definition.Difference) bool { return strings.HasPrefix(d.Sentence, "artifact bucket") }
