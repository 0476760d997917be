// Command pipewarden looks into CloudTrail archives, accounts and policies, and approves or undoes what was proposed or done.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // the settings name a time zone, whatever machine they are read on

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"golang.org/x/term"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedies"
)

func main() {
	debug.SetGCPercent(40) // an archive may hold any number of records: memory is scarcer than the time to collect it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		asks: isTerminal(os.Stdin) && isTerminal(os.Stderr), shows: isTerminal(os.Stdout), watches: isTerminal(os.Stderr),
		env: os.Getenv, now: time.Now,
		checks: checks.Documented(), remedies: remedies.Documented(),
		aws: connect,
		store: func(cfg aws.Config, table string) ledger.Store {
			return ledger.NewDynamoDB(cfg, table, time.Now)
		},
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func connect(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeAdaptive), config.WithHTTPClient(awshttp.NewBuildableClient()),
		config.WithLogger(logging.Nop{})) // what matters comes back as an error
	if region != "" {
		cfg.Region = region
	}
	return cfg, err
}
