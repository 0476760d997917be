package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestExempt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const there = " --table ledger"
	run := func(args ...string) ran { return run(t, s.program, append(args, "--table", "ledger")...) }
	got := run("exempt", "door-open", "--resource", "front*", "--until", "2026-12-31", "--reason", "summer\x1b")
	key := regexp.MustCompile(`--end (\S+)\n$`).FindStringSubmatch(got.out)
	if got.code != done || key == nil || !strings.HasPrefix(got.out, "Findings of door-open on front* are left alone until the end of 2026-12-31 (UTC).\n") {
		t.Fatalf("%+v", got)
	}
	for range 3 {
		if err := s.ledger.Used(t.Context(), key[1]); err != nil {
			t.Fatal(err)
		}
	}
	deploy(t, s, func(set *settings.Settings) {
		set.Exemptions = []settings.Exemption{
			{Check: "key-copied", Resource: "spare", Owner: "bob", Reason: "his own", Until: settings.Date{Time: clock.AddDate(0, 0, 3)}},
			{Check: "key-copied", Resource: "*", OU: "ou-ab12-sandbox", Tag: "team=web", Owner: "carol", Reason: "a trial", Until: settings.Date{Time: clock.AddDate(0, 0, 5)}},
			{Check: "key-copied", Resource: "old", Owner: "bob", Reason: "lost", Until: settings.Date{Time: clock.AddDate(0, 0, -3)}},
		}
	})
	golden(t, "exemptions.txt", run("exemptions").out)
	golden(t, "exemptions-all.json", run("exemptions", "--all", "--format", "json").out)
	run("exemptions", "--end", key[1]).want(t, done, "Ended. Findings of door-open on front* count again.\n", "")
	run("exemptions", "--end", key[1]).want(t, verdict, "", "pipewarden: exemptions: the ledger knows no exemption "+key[1]+" that holds. All: pipewarden exemptions\n")
	if got := run("exemptions"); strings.Contains(got.out, "front") {
		t.Errorf("%+v", got)
	}
	if got := run("exemptions", "--all"); !strings.Contains(got.out, "alice took it back") || !strings.Contains(got.out, "its time is over") {
		t.Errorf("%+v", got)
	}
	s.says(t, "", "exempt door-opn"+there).want(t, usage, "", strings.Join([]string{
		`pipewarden: exempt: there is no check "door-opn". Did you mean door-open? All: pipewarden checks`,
		"pipewarden: exempt: --resource is missing: the name of the resource, or a pattern as 'docs-*'",
		"pipewarden: exempt: --reason is missing: whoever reads it later wants to know why",
		"pipewarden: exempt: --until is missing: the last day on which it holds, as 2027-03-31\n",
	}, "\n"))
	for until, want := range map[string]string{"2026-11-19": "is over already", "19.11.2027": "is no date: write it as 2027-03-31"} {
		if got := run("exempt", "door-open", "--resource", "x", "--reason", "y", "--until", until); got.code != usage || !strings.Contains(got.err, "--until") || !strings.Contains(got.err, want) {
			t.Errorf("%s: %+v", until, got)
		}
	}
	if got := run("exempt", "door-open", "--resource", "x", "--reason", "y", "--until", "2026-11-20"); got.code != done {
		t.Errorf("today counts: %+v", got)
	}
}

// deploy has the functions work with settings of their own.
func deploy(t *testing.T, s *scene, change func(*settings.Settings)) {
	t.Helper()
	set := settings.Default()
	change(set)
	packed, err := settings.Pack(set)
	if err == nil {
		err = s.ledger.SetDeployed(t.Context(), packed)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.says(t, "", "stop --table ledger").want(t, usage, "", "pipewarden: stop: --reason is missing: whoever wonders why nothing is put right wants to know\n")
	s.says(t, "", "start --table ledger").want(t, done, "It was not stopped.\n", "")
	s.says(t, "", "stop --table ledger --reason release").want(t, done, "Stopped: pipewarden changes nothing more. Go on: pipewarden start\n", "")
	s.says(t, "", "stop --table ledger --reason again").want(t, done, "It is stopped already: alice stopped pipewarden on 2026-11-20 19:00 UTC (release); pipewarden start lets it go on\n", "")
	s.says(t, "", "approve --yes --table ledger ID").want(t, verdict, `door-close on door front (111122223333, eu-west-1)
  What      Shut the front door.
  Breaks    Nobody can walk in.
  Call      pipewarden:Set {"Door":"front"}
  Change    open: true -> false
`, "pipewarden: approve ID: alice stopped pipewarden on 2026-11-20 19:00 UTC (release); pipewarden start lets it go on\n")
	s.says(t, "", "start --table ledger").want(t, done, "pipewarden goes on as the settings say. It was stopped by alice on 2026-11-20 19:00 UTC.\n", "")
	if got := s.says(t, "", "approve --yes --table ledger ID"); got.code != done {
		t.Errorf("%+v", got)
	}
}

// An account that is none would be written down, and exempt nothing.
func TestExemptOnlyInAnAccount(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	got := s.says(t, "", "exempt door-open --table ledger --resource front --reason why --until 2026-12-31 --account prod")
	if got.code != usage || got.err != "pipewarden: exempt: --account \"prod\" is no account: its ID has twelve digits\n" {
		t.Errorf("%+v", got)
	}
}
