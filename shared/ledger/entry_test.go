package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func project(name string) finding.Resource {
	return finding.Resource{Kind: "build-project", ID: name, Account: "111122223333", Region: "eu-west-1"}
}

// told is a judgement of state after an event that happened so many minutes after noon.
func told(o finding.Outcome, detail, event string, minutes int) finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: o, Severity: finding.High, Basis: finding.State, Title: "build logs are public",
		Detail: detail, Resource: project("payments-api"), Actor: &finding.Actor{Name: event},
		Event: &finding.Cause{ID: event, Name: "UpdateProjectVisibility", Time: noon.Add(time.Duration(minutes) * time.Minute)},
	}
}

func fail(detail, event string, minutes int) finding.Finding {
	return told(finding.Fail, detail, event, minutes)
}
func pass(event string, minutes int) finding.Finding { return told(finding.Pass, "", event, minutes) }
func unread(why string) finding.Finding {
	f := told(finding.Unknown, why, "", 0)
	f.Event, f.Actor = nil, nil
	return f
}

// byEvent is the same with nothing but the event's word for it.
func byEvent(f finding.Finding) finding.Finding {
	f.Basis = finding.Event
	return f
}

func exempted(f finding.Finding, until time.Time) finding.Finding {
	f.Exemption = &finding.Exemption{Owner: "erin", Reason: "a demo project", Until: until}
	return f
}

func as(f finding.Finding, change func(*finding.Finding)) finding.Finding {
	change(&f)
	return f
}

type steps []struct {
	f    finding.Finding
	want ledger.Transition
}

func TestNext(t *testing.T) {
	t.Parallel()
	const n, c, s, r, o, none = ledger.New, ledger.Changed, ledger.Same, ledger.Resolved, ledger.Reopened, ledger.None
	na := told(finding.NotApplicable, "", "e2", 2)
	graver := as(fail("a", "e2", 2), func(f *finding.Finding) { f.Severity = finding.Critical })
	for name, steps := range map[string]steps{
		"nothing was ever wrong":                {{pass("e1", 1), none}, {na, none}, {pass("e3", 3), none}},
		"wrong, and again":                      {{fail("a", "e1", 1), n}, {fail("a", "e2", 2), s}, {fail("a", "e1", 1), s}},
		"wrong in another way":                  {{fail("a", "e1", 1), n}, {fail("b", "e2", 2), c}, {fail("a", "e3", 3), c}},
		"graver":                                {{fail("a", "e1", 1), n}, {graver, c}},
		"put right":                             {{fail("a", "e1", 1), n}, {pass("e2", 2), r}, {pass("e3", 3), s}, {na, s}},
		"no longer applicable":                  {{fail("a", "e1", 1), n}, {na, r}},
		"wrong again":                           {{fail("a", "e1", 1), n}, {pass("e2", 2), r}, {fail("a", "e3", 3), o}, {fail("a", "e3", 3), s}},
		"a reading that was not to be had":      {{fail("a", "e1", 1), n}, {unread("denied"), s}, {fail("a", "e2", 2), s}},
		"never read":                            {{unread("denied"), n}, {unread("denied"), s}, {unread("throttled"), s}},
		"read at last, and wrong":               {{unread("denied"), n}, {fail("a", "e1", 1), n}},
		"read at last, and right":               {{unread("denied"), n}, {pass("e1", 1), r}, {fail("a", "e2", 2), n}},
		"put right, then not read":              {{fail("a", "e1", 1), n}, {pass("e2", 2), r}, {unread("denied"), n}, {pass("e3", 3), r}},
		"exempted and no longer":                {{fail("a", "e1", 1), n}, {exempted(fail("a", "e2", 2), noon), c}, {exempted(fail("a", "e2", 2), noon.Add(time.Hour)), s}, {fail("a", "e3", 3), c}},
		"a reading is never late":               {{fail("a", "e2", 2), n}, {fail("b", "e1", 1), c}, {pass("e1", 1), r}, {fail("a", "e1", 1), o}},
		"an event told twice":                   {{byEvent(fail("a", "e1", 1)), n}, {byEvent(fail("a", "e1", 1)), s}},
		"an event told twice, judged otherwise": {{byEvent(fail("a", "e1", 1)), n}, {byEvent(fail("b", "e1", 1)), s}, {byEvent(pass("e1", 1)), s}},
		"an event told late":                    {{byEvent(fail("b", "e2", 2)), n}, {byEvent(fail("a", "e1", 1)), s}, {byEvent(pass("e1", 1)), s}},
		"an event told late after all is right": {{byEvent(fail("a", "e1", 1)), n}, {byEvent(pass("e3", 3)), r}, {byEvent(fail("b", "e2", 2)), s}, {byEvent(fail("a", "e1", 1)), s}},
		"late, after one that changed nothing":  {{byEvent(fail("a", "e1", 1)), n}, {byEvent(fail("a", "e3", 3)), s}, {byEvent(fail("b", "e2", 2)), s}, {byEvent(fail("b", "e4", 4)), c}},
		"a late event, read since then":         {{fail("a", "e3", 3), n}, {fail("b", "e1", 1), c}, {byEvent(fail("a", "e2", 2)), s}},
		"two events in one second":              {{byEvent(fail("a", "e1", 1)), n}, {byEvent(fail("b", "e2", 1)), c}},
		"events without an ID":                  {{byEvent(fail("a", "", 1)), n}, {byEvent(fail("b", "", 2)), c}},
		"the event that was put right by state": {{byEvent(fail("stopped for a while", "e1", 1)), n}, {told(finding.Pass, "", "e1", 1), r}, {byEvent(fail("stopped for a while", "e1", 1)), s}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var prev *ledger.Entry
			for i, step := range steps {
				now := noon.Add(time.Duration(i) * time.Hour)
				entry, got := ledger.Next(prev, step.f, now)
				if got != step.want {
					t.Fatalf("step %d: %s, want %s", i, got, step.want)
				}
				holds(t, prev, entry, got, now)
				if got != none {
					prev = &entry
				}
			}
		})
	}
}

