// Command infra is the CDK app that describes what pipewarden deploys into one account.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/remedies"
)

func main() {
	err := synth(os.Getenv)
	jsii.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pipewarden:", err)
		os.Exit(1)
	}
}

// built is the catalogue of this version.
func built() Catalogue { return Catalogue{Checks: checks.All(), Remedies: remedies.All()} }

// synth writes the cloud assembly to where the CDK CLI, or CDK_OUTDIR, wants it.
func synth(env func(string) string) error {
	catalogue := built()
	file := or(env("PIPEWARDEN_SETTINGS"), "pipewarden.yaml")
	raw, s, err := readSettings(file, catalogue)
	if err != nil {
		return err
	}
	plan, err := NewPlan(catalogue, s)
	if err != nil {
		return err
	}
	build := or(env("PIPEWARDEN_BUILD"), "build")
	if err := stage(build, raw); err != nil {
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
