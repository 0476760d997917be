package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
)

const withoutMFA = "pipeline-change-without-mfa"

func (d *demo) changedPipeline(ctx context.Context) error {
	d.say("A call signed with bob's long-term access key points the source of web-prod to another branch. Such a key never carries MFA; " +
		"whether it was bob nobody can tell. For pipeline-hold the settings say ask.")
	v, mails, err := d.follow(ctx, happening{service: "codepipeline", calls: []string{"UpdatePipeline"}, do: d.repoint, look: d.pipeline})
	if err != nil {
		return err
	}
	found, order := find(mails, announce.Found, withoutMFA), orderOf(mails, withoutMFA)
	if found < 0 || order == "" {
		return fmt.Errorf("no message says that %s was found", withoutMFA)
	}
	d.mail(mails[found], []string{"What pipewarden"})
	d.gap()
	d.say("carol, on call and signed in with MFA, approves:")
	if err := d.command(ctx, estate.Carol, "approve", "--yes", order); err != nil {
		return err
	}
	more, err := d.post(ctx)
	if err != nil {
		return err
	}
	held, err := d.pipeline(ctx)
	if err != nil {
		return err
	}
	d.head("GetPipeline, GetPipelineState %s", estate.Pipeline)
	d.compare([]string{"", "before", "after the change", "after the approval"}, pipelineLabels, v.before, v.after, held)
	d.gap()
	d.say("Nothing new gets past the source until somebody opens the stage. The branch is for a person to put back: pipewarden writes no " +
		"pipeline definition.")
	d.others(append(mails, more...), found)
	return nil
}

func (d *demo) repoint(ctx context.Context) error {
	c := codepipeline.NewFromConfig(d.aws.As(estate.Bob, estate.Region))
	now, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: aws.String(estate.Pipeline)})
	if err != nil {
		return err
	}
	now.Pipeline.Stages[0].Actions[0].Configuration["BranchName"] = "hotfix"
	_, err = c.UpdatePipeline(ctx, &codepipeline.UpdatePipelineInput{Pipeline: now.Pipeline})
	return err
}

var pipelineLabels = []string{"version", "branch of the source", "Source -> Build", "Build -> Deploy"}

func (d *demo) pipeline(ctx context.Context) ([]string, error) {
	c := codepipeline.NewFromConfig(d.system.Config())
	now, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: aws.String(estate.Pipeline)})
	if err != nil {
		return nil, err
	}
	state, err := c.GetPipelineState(ctx, &codepipeline.GetPipelineStateInput{Name: aws.String(estate.Pipeline)})
	if err != nil {
		return nil, err
	}
	row := []string{fmt.Sprint(aws.ToInt32(now.Pipeline.Version)), now.Pipeline.Stages[0].Actions[0].Configuration["BranchName"]}
	for _, stage := range state.StageStates[1:] {
		way := "open"
		if s := stage.InboundTransitionState; s != nil && !s.Enabled {
			way = "held"
		}
		row = append(row, way)
	}
	return row, nil
}
