package trailstopped

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

const arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/management-events"

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[trail.State](t, Check)
}

func judge(t *testing.T, sample string, s trail.State) finding.Finding {
	t.Helper()
	p := &check.Pass{
		Check: Check, State: s, Basis: finding.State, Now: checktest.Now,
		Ref: resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "eu-west-1"},
	}
	if sample != "" {
		p.Event = checktest.Sample(t, sample, nil)
		p.Actor = identity.Judge(check.Caller(p.Event), identity.Rules{})
	}
	Check.Run(p)
	return p.Results()[0]
}

// TestBasis: an act that the state no longer shows rests on the event, so that a late or second event does not open it again.
func TestBasis(t *testing.T) {
	t.Parallel()
	again := judge(t, "cloudtrail/StopLogging.json", trail.State{Logging: resource.Known(true)})
	still := judge(t, "cloudtrail/StopLogging.json", trail.State{Logging: resource.Known(false)})
	if again.Outcome != finding.Fail || again.Basis != finding.Event || again.Once != "" {
		t.Errorf("logging again: %+v", again)
	}
	if still.Outcome != finding.Fail || still.Basis != finding.State {
		t.Errorf("still stopped: %+v", still)
	}
	if again.Key() != still.Key() {
		t.Error("one trail has two findings")
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	s := trail.State{
		ARN: arn, HomeRegion: "us-gov-west-1", Logging: resource.Known(false), MultiRegion: resource.Known(true), Organization: resource.Known(true),
		Stopped: time.Date(2026, 11, 20, 3, 43, 26, 0, time.UTC),
	}
	got := judge(t, "", s)
	if want := "aws cloudtrail start-logging --name " + arn + " --region us-gov-west-1"; got.ByHand != want {
		t.Errorf("by hand:\n got  %s\n want %s", got.ByHand, want)
	}
	want := []finding.Fact{
		{Label: "Stopped", Value: "2026-11-20 03:43:26 UTC"},
		{Label: "Home region", Value: "us-gov-west-1"},
		{Label: "Covers", Value: "every region"},
		{Label: "Of", Value: "the organisation"},
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Error(diff)
	}
	byName := judge(t, "cloudtrail/StopLogging-by-name.json", trail.State{Logging: resource.Known(false)})
	if want := "aws cloudtrail start-logging --name management-events --region eu-west-1"; byName.ByHand != want {
		t.Errorf("by hand:\n got  %s\n want %s", byName.ByHand, want)
	}
	if byName.Facts[0] != (finding.Fact{Label: "Changed", Value: "logging -> stopped"}) {
		t.Errorf("facts %+v", byName.Facts)
	}
}

// TestAnotherTrail: looking at a trail because of what happened to another one is no act on this one.
func TestAnotherTrail(t *testing.T) {
	t.Parallel()
	p := &check.Pass{
		Check: Check, State: trail.State{Logging: resource.Known(true)}, Basis: finding.State, Now: checktest.Now,
		Event: checktest.Sample(t, "cloudtrail/StopLogging.json", nil), Ref: resource.Ref{Kind: "trail", ID: "second", Account: "111122223333", Region: "eu-west-1"},
	}
	Check.Run(p)
	if got := p.Results()[0]; got.Outcome != finding.Pass {
		t.Errorf("%+v", got)
	}
}

// TestCreatedJustNow: a deployment creates a trail with one call and starts it with the next.
func TestCreatedJustNow(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		ago  time.Duration
		s    trail.State
		want finding.Outcome
	}{
		{time.Minute, trail.State{Logging: resource.Known(false)}, finding.NotApplicable},
		{15*time.Minute - time.Second, trail.State{Logging: resource.Known(false)}, finding.NotApplicable},
		{15 * time.Minute, trail.State{Logging: resource.Known(false)}, finding.Fail},
		{time.Hour, trail.State{Logging: resource.Known(false)}, finding.Fail},
		{time.Minute, trail.State{Logging: resource.Known(false), Stopped: checktest.Now}, finding.Fail},
		{time.Minute, trail.State{Logging: resource.Known(false), Started: checktest.Now}, finding.Fail},
		{time.Minute, trail.State{Logging: resource.Known(true)}, finding.Pass},
	} {
		p := &check.Pass{
			Check: Check, State: one.s, Basis: finding.State, Now: checktest.Now, Event: checktest.Sample(t, "cloudtrail/CreateTrail.json", nil),
			Ref: resource.Ref{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "eu-west-1"},
		}
		p.Event.Time = checktest.Now.Add(-one.ago)
		Check.Run(p)
		if got := p.Results()[0].Outcome; got != one.want {
			t.Errorf("created %s ago with %+v: %s, want %s", one.ago, one.s, got, one.want)
		}
	}
}

// TestWhere tells what is known and so, not what is known and otherwise.
func TestWhere(t *testing.T) {
	t.Parallel()
	yes, no := resource.Known(true), resource.Known(false)
	if got := where(trail.State{MultiRegion: no, Organization: no}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := where(trail.State{}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := where(trail.State{HomeRegion: "eu-west-1", MultiRegion: yes, Organization: no}); len(got) != 2 || got[0].Value != "eu-west-1" || got[1].Value != "every region" {
		t.Errorf("%v", got)
	}
}
