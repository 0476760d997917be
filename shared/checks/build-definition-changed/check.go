// Package builddefinitionchanged tells in sentences what an update changed in what a project builds, from where and as whom.
package builddefinitionchanged

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Check fails an update that gives a project another source, role, image, buildspec or other variables.
var Check = &check.Check{
	ID: "build-definition-changed", Severity: finding.Medium,
	On:     []event.Selector{event.Calls("codebuild.amazonaws.com", "UpdateProject")},
	Target: delivery.About, Compares: true, Run: run, Remedies: []string{"build-revert"},
	Aliases: []string{
		"Tailpipe:codebuild_project_source_repository_updated", "Tailpipe:codebuild_project_service_role_updated",
		"Tailpipe:codebuild_project_environment_variable_updated",
	},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CM-5", "SI-7"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1", "CICD-SEC-4"),
	),
}

// words say what became of a project, and why that matters.
var words = map[definition.Kind]struct{ title, why string }{
	definition.Source:      {" builds from another source", "Whoever can write there decides what it builds."},
	definition.Version:     {" builds another version of its source", "What was not reviewed may be built."},
	definition.Buildspec:   {" runs other commands", "They run with the rights of the project's role."},
	definition.Role:        {" builds under another role", "From the next build on it may do what that role may."},
	definition.Environment: {" builds in another environment", "All that builds read and write passes through it."},
	definition.Variables:   {" builds with other variables", "Variables decide what commands fetch, trust and write."},
}

func run(p *check.Pass) {
	if resource.ByStack(p.Event) {
		p.Skip("CloudFormation made the change, from a stack's template.")
		return
	}
	for _, c := range history.Project(p, definition.Source, definition.Version, definition.Buildspec, definition.Role, definition.Environment, definition.Variables) {
		said := words[c.Differences[0].Kind]
		r := c.Report(p, p.Ref.ID+said.title, said.why)
		r.ByHand = "aws codebuild batch-get-projects --names " + p.Ref.ID + delivery.In(p.Ref.Region)
		c.PutBack(&r, "the project", "Stops no build; the next one goes by the former definition.")
		p.Fail(r)
	}
}
