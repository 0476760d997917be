// Package e2e proves the deployed whole over the real binaries in the emulated AWS.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
)

// applied are the settings under which the stories play. The account has no block of its own, so that a bucket can be opened in it. Artifacts
// are not asked for one by one, as pipewarden.yaml has it. A stack manages the pipeline: holding it leaves its definition as it is.
const applied = `version: 1
modes:
  - {remedy: pipeline-hold, mode: ask}
  - {remedy: bucket-block-public, mode: apply}
  - {remedy: build-encrypt-artifacts, mode: apply}
  - {remedy: build-make-private, mode: apply}
  - {remedy: trail-start, mode: apply}
remediateStackResources: true
limits: {changesPerHour: 1000}
notify: {perHour: {email: 3600}}
checks:
  off: [account-block-public-off, artifact-object-unencrypted]
`

// world is what all tests of this package share: building and deploying take longer than all of them.
type world struct {
	aws     *emulator.AWS
	product *estate.Product
	system  *estate.System
}

var shared world

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	err = shared.begin(ctx)
	if (errors.Is(err, emulator.ErrNoEmulator) || errors.Is(err, estate.ErrNoNode)) && os.Getenv("REQUIRE_EMULATOR") != "1" {
		fmt.Println("skipped:", err)
		return 0, shared.end()
	}
	if err == nil {
		code = m.Run()
	}
	for _, operation := range shared.missing() {
		err = errors.Join(err, fmt.Errorf("the emulator does not implement %s", operation))
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
	if w.product, err = estate.Make(ctx, applied, func(string) {}); err != nil {
		return err
	}
	w.system, err = w.product.Deploy(ctx, w.aws, estate.Options{Output: output(), Window: 60 * time.Millisecond})
	if err != nil {
		return err
	}
	w.relay()
	return nil
}

// relay lets calls be heard of.
func (w *world) relay() {
	estate.Relay(context.Background(), w.aws, func(err error) { fmt.Fprintln(os.Stderr, "relay:", err) })
}

// output shows what the functions print, for whoever looks for the reason of a failure.
func output() io.Writer {
	if os.Getenv("E2E_VERBOSE") == "" {
		return io.Discard
	}
	return os.Stderr
}

func (w *world) missing() []string {
	if w.aws == nil {
		return nil
	}
	return w.aws.Unimplemented()
}

func (w *world) end() error {
	var all []error
	if w.system != nil {
		all = append(all, w.system.Close())
	}
	if w.product != nil {
		all = append(all, w.product.Close())
	}
	if w.aws != nil {
		all = append(all, w.aws.Close())
	}
	return errors.Join(all...)
}
