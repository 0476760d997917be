package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/report"
)

// The version is the one that the test was built with, if any.
var released = regexp.MustCompile(`,"version":"v[^"]*"`)

func unversioned(out string) string { return released.ReplaceAllString(out, "") }

func TestScanFormats(t *testing.T) {
	t.Parallel()
	for _, format := range []string{asSARIF, asCSV, asOCSF} {
		got := run(t, scanning(t, house()), "scan", "--all", "--format", format)
		golden(t, "scan-all."+format, unversioned(got.out))
		if got.code != done || got.err != "" {
			t.Errorf("%s: %d %s", format, got.code, got.err)
		}
		if got := run(t, scanning(t, house()), "scan", "--format", format, "--fail-on", "critical"); got.code != verdict {
			t.Errorf("%s: exit code %d", format, got.code)
		}
	}
}

func TestReplayFormats(t *testing.T) {
	t.Parallel()
	dir := archiveOf(t)
	for _, format := range []string{asSARIF, asCSV, asOCSF} {
		got := run(t, sample(t), "replay", "--format", format, dir)
		golden(t, "replay."+format, unversioned(got.out))
		if got.code != done || !strings.Contains(got.err, "not JSON") {
			t.Errorf("%s: %d %s", format, got.code, got.err)
		}
	}
}

// A document is whole even when nothing could be read: whoever takes it next must not stumble over half of one.
func TestFormatsOfNothingReadable(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "f"), "no JSON\n")
	for format, want := range map[string]string{asSARIF: `"results":[` + "\n\n]", asCSV: "time,severity,", asOCSF: ""} {
		got := run(t, sample(t), "replay", "--format", format, file)
		if got.code != usage || !strings.Contains(got.out, want) || !strings.Contains(got.err, "nothing could be read") {
			t.Errorf("%s: %+v", format, got)
		}
	}
}

// Only commands that report findings write these formats; their help shows each.
func TestWhoWritesWhichFormat(t *testing.T) {
	t.Parallel()
	all := []string{asTable, asJSON, asSARIF, asCSV, asOCSF}
	for command, want := range map[string][]string{"scan": all, "replay": all, "checks": all[:2], "policy": all[:2], "secrets": all[:2], "exemptions": all[:2]} {
		got := run(t, offline(t, nil), "__complete", command, "--format", "")
		if listed := strings.Fields(got.out); len(listed) < len(want) || !slices.Equal(listed[:len(listed)-1], want) {
			t.Errorf("%s: %q", command, got.out)
		}
		help := run(t, offline(t, nil), command, "--help").out
		for _, format := range all[2:] {
			if strings.Contains(help, "--format "+format) != (len(want) > 2) {
				t.Errorf("%s --help and %s: %s", command, format, help)
			}
		}
	}
}

func TestRequirementsAreNamedOnce(t *testing.T) {
	t.Parallel()
	for id, rule := range offline(t, nil).judge().Rules {
		seen := map[report.Requirement]bool{}
		for _, r := range rule.Requirements {
			if seen[r] || r.Standard == "" || r.ID == "" {
				t.Errorf("%s: %+v", id, r)
			}
			seen[r] = true
		}
		if rule.Title == "" || rule.Why == "" || len(seen) == 0 {
			t.Errorf("%s: %+v", id, rule)
		}
	}
}
