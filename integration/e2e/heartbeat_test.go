package e2e

import (
	"testing"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// TestHeartbeat lets the schedule strike once: the sweeper's own change comes back through the trail, the rule and the queue, and is noted.
func TestHeartbeat(t *testing.T) {
	account := finding.Resource{Kind: "account", ID: estate.Account, Account: estate.Account, Region: estate.Region}
	before, err := shared.system.Ledger().View(t.Context(), account)
	must(t, err)
	must(t, shared.system.Host.Fire(t.Context(), "Heartbeat"))
	must(t, shared.system.Settle(t.Context()))
	after, err := shared.system.Ledger().View(t.Context(), account)
	must(t, err)
	if n := len(after.Notes()); n != 1 || len(before.Notes()) > n || after.Notes()[0].Topic != heartbeat.Topic {
		t.Fatalf("%d notes after the heartbeat: %+v", n, after.Notes())
	}
	if got := mails(t, shared.system); len(got) != 0 {
		t.Errorf("a heartbeat was told of: %q", told(got))
	}
}
