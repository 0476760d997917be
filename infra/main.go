// Command infra is the CDK app that describes what pipewarden deploys into one account.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // the settings name a time zone, whatever machine they are read on

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
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
	plan, err := blueprint.New(catalogue, s)
	if err != nil {
		return err
	}
	build := or(env("PIPEWARDEN_BUILD"), "build")
	if err := stage(build, s, catalogue, plan); err != nil {
		return err
	}
	app := awscdk.NewApp(nil)
	NewStack(app, "pipewarden", Props{Plan: plan, Settings: s, Build: build, Region: env("CDK_DEFAULT_REGION")})
	app.Synth(nil)
	return nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
