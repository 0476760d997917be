// Package pipelinesourceunauthenticated tells of pipelines that fetch their source with a person's OAuth token.
package pipelinesourceunauthenticated

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

// Check fails a pipeline with a GitHub source of version 1.
var Check = &check.Check{
	ID: "pipeline-source-unauthenticated", Severity: finding.High,
	Reads: pipeline.Kind, Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "SA-9", "AC-20"),
		controls.SOC2(controls.Own, "CC9.2"),
		controls.GDPR(controls.Own, "28"),
		controls.OWASP("CICD-SEC-8"),
	),
}

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	if err := s.Unstaged(); err != nil {
		p.Unknown("how "+p.Ref.ID+" fetches its source", err)
		return
	}
	var found []pipeline.Action
	var stages []string
	for _, stage := range s.Stages {
		for _, a := range stage.Actions {
			if byToken(a) {
				found, stages = append(found, a), append(stages, stage.Name)
			}
		}
	}
	if len(found) == 0 {
		p.OK()
		return
	}
	fail(p, s, found, stages)
}

// byToken says that the action is GitHub's of version 1; version 2 is CodeStarSourceConnection, and AWS's own
// (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action").
func byToken(a pipeline.Action) bool {
	return a.Fetches() && a.Owner == "ThirdParty" && a.Provider == "GitHub"
}

func fail(p *check.Pass, s pipeline.State, found []pipeline.Action, stages []string) {
	r := check.Report{Title: "the source of " + p.Ref.ID + " is fetched from GitHub with an OAuth token"}
	sentences := make([]string, 0, len(found))
	for i, a := range found {
		sentences = append(sentences, "Action "+a.Name+" of stage "+stages[i]+" is a GitHub source of version 1: the pipeline holds a token that acts as the person who gave it.")
		r.Facts = append(r.Facts, finding.Fact{Label: "Source", Value: stages[i] + "/" + a.Name + " (ThirdParty, GitHub)"})
	}
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen: it holds unless the pipeline was changed again since.")
	}
	r.Detail = strings.Join(sentences, " ")
	r.ByHand = "aws codeconnections create-connection --provider-type GitHub --connection-name github" + delivery.In(p.Ref.Region) +
		"  # then finish it in the console: Developer Tools, Connections\n" +
		s.EditCommand(p.Ref, "make "+pipeline.Names(found)+" a CodeStarSourceConnection source with that ConnectionArn")
	p.Fail(r)
}
