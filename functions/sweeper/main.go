// Command sweeper is the function that asks the auditor to look at everything again, and that makes its heartbeats.
package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/sweeper"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	reach := deployment.Single(cfg, here.Account)
	sweep := &sweeper.Sweeper{
		Sources: deployment.Engine(checks.All(), s, reach, nil, time.Now).Sources(),
		Config:  reach,
		Looks:   queue.New(cfg, here.Looks),
		Log:     log,
	}
	if slices.ContainsFunc(s.Modes, func(r settings.Rule) bool { return r.OU != "" }) {
		sweep.Units = organization.Units
	}
	lambda.Start(func(ctx context.Context, wake sweeper.Wake) (map[string]int, error) {
		if wake.Heartbeat {
			return nil, sweeper.Beat(ctx, cfg, time.Now())
		}
		err := sweep.KeepUp(ctx, here.Account, here.Region)
		counts, fault := sweep.Sweep(ctx, here.Account, here.Region)
		return counts, errors.Join(err, fault)
	})
}
