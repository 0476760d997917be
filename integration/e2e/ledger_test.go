package e2e

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/ledger/ledgertest"
)

// TestLedger holds the emulated DynamoDB to the same contract as the fakes of the ledger's own tests.
func TestLedger(t *testing.T) {
	cfg := shared.aws.As(emulator.Caller{Account: "777788889999", Role: "ledger"}, estate.Region)
	ledgertest.CreateTable(t, cfg, "contract")
	ledgertest.Contract(t, func(*testing.T) ledger.Store { return ledger.NewDynamoDB(cfg, "contract", time.Now) })
}
