// Command archivist is the function that writes down as evidence what the ledger goes through, and that seals each day of it.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// call is what wakes the function: a batch of the table's stream, or the schedule that has it seal the days that are over.
type call struct {
	events.DynamoDBEvent
	Seal bool `json:"seal"`
}

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	count := telemetry.NewCounter(os.Stdout, here.Function, time.Now)
	store := evidence.NewBucket(cfg, os.Getenv("PIPEWARDEN_EVIDENCE"), "")
	archivist := &evidence.Archivist{
		Store: store, Home: evidence.Home{Account: here.Account, Region: here.Region}, Count: count, Log: log, Now: time.Now,
	}
	sealer := &evidence.Sealer{
		Store: store, Signer: evidence.NewKMS(cfg, here.EvidenceKey), Keep: here.Settings(log).Evidence.RetentionDays, Log: log, Now: time.Now,
	}
	lambda.Start(func(ctx context.Context, in call) (events.DynamoDBEventResponse, error) {
		if in.Seal && len(in.Records) == 0 {
			days, err := sealer.Seal(ctx)
			count.Add(evidence.Sealings, len(days))
			return events.DynamoDBEventResponse{}, errors.Join(err, count.Flush())
		}
		return archivist.Handle(ctx, in.DynamoDBEvent)
	})
}
