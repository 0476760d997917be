package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestMute(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	run := func(args ...string) ran { return run(t, s.program, append(args, "--table", "ledger")...) }
	run("mutes").want(t, done, "Nothing is muted.\n", "")
	got := run("mute", "door-*", "--resource", "front", "--for", "90m", "--reason", "new\x1b hinges")
	key := regexp.MustCompile(`mutes --end (\w+)\n$`).FindStringSubmatch(got.out)
	if got.code != done || key == nil || !strings.HasPrefix(got.out, "Messages about door-* on front are kept back until 2026-11-20 ") {
		t.Fatalf("code %d: %s%s", got.code, got.out, got.err)
	}
	standing, err := s.ledger.Standing(t.Context())
	if err != nil || len(standing.Mutes) != 1 {
		t.Fatalf("%v: %+v", err, standing.Mutes)
	}
	if m := standing.Mutes[0]; m.Mute != (settings.Mute{Check: "door-*", Resource: "front", Until: clock.Add(90 * time.Minute).Truncate(time.Second)}) || !strings.HasPrefix(m.By, "arn:") {
		t.Errorf("%+v", m)
	}
	golden(t, "mutes.txt", run("mutes").out)
	golden(t, "mutes.json", run("mutes", "--format", "json").out)
	run("mutes", "--end", key[1]).want(t, done, "Ended. What was kept back about door-* on front is told within minutes, as far as it is still so.\n", "")
	run("mutes", "--end", key[1]).want(t, verdict, "", "pipewarden: mutes: no mute "+key[1]+" holds. All: pipewarden mutes\n")
	run("mutes").want(t, done, "Nothing is muted.\n", "")

	run("mute", "door-opn").want(t, usage, "", strings.Join([]string{
		`pipewarden: mute: there is no check "door-opn". Did you mean door-open? All: pipewarden checks`,
		"pipewarden: mute: --for is missing: for how long, as 8h",
		"pipewarden: mute: --reason is missing: whoever wonders at the silence wants to know why\n",
	}, "\n"))
	for _, length := range []string{"1s", "169h", "-2h"} {
		if got := run("mute", "--for="+length, "--reason", "y"); got.code != usage || !strings.Contains(got.err, "between 1m and 168h") {
			t.Errorf("%s: code %d: %s", length, got.code, got.err)
		}
	}
	if got := run("mute", "--for", "1h", "--reason", "y", "--account", "prod"); got.code != usage || !strings.Contains(got.err, "twelve digits") {
		t.Errorf("code %d: %s", got.code, got.err)
	}
}
