// Package telling proves how people and other systems are told, over the real binaries in the emulated AWS and a stand-in for Slack.
package telling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// common are the settings of both systems: little is told by itself, so that the rest has to be told together.
const common = `version: 1
modes:
  - {remedy: build-make-private, mode: ask}
  - {remedy: bucket-block-public, mode: apply}
remediateStackResources: true
limits: {changesPerHour: 1000}
checks: {off: [account-block-public-off, artifact-object-unencrypted, auditor-tampered, build-change-without-mfa, delivery-change-without-mfa]}
notify: {remindDays: {critical: 1, high: 1}, perHour: {email: 9, slack: 14}}
`

const (
	byBot     = common + "slack: {mode: bot, channel: C012ABCDEF, secret: chat/slack, users: [{id: U012ABCDEF, arn: \"arn:aws:iam::" + estate.Account + ":user/carol\"}]}\nexport: {securityHub: true, eventBus: siem}\n"
	byAmazonQ = common + "slack: {mode: amazonq}\n"
)

// carol is who may decide, as Slack knows her.
const carol = "U012ABCDEF"

// world is what the tests share: building takes longer than all of them.
type world struct {
	aws     *emulator.AWS
	product *estate.Product
	bot     []byte // the template
	amazonQ []byte
}

var shared world

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "telling:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	err = shared.begin(context.Background())
	if (errors.Is(err, emulator.ErrNoEmulator) || errors.Is(err, estate.ErrNoNode)) && os.Getenv("REQUIRE_EMULATOR") != "1" {
		fmt.Println("skipped:", err)
		return 0, shared.end()
	}
	if err == nil {
		code = m.Run()
		for _, operation := range shared.aws.Unimplemented() {
			err = errors.Join(err, fmt.Errorf("the emulator does not implement %s", operation))
		}
	}
	return code, errors.Join(err, shared.end())
}

func (w *world) begin(ctx context.Context) (err error) {
	if w.aws, err = emulator.Start(ctx, emulator.Options{}); err != nil {
		return err
	}
	if err = estate.Build(ctx, w.aws); err != nil {
		return err
	}
	if w.product, err = estate.Make(ctx, byAmazonQ, func(string) {}); err != nil {
		return err
	}
	w.amazonQ = w.product.Template
	if err = w.product.Synth(ctx, byBot); err != nil {
		return err
	}
	w.bot = w.product.Template
	return nil
}

func (w *world) end() error {
	var all []error
	if w.product != nil {
		all = append(all, w.product.Close())
	}
	if w.aws != nil {
		all = append(all, w.aws.Close())
	}
	return errors.Join(all...)
}

// output shows what the functions print, for whoever looks for the reason of a failure.
func output() io.Writer {
	if os.Getenv("TELLING_VERBOSE") == "" {
		return io.Discard
	}
	return os.Stderr
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// deployBot deploys what talks with Slack by a bot, Security Hub and an event bus.
func deployBot(t *testing.T, account string) *watch {
	t.Helper()
	ctx := t.Context()
	slack, err := estate.NewSlack(ctx)
	must(t, err)
	t.Cleanup(func() { must(t, slack.Close()) })
	cfg := shared.aws.Config(account, estate.Region)
	must(t, slack.Secret(ctx, cfg, "chat/slack"))
	bus, err := estate.NewBus(ctx, cfg, "siem")
	must(t, err)
	_, err = securityhub.NewFromConfig(cfg).EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{})
	must(t, err)
	shared.product.Template = shared.bot
	system, err := shared.product.Deploy(ctx, shared.aws, estate.Options{
		Account: account, Output: output(), Window: 60 * time.Millisecond, Env: slack.Env(), Parameters: map[string]string{"AccountName": "prod"},
	})
	must(t, err)
	t.Cleanup(func() { must(t, system.Close()) })
	w := &watch{t: t, system: system, slack: slack, bus: bus, hub: securityhub.NewFromConfig(cfg), stands: map[string]string{}, threads: map[string]string{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("told so far:\n" + strings.Join(w.lines, "\n"))
		}
	})
	return w
}

// packed are settings as they lie beside the functions.
func packed(t *testing.T, text string) []byte {
	t.Helper()
	s, err := settings.Load([]byte(text), deployment.Known(checks.All()))
	must(t, err)
	raw, err := settings.Pack(s)
	must(t, err)
	return raw
}
