// Command reporter is the function that tells what waited, reminds people, and says once a day how everything stands.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/reporter"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	r := &reporter.Reporter{
		Ledger:   here.Ledger(cfg, time.Now),
		Settings: here.Settings(log),
		Topic:    announce.NewTopic(cfg, here.Topic),
		From:     announce.Sender{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition},
		Region:   here.Region,
		Count:    telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:      log,
		Now:      time.Now,
	}
	if here.Exports != "" {
		r.Exports = queue.New(cfg, here.Exports)
	}
	lambda.Start(r.Handle)
}
