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

// Of all who take roles, none but the auditor is heard; and of its own sign-ins those count that the account tells of whose role it took.
func TestOnlySignInsAreSignIns(t *testing.T) {
	t.Parallel()
	const told, byCaller = "sts/AssumeRole-auditor.json", "sts/AssumeRole-auditor-told-by-caller.json"
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := heartbeat.SignIns().Matches(e), name == told || name == byCaller; got != want {
			t.Errorf("%s is brought: %v", name, got)
		}
		if got, want := heartbeat.SignedIn(e), name == told; got != want {
			t.Errorf("%s is a sign-in: %v", name, got)
		}
	}
	for what, change := range map[string]func(*event.Event){
		"another role":            func(e *event.Event) { e.Request()["roleArn"] = "arn:aws:iam::111122223333:role/pipewarden-audit2" },
		"a role below a path":     func(e *event.Event) { e.Request()["roleArn"] = "arn:aws:iam::111122223333:role/x/pipewarden-audit" },
		"another account's role":  func(e *event.Event) { e.Request()["roleArn"] = "arn:aws:iam::444455556666:role/pipewarden-audit" },
		"another session":         func(e *event.Event) { e.Request()["roleSessionName"] = "bob" },
		"one that was refused":    func(e *event.Event) { e.Detail["errorCode"] = "AccessDenied" },
		"one from no region":      func(e *event.Event) { e.Region = "" },
		"one from no account":     func(e *event.Event) { e.Account = ""; e.Request()["roleArn"] = "arn:aws:iam:::role/pipewarden-audit" },
		"one without its request": func(e *event.Event) { delete(e.Detail, "requestParameters") },
	} {
		raw, err := events.Read(told)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		change(e)
		if heartbeat.SignedIn(e) {
			t.Errorf("%s counts", what)
		}
	}
}

// A sign-in of the last sweep is fresh at this one, however seldom sweeps are made and however late it was delivered.
func TestTheLastSweepsSignInIsFresh(t *testing.T) {
	t.Parallel()
	const rarest, slowest = 24 * time.Hour, 15 * time.Minute
	if heartbeat.SignInFresh < rarest+slowest {
		t.Errorf("fresh for %s: from sweep to sweep it may be %s", heartbeat.SignInFresh, rarest)
	}
}
