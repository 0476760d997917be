package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestSweepStatus(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	on := func(p *program, args ...string) ran {
		return run(t, p, append(append([]string{"sweep", "status"}, args...), "--table", "ledger")...)
	}
	run := func(args ...string) ran { return on(s.program, args...) }
	if got := run(); got.code != verdict || !strings.Contains(got.err, "no sweep began yet") {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
	began := clock.Add(-10 * time.Minute)
	legs := []ledger.Leg{
		{Account: "111122223333", Region: "eu-west-1"},
		{Account: "111122223333", Region: "us-east-1", Order: 1},
		{Account: "444455556666", Region: "eu-west-1"},
		{Account: "444455556666", Region: "us-east-1", Order: 1},
		{Account: "777788889999", Region: "eu-west-1"},
	}
	if err := s.ledger.BeginSweep(t.Context(), ledger.Sweep{ID: ledger.SweepID(began), Started: began, Accounts: 3, Legs: len(legs)}, legs); err != nil {
		t.Fatal(err)
	}
	step := func(account, region string, change func(*ledger.Leg)) {
		t.Helper()
		leg, _, err := s.ledger.Leg(t.Context(), account, region)
		if err == nil {
			_, err = s.ledger.Advance(t.Context(), leg, leg.Steps+1, change)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	over := func(l *ledger.Leg) { l.Resources, l.Ended = 40, clock }
	step("111122223333", "eu-west-1", over)
	step("111122223333", "us-east-1", func(l *ledger.Leg) { l.Resources, l.Kind = 7, "key" })
	step("444455556666", "eu-west-1", func(l *ledger.Leg) {
		over(l)
		l.Unlisted = []ledger.Unlisted{{Kind: "key", Why: "access denied"}, {Kind: "trail", Why: "AWS throttled\x1b the call"}}
	})
	step("777788889999", "eu-west-1", func(l *ledger.Leg) {
		l.Ended, l.Why = clock, "its role pipewarden-audit does not let pipewarden in: access denied"
	})
	got := run()
	golden(t, "sweep-under-way.txt", got.out)
	if got.code != verdict {
		t.Errorf("where it could not look somewhere: code %d", got.code)
	}
	golden(t, "sweep.json", run("--format", "json").out)
	if one := run("--account", "111122223333"); one.code != done || !strings.Contains(one.out, "us-east-1  unfinished  key") {
		t.Errorf("code %d: %s%s", one.code, one.out, one.err)
	}
	if none := run("--account", "999999999999"); none.code == done || !strings.Contains(none.err, "not in the newest sweep") {
		t.Errorf("code %d: %s%s", none.code, none.out, none.err)
	}
	run("--account", "web").want(t, usage, "", "pipewarden: status: --account \"web\" is no account: its ID has twelve digits\n")

	late := *s.program
	late.now = func() time.Time { return clock.Add(time.Hour) }
	stuck := on(&late, "--watch")
	golden(t, "sweep-stuck.txt", stuck.out)
	if stuck.code != verdict {
		t.Errorf("stuck: code %d", stuck.code)
	}
	step("111122223333", "us-east-1", over)
	step("444455556666", "us-east-1", over)
	if all := run("--watch"); !strings.Contains(all.out, "is over: all 5 account regions, in 3 accounts; 160 resources to look at.") {
		t.Errorf("code %d: %s%s", all.code, all.out, all.err)
	}
}
