// Command remediator is the function that changes resources, and the only one that may.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/checks/remediable"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	memory := here.Ledger(cfg, time.Now)
	reach := here.Reach(cfg, deployment.RemediateWay, memory.Member, time.Now)
	judge := deployment.Engine(remediable.All(), s, reach.Config, here.Self(), time.Now)
	judge.Units = memory.Units
	r := &remediator.Remediator{
		Remedies: remedies.All(),
		Engine:   judge,
		Ledger:   memory,
		Settings: s,
		Config:   reach.Config,
		Rules:    here.Rules(log),
		Orders:   queue.New(cfg, here.Orders),
		Topic:    announce.NewTopic(cfg, here.Topic),
		Count:    telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:      log,
		Now:      time.Now,
		By:       announce.Self,
		LastTry:  deployment.Tries,
		Wait:     deployment.Wait,

		Principal: remediator.Principal, Responder: here.ResponderRole,

		Sender: announce.Sender{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition},
	}
	if here.Exports != "" {
		r.Exports = queue.New(cfg, here.Exports)
	}
	lambda.Start(deployment.SQS(r.Handle))
}
