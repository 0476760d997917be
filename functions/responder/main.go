// Command responder is the function that Slack calls when somebody presses a button. It changes nothing but the ledger: what somebody decides,
// it hands to the remediator.
package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/responder"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

func main() {
	log := telemetry.Logger(os.Stderr)
	cfg := deployment.AWS(os.Getenv)
	here := deployment.Here(os.Getenv)
	s := here.Settings(log)
	elsewhere := os.Getenv("PIPEWARDEN_SLACK") // a stand-in for Slack, in tests
	secrets := slack.NewSecrets(cfg, s.Slack.Secret, time.Now, elsewhere)
	r := &responder.Responder{
		Ledger:   here.Ledger(cfg, time.Now),
		Settings: s,
		Orders:   queue.New(cfg, here.Orders),
		Topic:    announce.NewTopic(cfg, here.Topic),
		Sender:   announce.Sender{Account: here.Account, AccountName: here.AccountName, Partition: here.Partition},
		Secret: func(ctx context.Context) (slack.Hidden, error) {
			secret, err := secrets.Get(ctx)
			return secret.SigningSecret, err
		},
		Client:    &http.Client{},
		Elsewhere: elsewhere,
		Count:     telemetry.NewCounter(os.Stdout, here.Function, time.Now),
		Log:       log,
		Now:       time.Now,
	}
	lambda.Start(r.Handle)
}