// holds checks what is true of every step.
func holds(t *testing.T, prev *ledger.Entry, e ledger.Entry, got ledger.Transition, now time.Time) {
	t.Helper()
	moved := got != ledger.Same && got != ledger.None
	revision := 0
	if prev != nil {
		revision = prev.Revision
	}
	switch {
	case moved && (e.Revision != revision+1 || e.Transition != got || e.Since != now || e.Last != now):
		t.Errorf("%s led to %+v", got, e)
	case got == ledger.Same && (e.Revision != revision || e.Transition != prev.Transition || e.Since != prev.Since || e.Open != prev.Open):
		t.Errorf("same led from %+v to %+v", *prev, e)
	case moved && e.Open != (got != ledger.Resolved):
		t.Errorf("%s: open is %v", got, e.Open)
	case moved && (e.ResolvedBy != nil) != (got == ledger.Resolved):
		t.Errorf("%s: resolved by %v", got, e.ResolvedBy)
	case got == ledger.New && e.First != now, moved && got != ledger.New && e.First != prev.First:
		t.Errorf("%s: first is %v", got, e.First)
	case moved && (e.DueAnnouncement() != true || e.DueOrder() != (e.Open && e.Finding.Outcome == finding.Fail)):
		t.Errorf("%s: due are announcement %v, order %v", got, e.DueAnnouncement(), e.DueOrder())
	}
}

