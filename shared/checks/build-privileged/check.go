// Package buildprivileged tells of build projects whose containers have all rights on their host.
package buildprivileged

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project in privileged mode; graver where pull requests start its builds.
var Check = &check.Check{
	ID: "build-privileged", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"Security Hub:CodeBuild.5", "AWS Config:CODEBUILD_PROJECT_ENVIRONMENT_PRIVILEGED_CHECK"},
	Controls: slices.Concat(
		controls.FSBP("CodeBuild.5"),
		controls.NIST(controls.Hub, "AC-2(1)", "AC-3", "AC-5", "AC-6", "AC-6(2)", "AC-6(10)"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.8"),
		controls.OWASP("CICD-SEC-4", "CICD-SEC-5"),
	),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	environment, known := s.Environment.Get()
	if !known {
		p.Unknown("what builds of "+p.Ref.ID+" run in", s.Environment.Err())
		return
	}
	switch on, known := environment.Privileged.Get(); {
	case !known:
		p.Unknown("whether builds of "+p.Ref.ID+" run in privileged mode", environment.Privileged.Err())
	case on:
		fail(p, s, environment)
	default:
		p.OK()
	}
}

func fail(p *check.Pass, s buildproject.State, environment buildproject.Environment) {
	r := check.Report{
		Title:  "builds of " + p.Ref.ID + " run in privileged mode",
		Detail: "The build's container has every right on the host that it runs on.",
		Facts:  []finding.Fact{{Label: "Privileged mode", Value: "on"}, {Label: "Image", Value: environment.Image}},
		ByHand: buildproject.Edit(p.Ref, "environment", ".privilegedMode = false"),
	}
	switch open, err := s.PullRequestBuilds(); {
	case open:
		severity := finding.High
		r.Severity = &severity
		r.Detail += " Pull requests start such builds, so code that nobody has reviewed gets these rights."
		r.Facts = append(r.Facts, finding.Fact{Label: "Started by", Value: "pull requests, among others"})
	case err != nil && !p.Offline():
		r.Detail += " Whether pull requests start such builds is not known: " + err.Error() + "."
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it is worse if pull requests start such builds, and is needed if the build makes container images."
	}
	p.Fail(r)
}
