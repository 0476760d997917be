// Package pipelinesingleregion tells of pipelines that deploy to fewer regions than are asked for, or to one without an artifact store.
package pipelinesingleregion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline whose deployments lie in fewer regions than the settings ask for, or in one that has no artifact store.
var Check = &check.Check{
	ID: "pipeline-single-region", Severity: finding.Info,
	Reads: pipeline.Kind, Run: run,
	Aliases: []string{"AWS Config:CODEPIPELINE_REGION_FANOUT_CHECK"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "CP-10", "SI-13(5)"),
		controls.SOC2(controls.Own, "A1.1"),
		controls.GDPR(controls.Own, "32"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	if err := s.Unstaged(); err != nil {
		p.Unknown("where "+p.Ref.ID+" deploys", err)
		return
	}
	if !s.Deploys() {
		p.Skip("The pipeline has no action that deploys.")
		return
	}
	regions, elsewhere := targets(p, s)
	few := !elsewhere && len(regions) < p.Options.MinRegions
	lacking := slices.DeleteFunc(slices.Clone(regions), func(region string) bool {
		return slices.ContainsFunc(s.Stores, func(store pipeline.Store) bool { return store.Region == region })
	})
	switch {
	case few && len(s.Stores) == 0:
		fail(p, s, regions, nil, few)
	case len(s.Stores) == 0:
		p.Unknown("which artifact stores "+p.Ref.ID+" has", s.Unlearned())
	case few || len(lacking) > 0:
		fail(p, s, regions, lacking, few)
	default:
		p.OK()
	}
}

// targets lists the regions of the actions that deploy. An action on a stack set deploys elsewhere besides, to regions that
// only its configuration names.
func targets(p *check.Pass, s pipeline.State) (regions []string, elsewhere bool) {
	for _, stage := range s.Stages {
		for _, a := range stage.Deployments() {
			regions = append(regions, a.In(p.Ref.Region))
			elsewhere = elsewhere || a.Provider == "CloudFormationStackSet" || a.Provider == "CloudFormationStackInstances"
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions), elsewhere
}

func fail(p *check.Pass, s pipeline.State, regions, lacking []string, few bool) {
	to := strings.Join(regions, ", ")
	r := check.Report{
		Title:  p.Ref.ID + " deploys to fewer regions than are asked for",
		Facts:  []finding.Fact{{Label: "Deploys to", Value: to}},
		Detail: "It deploys to " + to + ".",
	}
	change := "add a Deploy action in another region, and an artifact store there"
	if few {
		r.Detail += fmt.Sprintf(" The settings ask for %d regions at least.", p.Options.MinRegions)
	}
	if len(lacking) > 0 {
		in := strings.Join(lacking, ", ")
		r.Facts = append(r.Facts, finding.Fact{Label: "No store in", Value: in})
		r.Detail += " It has no artifact store in " + in + ": deploying there takes the artifacts from another region."
		if !few {
			r.Title = p.Ref.ID + " deploys to " + in + " without an artifact store there"
			change = "add an entry for " + in + " to artifactStores, with a bucket of that region"
		}
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the pipeline was changed again since."
	}
	r.ByHand = s.EditCommand(p.Ref, change)
	p.Fail(r)
}
