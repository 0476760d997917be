// Command notifier is the function that brings to a chat what people are told.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/amazonq"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/notifier"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	set := here.Settings(log)
	s := set.Slack
	elsewhere := os.Getenv("PIPEWARDEN_SLACK") // a stand-in for Slack, in tests
	n := &notifier.Notifier{
		Mode:    s.Mode,
		Channel: s.Channel,
		Buttons: set.MayPress(),
		Ledger:  here.Ledger(cfg, time.Now),
		Poster:  slack.NewPoster(s.Mode, slack.NewSecrets(cfg, s.Secret, time.Now, elsewhere), elsewhere),
		Chat:    amazonq.NewTopic(cfg, here.ChatTopic),
		Topic:   announce.NewTopic(cfg, here.Topic),
		Sender:  announce.Sender{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition},
		Count:   telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:     log,
		Now:     time.Now,
		Wait:    deployment.Wait,
		LastTry: deployment.PostTries,
	}
	lambda.Start(deployment.SQS(n.Handle))
}
