package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
)

const withoutMFA = "pipeline-change-without-mfa"

func (d *demo) changedPipeline(ctx context.Context) error {
	d.say("carol, on call and signed in with MFA, vouches for the pipeline as it is. So does, without a word, whoever changes it with MFA.")
	if err := d.command(ctx, estate.Carol, "trust", "--yes", "pipeline", estate.Pipeline); err != nil {
		return err
	}
	d.gap()
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
	d.say("The order waits, and nothing is changed until somebody decides. carol approves:")
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
	d.say("Nothing new gets past the source until somebody opens the stage. The branch is still hotfix: by default no definition is put back " +
		"that somebody wrote, but a person can have it done.")
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

// deletedPipeline is the promise for the worst day: what was deleted is made again, as it was when somebody last vouched for it.
func (d *demo) deletedPipeline(ctx context.Context) error {
	d.say("The same key deletes the pipeline.")
	v, mails, err := d.follow(ctx, happening{service: "codepipeline", calls: []string{"DeletePipeline"}, do: d.deletePipeline, look: d.pipeline})
	if err != nil {
		return err
	}
	found := find(mails, announce.Found, withoutMFA)
	if found < 0 {
		return fmt.Errorf("no message says that the pipeline was deleted")
	}
	d.mail(mails[found], []string{})
	d.gap()
	d.say("What is kept of it, and back to that:")
	if err := d.command(ctx, estate.Carol, "definitions", "pipeline", estate.Pipeline); err != nil {
		return err
	}
	if err := d.command(ctx, estate.Carol, "restore", "--yes", "pipeline", estate.Pipeline); err != nil {
		return err
	}
	more, err := d.post(ctx)
	if err != nil {
		return err
	}
	restored, err := d.pipeline(ctx)
	if err != nil {
		return err
	}
	d.head("GetPipeline, GetPipelineState %s", estate.Pipeline)
	d.compare([]string{"", "before", "deleted", "restored"}, pipelineLabels, v.before, v.after, restored)
	d.gap()
	d.say("It is there again, and builds main as carol vouched for, not hotfix as it was when it was deleted.")
	d.others(append(mails, more...), found)
	return nil
}

func (d *demo) deletePipeline(ctx context.Context) error {
	_, err := codepipeline.NewFromConfig(d.aws.As(estate.Bob, estate.Region)).DeletePipeline(ctx, &codepipeline.DeletePipelineInput{Name: aws.String(estate.Pipeline)})
	return err
}

func (d *demo) pipeline(ctx context.Context) ([]string, error) {
	c := codepipeline.NewFromConfig(d.system.Config())
	now, err := c.GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: aws.String(estate.Pipeline)})
	switch {
	case awserr.IsNotFound(err):
		return slices.Repeat([]string{"-"}, len(pipelineLabels)), nil
	case err != nil:
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
