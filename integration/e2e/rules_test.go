package e2e

import (
	"encoding/json"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// TestRulesDeliver puts every sample on the bus of an account with the synthesised rules: what wakes a check arrives, and nothing else.
func TestRulesDeliver(t *testing.T) {
	shared.aws.RecordTrail(nil) // only the samples are to be heard
	defer shared.relay()
	quiet, err := shared.product.Deploy(t.Context(), shared.aws, estate.Options{Account: "444455556666", Asleep: true})
	must(t, err)
	defer func() { must(t, quiet.Close()) }()

	must(t, quiet.Brief(t.Context()))

	samples := envelopes(t)
	var put errgroup.Group
	put.SetLimit(8)
	for _, raw := range samples {
		put.Go(func() error { return quiet.Happen(t.Context(), raw) })
	}
	must(t, put.Wait())
	heard, err := quiet.Heard(t.Context())
	must(t, err)
	arrived := map[string]int{}
	for _, body := range heard {
		arrived[gist(t, []byte(body))]++
	}

	ignored, on := patterns(t), deployed(t)
	for name, raw := range samples {
		woken, got := wakes(t, on, raw), arrived[gist(t, raw)]
		switch {
		case name == inList && got == 0: // EventBridge would deliver it
		case woken && got != 1:
			t.Errorf("%s wakes a check, and arrived %d times", name, got)
		case !woken && got != 0:
			t.Errorf("%s wakes no check, and arrived", name)
		case got != 0 && slices.ContainsFunc(ignored, func(pattern string) bool { ok, err := path.Match(pattern, name); return ok && err == nil }):
			t.Errorf("%s is listed in events/ignored.txt, and arrived", name)
		}
	}
	if len(heard) < 100 {
		t.Errorf("only %d of %d samples arrived", len(heard), len(samples))
	}
}

// inList is matched by a member of an object in a list. EventBridge looks into lists (EventBridge User Guide, "Arrays in event patterns"),
// and moto does not.
const inList = "inspector2/Inspector2Finding-active.json"

// envelopes are the samples that EventBridge would deliver: bare records lie in archives.
func envelopes(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, raw := range events.All() {
		if !strings.HasPrefix(name, "records/") {
			out[name] = raw
		}
	}
	return out
}

// deployed are the checks that the settings leave on: no rule is deployed for others.
func deployed(t *testing.T) []*check.Check {
	t.Helper()
	s, err := settings.Load([]byte(applied), deployment.Known(checks.All()))
	must(t, err)
	return deployment.On(checks.All(), s)
}

func wakes(t *testing.T, some []*check.Check, raw []byte) bool {
	t.Helper()
	e, err := event.Decode(raw)
	must(t, err)
	if heartbeat.SignIns().Matches(e) {
		return false // members alone have a rule for them: nobody signs in to an account that stands alone
	}
	for _, c := range some {
		if slices.ContainsFunc(c.Wakes(), func(s event.Selector) bool { return s.Matches(e) }) {
			return true
		}
	}
	return false
}

// gist is the detail of an event: the emulator gives every event another ID.
func gist(t *testing.T, raw []byte) string {
	t.Helper()
	var e struct{ Detail map[string]any }
	must(t, json.Unmarshal(raw, &e))
	out, err := json.Marshal(e.Detail)
	must(t, err)
	return string(out)
}

// patterns are those of events/ignored.txt.
func patterns(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../../events/ignored.txt")
	must(t, err)
	var all []string
	for line := range strings.Lines(string(raw)) {
		if pattern, _, _ := strings.Cut(line, "#"); strings.TrimSpace(pattern) != "" {
			all = append(all, strings.TrimSpace(pattern))
		}
	}
	return all
}
