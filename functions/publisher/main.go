// Command publisher is the function that writes the reports of a week and of a month, and tells people where they are.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/publisher"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	bucket := os.Getenv("PIPEWARDEN_EVIDENCE")
	memory := here.Ledger(cfg, time.Now)
	every := time.Duration(s.Sweep.EveryHours) * time.Hour
	known, err := deployment.Checks(os.Getenv)
	if err != nil {
		log.Error("the checks are not known: reports name only those that found something", "error", err.Error())
	}
	p := &publisher.Publisher{
		Ledger: memory,
		Source: func() assessment.Source {
			return assessment.OfLedger(coverage.Survey{Ledger: memory, Home: here.Account, Now: time.Now(), Every: every}, s)
		},
		Options: assessment.Options{Frameworks: framework.All(), Checks: known},
		Store:   evidence.NewBucket(cfg, bucket, ""),
		Topic:   announce.NewTopic(cfg, here.Topic),
		From:    announce.Sender{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition},
		Bucket:  bucket,
		Region:  here.Region,
		Keep:    s.Evidence.Retention(),
		Count:   telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:     log,
		Now:     time.Now,
	}
	lambda.Start(p.Handle)
}
