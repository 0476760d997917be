// Package buildrunoverridden tells of builds that run with other settings than their project's.
package buildrunoverridden

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a build that was started, or retried, with settings that differ from the project's and decide what it may do and where its traces go.
var Check = &check.Check{
	ID: "build-run-overridden", Severity: finding.High,
	Reads: buildproject.Runs, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CM-3", "CM-5", "AC-6", "SI-7"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-1", "CICD-SEC-4", "CICD-SEC-5"),
	),
}

// dangerous are the differences that fail. Which variables differ is told beside them: most pipelines set some.
var dangerous = []definition.Kind{
	definition.Source, definition.Buildspec, definition.Role, definition.Environment, definition.Artifacts, definition.Logs,
}

func run(p *check.Pass) {
	var asked []byte
	if p.Event != nil {
		asked = buildproject.Overrides(p.Event).JSON()
	}
	switch by := p.Actor.Actor.InvokedBy; {
	case len(asked) < len(`{"a":1}`):
		return // a sweep, or an event that starts no build
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case strings.HasPrefix(by, "codepipeline.amazonaws.com"), strings.HasPrefix(by, "codebuild.amazonaws.com"):
		p.Skip("A pipeline or a webhook started the build, with the source that it is for.")
	default:
		judge(p, asked)
	}
}

func judge(p *check.Pass, asked []byte) {
	all, err := definition.Run(check.State[buildproject.RunState](p).Definition.Reveal(), asked)
	if err != nil {
		p.Unknown("What the build runs with", err)
		return
	}
	failing := slices.DeleteFunc(slices.Clone(all), func(d definition.Difference) bool { return !matters(d) })
	if len(failing) == 0 {
		p.OK()
		return
	}
	fail(p, all, failing)
}

// matters says whether a difference fails. Of versions only a pull request's does, which may be a stranger's; artifacts that are left
// out go nowhere.
func matters(d definition.Difference) bool {
	switch {
	case d.Kind == definition.Version:
		return strings.HasPrefix(d.After, "pr/") || strings.HasPrefix(d.After, "refs/pull/")
	case d.Kind == definition.Artifacts && (d.After == "NO_ARTIFACTS" || d.After == ""):
		return false
	}
	return slices.Contains(dangerous, d.Kind)
}

const mostShown = 10 // differences that are listed

func fail(p *check.Pass, all, failing []definition.Difference) {
	r := check.Report{
		Title:  "a build of " + p.Ref.ID + " runs with other settings than the project's",
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name), Once: buildID(p), OnEvent: true,
	}
	r.Detail += " In this build: " + sentences(failing) + ". The project shows nothing of that."
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless that is what the project has."
	}
	for _, d := range all[:min(len(all), mostShown)] {
		label := "Differs"
		if !matters(d) {
			label = "Also differs"
		}
		r.Facts = append(r.Facts, finding.Fact{Label: label, Value: d.Sentence})
	}
	r.Facts = append(r.Facts, delivery.Facts(p.Event)...)
	if id := buildID(p); delivery.Word(id) && p.Event.Name() != "StartBuildBatch" {
		r.ByHand = "aws codebuild stop-build --id " + id + delivery.In(p.Ref.Region)
	} else {
		r.ByHand = "aws codebuild list-builds-for-project --project-name " + p.Ref.ID + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}

func sentences(all []definition.Difference) string {
	said := make([]string, 0, len(all))
	for _, d := range all[:min(len(all), mostShown)] {
		said = append(said, d.Sentence)
	}
	if len(all) > mostShown {
		said = append(said, "and more")
	}
	return strings.Join(said, "; ")
}

// buildID tells one build from another; a record without an answer is told by its own id.
func buildID(p *check.Pass) string {
	for _, of := range []string{"build", "buildBatch"} {
		if id := p.Event.Response().String(of, "id"); id != "" {
			return id
		}
	}
	return p.Event.ID
}
