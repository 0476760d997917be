// Package buildunused tells of build projects that have not built for a long time.
package buildunused

import (
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

const (
	day  = 24 * time.Hour
	idle = 90 * day
)

// Check fails a project without a build in 90 days, unless the project itself is younger.
var Check = &check.Check{
	ID: "build-unused", Severity: finding.Info,
	Reads: buildproject.LastBuild, Run: run,
	Aliases: []string{"Prowler:codebuild_project_older_90_days"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-2(3)", "AC-6", "CM-8"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.3"),
		controls.OWASP("CICD-SEC-5", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	a := check.State[buildproject.Activity](p)
	last, known := a.Last.Get()
	made, dated := a.Created.Get()
	switch {
	case p.Event != nil && p.Event.Name() == "DeleteProject":
		p.Skip("The project was deleted.")
	case !known:
		p.Unknown("when "+p.Ref.ID+" last built", a.Last.Err())
	case !last.IsZero() && p.Now.Sub(last) <= idle:
		p.OK()
	case !last.IsZero():
		fail(p, fmt.Sprintf("Its newest build started on %s, %d days ago.", last.UTC().Format(time.DateOnly), p.Now.Sub(last)/day), last.UTC().Format(time.DateOnly))
	case !dated:
		p.Unknown("since when "+p.Ref.ID+" exists, which has no build on record", a.Created.Err())
	case p.Now.Sub(made) <= idle:
		p.Skip("The project was made less than 90 days ago.")
	default:
		fail(p, fmt.Sprintf("The project was made on %s, and no build of it is on record; CodeBuild keeps builds for a year.", made.UTC().Format(time.DateOnly)), "none on record")
	}
}

func fail(p *check.Pass, detail, last string) {
	p.Fail(check.Report{
		Title:  p.Ref.ID + " has not built for 90 days",
		Detail: detail + " Its service role keeps its rights all the same.",
		Facts:  []finding.Fact{{Label: "Last build", Value: last}},
		ByHand: "# the definition, to keep; then delete the project, which keeps its builds\n" +
			"aws codebuild batch-get-projects --names " + p.Ref.ID + delivery.In(p.Ref.Region) + " > " + p.Ref.ID + ".json && " +
			"aws codebuild delete-project --name " + p.Ref.ID + delivery.In(p.Ref.Region),
	})
}
