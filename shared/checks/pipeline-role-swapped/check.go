// Package pipelineroleswapped tells of pipelines and actions that are made to run under another role.
package pipelineroleswapped

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

// Check fails an update after which the pipeline, or one of its actions, runs under another role.
var Check = &check.Check{
	ID: "pipeline-role-swapped", Severity: finding.High,
	On:     []event.Selector{event.Calls("codepipeline.amazonaws.com", "UpdatePipeline")},
	Target: delivery.About, Compares: true, Run: run, Remedies: []string{"pipeline-revert"},
	Aliases: []string{"Tailpipe:codebuild_project_service_role_updated"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-6", "CM-3", "CM-5"),
		controls.SOC2(controls.Own, "CC6.3", "CC8.1"),
		controls.HIPAA(controls.Own, "164.312(a)(1)"),
		controls.OWASP("CICD-SEC-5", "CICD-SEC-2"),
	),
}

func run(p *check.Pass) {
	for _, c := range history.Pipeline(p, definition.Role) {
		state, _ := pipeline.Kind.Told(p.Event)
		in := c.Differences[0].Where
		title := p.Ref.ID + " runs under another role"
		if in != "" {
			title += " in " + in
		}
		r := c.Report(p, title, "From the next run on it may do what that role may.")
		r.ByHand = state.EditCommand(p.Ref, "put the former role back")
		if d := c.Differences[0]; in == "" && strings.HasPrefix(d.Before, "arn:") {
			r.Template = []finding.Property{{Type: "AWS::CodePipeline::Pipeline", Path: "RoleArn", Value: d.Before}}
		}
		if r.NoRemedy = state.Masked; !r.NoRemedy {
			c.PutBack(&r, "the pipeline", "Waits until no run is in progress, because an update would stop it.")
		}
		p.Fail(r)
	}
}
