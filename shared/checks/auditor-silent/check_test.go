package auditorsilent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[account.Pulse](t, Check)
}

func TestNotes(t *testing.T) {
	t.Parallel()
	beat := checktest.Sample(t, "ssm/PutParameter-heartbeat.json", nil)
	want := []check.Note{{
		About: resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"},
		Topic: "heartbeat", Text: beat.ID, At: time.Date(2026, 11, 20, 12, 27, 25, 0, time.UTC), Keep: heartbeat.Keep,
	}}
	if diff := cmp.Diff(want, Check.Notes(beat, identity.Verdict{})); diff != "" {
		t.Error(diff)
	}
	if got := Check.Notes(checktest.Sample(t, "cloudtrail/StopLogging.json", nil), identity.Verdict{}); got != nil {
		t.Errorf("another event is noted: %+v", got)
	}
	beat.Region = ""
	if got := Check.Notes(beat, identity.Verdict{}); got != nil {
		t.Errorf("a beat from nowhere is noted: %+v", got)
	}
}

// The same silence is told once: nothing in the words depends on when it was looked at.
func TestWordsDoNotAge(t *testing.T) {
	t.Parallel()
	heard := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	ref := resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"}
	words := func(now time.Time, writes int64) finding.Finding {
		p := &check.Pass{
			Check: Check, Ref: ref, Now: now, Basis: finding.State,
			Past:  check.Memory{Complete: true, Notes: []check.Note{{About: ref, Topic: heartbeat.Topic, At: heard}}},
			State: account.Pulse{Sent: resource.Known(account.Beats{Writes: writes, Last: now}), Trails: resource.Known([]account.Trail{})},
		}
		Check.Run(p)
		return p.Results()[0]
	}
	first, second := words(checktest.Now, 40), words(checktest.Now.Add(6*time.Hour), 58)
	if first.Digest() != second.Digest() || first.Outcome != finding.Fail {
		t.Errorf("told twice:\n%s\n%s", first.Detail, second.Detail)
	}
	if want := "aws cloudtrail describe-trails --region eu-west-1"; first.ByHand != want {
		t.Errorf("by hand %q", first.ByHand)
	}
	if strings.Contains(first.Detail, "  ") {
		t.Errorf("detail %q", first.Detail)
	}
}
