// Command sweeper is the function that has everything looked at again, and that makes the auditor's heartbeats.
package main

import (
	"context"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/sweeper"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	sweep := &sweeper.Sweeper{
		Ledger: here.Ledger(cfg, time.Now), Looks: queue.New(cfg, here.Looks), Log: log, Now: time.Now,
		Account: here.Account, Name: here.AccountName, Regions: regions(here), Units: here.Units, Global: here.GlobalRegion,
	}
	// The organisation is asked by a client that learns of throttling.
	reach := deployment.Single(cfg, here.Account)
	if here.Organization != "" {
		sweep.Walk = func(ctx context.Context) iter.Seq2[organization.Account, error] {
			there, err := reach(ctx, here.Account, here.Region)
			if err != nil {
				return func(yield func(organization.Account, error) bool) { yield(organization.Account{}, err) }
			}
			return organization.Walk(ctx, there)
		}
	} else if s.AsksUnits() {
		sweep.Above = func(ctx context.Context, account string) ([]string, error) {
			there, err := reach(ctx, here.Account, here.Region)
			if err != nil {
				return nil, err
			}
			return organization.Units(ctx, there, account)
		}
	}
	lambda.Start(func(ctx context.Context, wake sweeper.Wake) (any, error) {
		if wake.Heartbeat {
			return nil, sweeper.Beat(ctx, cfg, time.Now())
		}
		return sweep.Sweep(ctx)
	})
}

// regions are those that are watched, its own first.
func regions(here deployment.Place) []string {
	others := slices.DeleteFunc(slices.Clone(here.Regions), func(region string) bool { return region == here.Region })
	return append([]string{here.Region}, others...)
}
