// Package organization proves a deployment to a whole organisation over the real binaries in the emulated AWS: five members, the account that manages
// them, and three regions.
package organization

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
)

// settings let builds be made private in the unit of the tests at once, and elsewhere once somebody approved. No account has a trail or a block of
// its own; that is not what these tests are about.
const settings = `version: 1
scope: account
mode: propose
modes:
  - {remedy: build-make-private, ou: %s, mode: apply}
  - {remedy: build-make-private, mode: ask}
limits: {changesPerHour: 1000}
notify: {perHour: {email: 3600}}
checks:
  off: [account-block-public-off, account-no-trail, artifact-object-unencrypted]
`

var regions = []string{"eu-west-1", "eu-central-1", "us-east-1"}

// members are the accounts that the StackSets reach.
var members = []string{estate.Account, "444455556666", "222233334444", "555566667777", estate.Central}

// tests are those of the unit in which builds are made private at once.
var tests = []string{"222233334444", "555566667777"}

// realm is what all tests share: the organisation, and pipewarden in its central account.
type realm struct {
	aws     *emulator.AWS
	org     *estate.Organization
	product *estate.Product
	system  *estate.System

	mu      sync.Mutex
	records []map[string]any // what CloudTrail told
}

var shared realm

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "organization:", err)
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
	}
	if shared.aws != nil {
		for _, operation := range shared.aws.Unimplemented() {
			err = errors.Join(err, fmt.Errorf("the emulator does not implement %s", operation))
		}
	}
	return code, errors.Join(err, shared.end())
}

func (r *realm) begin(ctx context.Context) (err error) {
	if r.aws, err = emulator.Start(ctx, emulator.Options{}); err != nil {
		return err
	}
	r.org = estate.NewOrganization(r.aws, estate.ExampleUnits())
	set := fmt.Sprintf(settings, r.org.Units["workloads/test"])
	if r.product, err = estate.Make(ctx, set, func(string) {}); err != nil {
		return err
	}
	units := []string{r.org.Units["security"], r.org.Units["workloads"]}
	if err = r.product.SynthFor(ctx, set, estate.OrganizationID, units, regions); err != nil {
		return err
	}
	r.system, err = r.product.Deploy(ctx, r.aws, estate.Options{Account: estate.Central, Region: estate.Region, Output: output(), Window: 60 * time.Millisecond})
	if err != nil {
		return err
	}
	if err = errors.Join(r.system.Roll(ctx, r.org), r.org.Manage(ctx, r.system.Stack)); err != nil {
		return err
	}
	r.listen(ctx)
	return nil
}

// listen lets calls be heard of, and remembers what was told. Then come those who do something before a call is answered.
func (r *realm) listen(ctx context.Context, then ...func(record map[string]any)) {
	r.aws.RecordTrail(func(record map[string]any) {
		r.mu.Lock()
		r.records = append(r.records, record)
		r.mu.Unlock()
		account, _ := record["recipientAccountId"].(string)
		region, _ := record["awsRegion"].(string)
		envelope, err := emulator.Envelope(record)
		if err == nil {
			err = r.aws.PutEvent(ctx, account, region, envelope)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "relay:", err)
		}
		for _, do := range then {
			do(record)
		}
	})
}

// unheard does something of which no event tells: rolling out is done by a service, and takes long where each of its calls is told.
func (r *realm) unheard(t *testing.T, do func()) {
	t.Helper()
	r.aws.RecordTrail(nil)
	do()
	r.listen(context.Background())
}

// output shows what the functions print, for whoever looks for the reason of a failure.
func output() io.Writer {
	if os.Getenv("E2E_VERBOSE") == "" {
		return io.Discard
	}
	return os.Stderr
}

func (r *realm) end() error {
	var all []error
	if r.system != nil {
		all = append(all, r.system.Close())
	}
	if r.product != nil {
		all = append(all, r.product.Close())
	}
	if r.aws != nil {
		all = append(all, r.aws.Close())
	}
	return errors.Join(all...)
}
