package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// compared are the services whose samples are compared: the others bring no judgement that these do not.
var compared = []string{"codepipeline", "cloudtrail", "codeartifact", "iam"}

// TestReplayAgrees: the command over a folder of samples and the deployed auditor over the same samples come to the same conclusions
// about what somebody did. How things are now only the auditor can see.
func TestReplayAgrees(t *testing.T) {
	folder := t.TempDir()
	var bodies []string
	for name, raw := range envelopes(t) {
		if service, _, _ := strings.Cut(name, "/"); !slices.Contains(compared, service) || !wakes(t, checks.All(), raw) {
			continue
		}
		bodies = append(bodies, string(raw))
		must(t, os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, "/", "-")), raw, 0o600))
	}
	run, err := shared.system.Run(t.Context(), estate.Carol, "replay", "--format", "json", folder)
	must(t, err)
	if run.Code != 0 || run.Stderr != "" {
		t.Fatalf("replay: code %d: %s", run.Code, run.Stderr)
	}
	replayed := map[string]bool{}
	for line := range strings.Lines(run.Stdout) {
		var f finding.Finding
		must(t, json.Unmarshal([]byte(line), &f))
		if acts(f.Check) {
			replayed[claim(f)] = true
		}
	}

	heard := live(t, bodies)
	for _, one := range slices.Sorted(maps.Keys(replayed)) {
		if !heard[one] {
			t.Errorf("only replay says: %s", one)
		}
	}
	for _, one := range slices.Sorted(maps.Keys(heard)) {
		if !replayed[one] {
			t.Errorf("only the auditor says: %s", one)
		}
	}
	if len(replayed) < 20 {
		t.Errorf("only %d conclusions were compared", len(replayed))
	}
}

// acts says whether a check judges what somebody did by the event alone. Where it matters what uses the target, only the auditor
// has an inventory to ask.
func acts(check string) bool {
	for _, c := range checks.All() {
		if c.ID == check {
			return c.Reads == nil && c.Target == nil
		}
	}
	return false
}

func claim(f finding.Finding) string {
	text := f.Check + " on " + f.Resource.Key() + ": " + f.Severity.String() + ", " + f.Title
	if f.Event != nil {
		text += " (" + f.Event.ID + ")"
	}
	return text
}

// live is what a system of its own tells of the events, in an account with the same people in it.
func live(t *testing.T, bodies []string) map[string]bool {
	t.Helper()
	a, err := emulator.Start(t.Context(), emulator.Options{})
	must(t, err)
	defer func() { must(t, a.Close()) }()
	must(t, estate.Build(t.Context(), a))
	none := settings.Default()
	none.Mode, none.Notify.PerHour.Email = settings.Off, 3600
	packed, err := settings.Pack(none)
	must(t, err)
	product, err := shared.product.With(packed)
	must(t, err)
	defer func() { must(t, product.Close()) }()
	system, err := product.Deploy(t.Context(), a, estate.Options{Output: output(), Window: time.Millisecond})
	must(t, err)
	defer func() { must(t, system.Close()) }()
	for some := range slices.Chunk(bodies, 10) {
		must(t, system.Deliver(t.Context(), some...))
	}
	heard := map[string]bool{}
	for _, m := range mails(t, system) {
		for _, f := range m.Document.Findings {
			if f.Kind == "found" && acts(f.Check) {
				heard[claim(f.Finding)] = true
			}
		}
	}
	return heard
}
