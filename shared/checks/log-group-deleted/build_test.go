package loggroupdeleted

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	succeeded = "codebuild/CodeBuildBuildStateChange-succeeded.json"
	group     = "additional-information.logs.group-name"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 19, 18, 52, 0, time.UTC)
	want := check.Note{
		About: resource.Ref{Kind: "loggroup", ID: "/aws/codebuild/payments-api", Account: "111122223333", Region: "eu-west-1"},
		Topic: "build-ended", Key: "2026-11-20T19:15", Text: "payments-api:0f1e2d3c-4b5a-4678-9abc-def012345678", At: at, Keep: 6 * time.Hour,
	}
	if diff := cmp.Diff([]check.Note{want}, Check.Notes(checktest.Sample(t, succeeded, nil), identity.Verdict{})); diff != "" {
		t.Error(diff)
	}
	want.Text = ""
	if diff := cmp.Diff([]check.Note{want}, Check.Notes(checktest.Sample(t, succeeded, map[string]any{"build-id": "\x1b[2J"}), identity.Verdict{})); diff != "" {
		t.Error(diff)
	}
	for label, change := range map[string]map[string]any{"no log": {group: nil}, "no name": {group: "a;id"}} {
		if got := Check.Notes(checktest.Sample(t, succeeded, change), identity.Verdict{}); got != nil {
			t.Errorf("%s: %+v", label, got)
		}
	}
	if got := Check.Notes(checktest.Sample(t, "logs/DeleteLogGroup.json", nil), identity.Verdict{}); got != nil {
		t.Errorf("a deletion is noted: %+v", got)
	}
}

func TestWakes(t *testing.T) {
	t.Parallel()
	wakes := func(sample string) bool { return builds.Matches(checktest.Sample(t, sample, nil)) }
	for _, status := range []string{"succeeded", "failed", "fault", "timed-out", "stopped", "no-artifact-no-logs"} {
		if !wakes("codebuild/CodeBuildBuildStateChange-" + status + ".json") {
			t.Errorf("%s does not wake it", status)
		}
	}
	for _, other := range []string{"StateChange-in-progress", "PhaseChange"} {
		if wakes("codebuild/CodeBuildBuild" + other + ".json") {
			t.Errorf("%s wakes it", other)
		}
	}
}

// TestEndsAreSilent: a build that ends is remembered, and no more.
func TestEndsAreSilent(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, succeeded, nil)
	p := &check.Pass{Check: Check, Event: e, Ref: Check.Target(e), Past: check.Memory{Complete: true}}
	Check.Run(p)
	if got := p.Results(); len(got) > 0 || p.Ref.Kind != "loggroup" {
		t.Errorf("%+v of %+v", got, p.Ref)
	}
	if e = checktest.Sample(t, succeeded, map[string]any{group: nil}); Check.Target(e).Kind == "loggroup" {
		t.Errorf("without a log: %+v", Check.Target(e))
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	deleted := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
	for minutes, want := range map[int]string{
		0: "A build that logged there had ended just before: its log may be what was to go.",
		1: "A build that logged there had ended 1 minute before: its log may be what was to go.",
		2: "A build that logged there had ended 2 minutes before: its log may be what was to go.",
		7: "A build that logged there had ended 7 minutes before: its log may be what was to go.",
	} {
		if got := after(check.Note{At: deleted.Add(-time.Duration(minutes) * time.Minute)}, deleted); got != want {
			t.Errorf("%d: %s", minutes, got)
		}
	}
}
