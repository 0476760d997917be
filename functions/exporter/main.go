// Command exporter is the function that brings findings to Security Hub and to an event bus.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/exporter"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// call is what wakes the function: messages, or the schedule that has it look at what is suppressed.
type call struct {
	events.SQSEvent
	Heed bool `json:"heed"`
}

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	x := &exporter.Exporter{
		Ledger:   here.Ledger(cfg, time.Now),
		Settings: here.Settings(log),
		Hub:      securityhub.NewFromConfig(cfg),
		Bus:      eventbridge.NewFromConfig(cfg),
		Topic:    announce.NewTopic(cfg, here.Topic),
		Source:   asff.Source{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition, Region: here.Region},
		Rules:    deployment.Standards[report.Rule](os.Getenv, log),
		Count:    telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:      log,
		Now:      time.Now,
		LastTry:  deployment.Tries,
	}
	messages := deployment.SQS(x.Handle)
	lambda.Start(func(ctx context.Context, in call) (events.SQSEventResponse, error) {
		if in.Heed && len(in.Records) == 0 {
			return events.SQSEventResponse{}, x.Heed(ctx)
		}
		return messages(ctx, in.SQSEvent)
	})
}
