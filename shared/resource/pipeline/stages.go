package pipeline

import (
	"errors"
	"slices"
)

// Categories of actions (AWS CodePipeline API Reference, "ActionTypeId").
const (
	source   = "Source"
	deploy   = "Deploy"
	approval = "Approval"
)

// firstOrder is the order of an action that names none (AWS CodePipeline API Reference, "ActionDeclaration").
const firstOrder = 1

// An action of CloudFormation in that mode makes a change set, which another action executes
// (AWS CodePipeline User Guide, "AWS CloudFormation deploy action reference").
const (
	modeOf   = "ActionMode"
	prepares = "CHANGE_SET_REPLACE"
)

// Fetches says whether the action fetches a source.
func (a Action) Fetches() bool { return a.Category == source }

// Deploys says whether the action deploys. One that only prepares a change set does not.
func (a Action) Deploys() bool { return a.Category == deploy && !a.Prepares }

// Approves says whether the run waits at the action until somebody approves.
func (a Action) Approves() bool { return a.Category == approval }

// In is the region in which the action runs, in a pipeline that is at home there.
func (a Action) In(home string) string { return firstOf(a.Region, home) }

// Deployments are the stage's actions that deploy.
func (s Stage) Deployments() []Action {
	return slices.DeleteFunc(slices.Clone(s.Actions), func(a Action) bool { return !a.Deploys() })
}

// Deploys says whether any action of the pipeline deploys.
func (s State) Deploys() bool {
	return slices.ContainsFunc(s.Stages, func(one Stage) bool { return len(one.Deployments()) > 0 })
}

// Unstaged says why nothing is known of what the pipeline does; nil when something is. Every pipeline has at least two stages
// (AWS CodePipeline API Reference, "PipelineDeclaration").
func (s State) Unstaged() error {
	if len(s.Stages) == 0 {
		return errors.New("no stage was told")
	}
	return nil
}
