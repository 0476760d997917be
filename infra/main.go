// Command infra is the CDK app that describes what pipewarden deploys into one account, or into all of an organisation.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // the settings name a time zone, whatever machine they are read on

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func main() {
	err := synth(os.Getenv)
	jsii.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pipewarden:", err)
		os.Exit(1)
	}
}

// synth writes the cloud assembly to where the CDK CLI, or CDK_OUTDIR, wants it.
func synth(env func(string) string) error {
	catalogue := blueprint.Whole()
	file := or(env("PIPEWARDEN_SETTINGS"), "pipewarden.yaml")
	s, err := readSettings(file, catalogue)
	if err != nil {
		return err
	}
	organization, err := readOrganization(env)
	if err != nil {
		return err
	}
	plan, members, err := derive(catalogue, s, organization)
	if err != nil {
		return err
	}
	build := or(env("PIPEWARDEN_BUILD"), "build")
	if err := stage(build, s, catalogue, plan); err != nil {
		return err
	}
	app := awscdk.NewApp(nil)
	NewStack(app, "pipewarden", Props{Plan: plan, Settings: s, Build: build, Region: env("CDK_DEFAULT_REGION"), Organization: organization, Members: members})
	assembly := app.Synth(nil)
	if organization == nil {
		return nil
	}
	return members.write(*assembly.Directory(), organization)
}

// derive makes the plan, and in an organisation what its members get.
func derive(c blueprint.Catalogue, s *settings.Settings, o *Organization) (*blueprint.Plan, Members, error) {
	if o == nil {
		plan, err := blueprint.New(c, s)
		return plan, Members{}, err
	}
	plan, err := blueprint.ForOrganization(c, s, o.everywhere())
	if err != nil {
		return nil, Members{}, err
	}
	members, err := NewMembers(plan, o)
	return plan, members, err
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
