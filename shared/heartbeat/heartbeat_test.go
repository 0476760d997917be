package heartbeat_test

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// Nobody else's change of a parameter is a beat, and of no other sample in the corpus.
func TestOnlyBeatsAreBeats(t *testing.T) {
	t.Parallel()
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := heartbeat.Selector().Matches(e), name == "ssm/PutParameter-heartbeat.json"; got != want {
			t.Errorf("%s is a beat: %v", name, got)
		}
		if name != "ssm/PutParameter-heartbeat.json" {
			continue
		}
		for _, other := range []string{heartbeat.Name + "/2", "/pipewarden", "/other/heartbeat", ""} {
			e.Request()["name"] = other
			if heartbeat.Selector().Matches(e) {
				t.Errorf("%q is a beat", other)
			}
		}
	}
}

// A beat that is lost and one that is delivered as late as CloudTrail ever does are no silence.
func TestOneLostBeatIsNoSilence(t *testing.T) {
	t.Parallel()
	const slowest = 15 * time.Minute
	if heartbeat.Late <= 2*heartbeat.Every+slowest {
		t.Errorf("late after %s, one lost beat makes %s", heartbeat.Late, 2*heartbeat.Every+slowest)
	}
	if heartbeat.Every < slowest {
		t.Errorf("a beat every %s: CloudTrail promises nothing shorter than %s", heartbeat.Every, slowest)
	}
}
