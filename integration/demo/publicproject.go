package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
)

const projectPublic = "build-project-public"

func (d *demo) publicProject(ctx context.Context) error {
	d.say("alice, signed in to the console without MFA, makes the builds of payments-api public: their logs and artifacts are now there for " +
		"anyone with the address.")
	v, mails, err := d.follow(ctx, happening{service: "codebuild", calls: []string{"UpdateProjectVisibility"}, do: d.open, look: d.project})
	if err != nil {
		return err
	}
	d.head("BatchGetProjects %s", estate.Project)
	d.compare([]string{"", "before", "after alice's change", "after pipewarden"}, projectLabels, v.before, v.after, v.done)
	d.order = orderOf(mails, projectPublic)
	found, fixed := find(mails, announce.Found, projectPublic), find(mails, announce.Fixed, projectPublic)
	if found < 0 || fixed < 0 {
		return fmt.Errorf("no message says that %s was found and put right", projectPublic)
	}
	d.mail(mails[found], nil)
	d.mail(mails[fixed], []string{"What was done", "Undo"})
	d.others(mails, found, fixed)
	return nil
}

func (d *demo) open(ctx context.Context) error {
	_, err := codebuild.NewFromConfig(d.aws.As(estate.Alice, estate.Region)).UpdateProjectVisibility(ctx, &codebuild.UpdateProjectVisibilityInput{
		ProjectArn:         aws.String("arn:aws:codebuild:" + estate.Region + ":" + estate.Account + ":project/" + estate.Project),
		ProjectVisibility:  types.ProjectVisibilityTypePublicRead,
		ResourceAccessRole: aws.String("arn:aws:iam::" + estate.Account + ":role/service-role/codebuild-public-read"),
	})
	return err
}

var projectLabels = []string{"projectVisibility", "publicProjectAlias", "artifacts encrypted"}

func (d *demo) project(ctx context.Context) ([]string, error) {
	out, err := codebuild.NewFromConfig(d.system.Config()).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{estate.Project}})
	if err != nil {
		return nil, err
	}
	if len(out.Projects) == 0 {
		return nil, fmt.Errorf("read project %s: there is none", estate.Project)
	}
	p := out.Projects[0]
	return []string{string(p.ProjectVisibility), short(aws.ToString(p.PublicProjectAlias)), yes(p.Artifacts == nil || !aws.ToBool(p.Artifacts.EncryptionDisabled))}, nil
}

// undo takes back what was put right, as somebody would who knows better.
func (d *demo) undo(ctx context.Context) error {
	d.say("payments-api was public on purpose, carol decides; she is signed in with MFA. The message named the command. It shows what it would " +
		"do and asks; here the answer is yes.")
	before, err := d.project(ctx)
	if err != nil {
		return err
	}
	if err := d.command(ctx, estate.Carol, "undo", "--yes", d.order); err != nil {
		return err
	}
	mails, err := d.post(ctx)
	if err != nil {
		return err
	}
	after, err := d.project(ctx)
	if err != nil {
		return err
	}
	d.head("BatchGetProjects %s", estate.Project)
	d.compare([]string{"", "before", "after the undo"}, projectLabels, before, after)
	reopened := find(mails, announce.Reopened, projectPublic)
	if reopened < 0 {
		return fmt.Errorf("no message says that %s is back", projectPublic)
	}
	d.gap()
	d.say("The project is public again, and pipewarden says so. Because a person undid it, it is not applied again, whatever the settings " +
		"say, only proposed:")
	d.mail(mails[reopened], []string{"What pipewarden", "Leave it", "If this"})
	d.others(mails, reopened)
	return nil
}

// short is as much of an identifier as tells that there is one.
func short(id string) string {
	switch {
	case id == "":
		return "-"
	case len(id) > 12:
		return id[:12] + "…"
	}
	return id
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