func TestNextKeepsWhatWasWrong(t *testing.T) {
	t.Parallel()
	wrong, right := fail("a", "e1", 1), pass("e2", 2)
	first, _ := ledger.Next(nil, wrong, noon)
	first.Ordered, first.Announced = 1, 1
	got, _ := ledger.Next(&first, right, noon.Add(time.Hour))
	want := ledger.Entry{
		Finding: wrong, First: noon, Last: noon.Add(time.Hour), Since: noon.Add(time.Hour), Revision: 2, Transition: ledger.Resolved,
		Ordered: 1, Announced: 1, LastEvent: "e2", LastEventTime: right.Event.Time,
		ResolvedBy: &ledger.Resolution{Event: right.Event, Actor: right.Actor},
		Steps: []ledger.Step{
			{Transition: ledger.New, Revision: 1, At: noon, Severity: wrong.Severity, Title: wrong.Title, Event: wrong.Event.Name, By: wrong.Actor.ARN},
			{Transition: ledger.Resolved, Revision: 2, At: noon.Add(time.Hour), Severity: wrong.Severity, Title: wrong.Title, Event: right.Event.Name, By: right.Actor.ARN},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

func TestNextOnTheSameKeepsWhoCausedIt(t *testing.T) {
	t.Parallel()
	first, _ := ledger.Next(nil, fail("a", "e1", 1), noon)
	got, _ := ledger.Next(&first, fail("a", "e2", 2), noon.Add(time.Minute))
	if got.Finding.Actor.Name != "e1" || got.Finding.Event.ID != "e1" || got.LastEvent != "e2" || got.Last != noon.Add(time.Minute) {
		t.Errorf("%+v", got)
	}
	if late, _ := ledger.Next(&got, byEvent(fail("b", "e1", 1)), noon.Add(time.Hour)); late.Last != got.Last {
		t.Error("a late event counts as a judgement")
	}
	if slow, _ := ledger.Next(&got, fail("a", "e2", 2), noon); slow.Last != got.Last {
		t.Error("a clock that is slow turns Last back")
	}
	until := noon.Add(time.Hour)
	got, _ = ledger.Next(&got, exempted(fail("a", "e3", 3), noon), noon)
	got, _ = ledger.Next(&got, exempted(fail("a", "e3", 3), until), noon)
	if got.Finding.Exemption == nil || !got.Finding.Exemption.Until.Equal(until) {
		t.Errorf("a longer exemption is not known: %+v", got.Finding.Exemption)
	}
}

// TestNextLetsNobodyHideBehindTheRemediator judges a finding that was first met by an event of the remediator's own.
func TestNextLetsNobodyHideBehindTheRemediator(t *testing.T) {
	t.Parallel()
	first, _ := ledger.Next(nil, as(fail("a", "ours", 1), func(f *finding.Finding) { f.Self = true }), noon)
	if again, _ := ledger.Next(&first, as(fail("a", "ours again", 2), func(f *finding.Finding) { f.Self = true }), noon); !again.Finding.Self || again.Finding.Event.ID != "ours" {
		t.Errorf("%+v", again.Finding)
	}
	if theirs, got := ledger.Next(&first, fail("a", "theirs", 2), noon); got != ledger.Same || theirs.Finding.Self || theirs.Finding.Event.ID != "theirs" || theirs.Finding.Actor.Name != "theirs" {
		t.Errorf("%s %+v", got, theirs.Finding)
	}
	swept := fail("a", "", 0)
	swept.Event, swept.Actor = nil, nil
	if by, got := ledger.Next(&first, swept, noon); got != ledger.Same || by.Finding.Self || by.Finding.Event.ID != "ours" {
		t.Errorf("%s %+v", got, by.Finding)
	}
	if late, _ := ledger.Next(&first, byEvent(fail("a", "earlier", 0)), noon); !late.Finding.Self {
		t.Error("a late event counts as another's")
	}
}

// The last transitions are kept, and no more: each reading of a resource brings them along.
func TestSteps(t *testing.T) {
	t.Parallel()
	exempted := func(f *finding.Finding) { f.Exemption = &finding.Exemption{Owner: "ann"} }
	entry, _ := ledger.Next(nil, fail("a", "e0", 0), noon)
	for i := range 20 {
		f := fail("a", fmt.Sprint("e", i+1), i+1)
		if i%2 == 0 {
			exempted(&f)
		}
		f.Basis = finding.State
		next, transition := ledger.Next(&entry, f, noon.Add(time.Duration(i+1)*time.Minute))
		if transition != ledger.Changed {
			t.Fatalf("step %d: %s", i, transition)
		}
		entry = next
	}
	steps := entry.Steps
	if len(steps) != 12 || steps[11].Revision != 21 || steps[0].Revision != 10 || steps[11].Exempted || !steps[10].Exempted || !steps[0].At.Before(steps[11].At) {
		t.Errorf("%+v", steps)
	}
	shared := entry
	one, _ := ledger.Next(&shared, pass("x", 30), noon.Add(time.Hour))
	other, _ := ledger.Next(&shared, as(fail("b", "y", 31), exempted), noon.Add(2*time.Hour))
	if one.Steps[11].Transition != ledger.Resolved || other.Steps[11].Transition != ledger.Changed || shared.Steps[11].Revision != 21 {
		t.Error("two ways on from one entry share their steps")
	}
}

// What was known and is graver now is told from what only says something else.
func TestWorse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	f := finding.Finding{Check: "c", Outcome: finding.Fail, Basis: finding.State, Severity: finding.Low, Title: "open"}
	entry, _ := ledger.Next(nil, f, now)
	for _, step := range []struct {
		severity finding.Severity
		title    string
		worse    bool
	}{{finding.High, "open", true}, {finding.High, "wide open", false}, {finding.Medium, "open", false}, {finding.Critical, "gone", true}} {
		f.Severity, f.Title = step.severity, step.title
		if entry, _ = ledger.Next(&entry, f, now); entry.Worse() != step.worse {
			t.Errorf("%s, %s: worse is %v", step.severity, step.title, entry.Worse())
		}
	}
	f.Outcome = finding.Pass
	if entry, _ = ledger.Next(&entry, f, now); entry.Worse() {
		t.Error("what is resolved is worse")
	}
}
