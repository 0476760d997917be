// Command auditor is the function that judges events and tells people.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	memory := here.Ledger(cfg, time.Now)
	reach := here.Reach(cfg, deployment.AuditWay, memory.Member, time.Now)
	judge := deployment.Engine(checks.All(), s, reach.Config, here.Self(), time.Now)
	judge.Own, judge.Units, judge.Closed = here.Own(), memory.Units, reach.Closed
	a := &auditor.Auditor{
		Engine:   judge,
		Ledger:   memory,
		Settings: s,
		Topic:    announce.NewTopic(cfg, here.Topic),
		Orders:   queue.New(cfg, here.Orders),
		Looks:    queue.New(cfg, here.Looks),
		Count:    telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:      log,
		Now:      time.Now,
		LastTry:  deployment.Tries,
		SignIn:   reach.SignIn,
		Instance: os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"),

		Account: here.Account, AccountName: here.AccountName, Partition: here.Partition,
	}
	if here.Exports != "" {
		a.Exports = queue.New(cfg, here.Exports)
	}
	lambda.Start(deployment.SQS(a.Handle))
}
