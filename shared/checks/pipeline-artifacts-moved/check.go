// Package pipelineartifactsmoved tells of pipelines whose artifacts are made to go to another bucket, or under another key.
package pipelineartifactsmoved

import (
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

// Check fails an update after which the artifacts of a region go to another bucket or are sealed with another key.
var Check = &check.Check{
	ID: "pipeline-artifacts-moved", Severity: finding.High,
	On:     []event.Selector{event.Calls("codepipeline.amazonaws.com", "UpdatePipeline")},
	Target: delivery.About, Compares: true, Run: run, Remedies: []string{"pipeline-revert"},
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
		r.Template = former(c.Differences)
		if r.NoRemedy = state.Masked; !r.NoRemedy {
			c.PutBack(&r, "the pipeline", "Waits until no run is in progress, because an update would stop it.")
		}
		p.Fail(r)
	}
}

// former is what the template of a pipeline with one store is to hold; nothing where it has one for each region, or had.
func former(all []definition.Difference) []finding.Property {
	const pipelines = "AWS::CodePipeline::Pipeline"
	var out []finding.Property
	for _, d := range all {
		switch {
		case d.Where != oneStore || bucket(d) && d.Before == "":
			return nil
		case bucket(d):
			out = append(out, finding.Property{Type: pipelines, Path: "ArtifactStore/Location", Value: d.Before})
		case d.Before == "":
			out = append(out, finding.Property{Type: pipelines, Path: "ArtifactStore/EncryptionKey"})
		default:
			out = append(out, finding.Property{Type: pipelines, Path: "ArtifactStore/EncryptionKey", Value: map[string]any{"Id": d.Before, "Type": "KMS"}})
		}
	}
	return out
}

// oneStore is where the differences of a pipeline with one store are.
const oneStore = "artifact store"

func bucket(d definition.Difference) bool { return strings.HasPrefix(d.Sentence, "artifact bucket") }
