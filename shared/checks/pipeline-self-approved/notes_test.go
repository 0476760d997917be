package pipelineselfapproved

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

// TestPersonOf: behind what a service or the auditor does on its own is nobody.
func TestPersonOf(t *testing.T) {
	t.Parallel()
	alice := identity.Actor{Type: "IAMUser", ARN: "arn:aws:iam::111122223333:user/alice"}
	for name, c := range map[string]struct {
		by   identity.Verdict
		want person
	}{
		"the last row of nobody":    {identity.Verdict{Row: 3, Actor: alice}, person{}},
		"the first of somebody":     {identity.Verdict{Row: 4, Actor: alice}, person{ID: alice.ARN}},
		"a record without a caller": {identity.Verdict{Row: 4, Actor: identity.Actor{ARN: alice.ARN}}, person{}},
	} {
		if got := personOf(c.by); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other person
		want       string
	}{
		{person{ID: "a", Source: "s"}, person{ID: "a"}, "user or session (a)"},
		{person{ID: "a", Source: "s"}, person{ID: "b", Source: "s"}, "source identity (s)"},
		{person{ID: "a", Source: "s"}, person{ID: "b", Source: "r"}, ""},
		{person{}, person{}, ""},
	} {
		if got := c.one.same(c.other); got != c.want {
			t.Errorf("%+v and %+v: %q, want %q", c.one, c.other, got, c.want)
		}
	}
}

// TestKeep holds for how long each is remembered.
func TestKeep(t *testing.T) {
	t.Parallel()
	for sample, days := range map[string]int{starts: 15, waits: 8, updates: 365, approves: 365} {
		e := checktest.Sample(t, sample, nil)
		got := Check.Notes(e, identity.Judge(check.Caller(e), identity.Rules{}))
		if len(got) != 1 || got[0].Keep != time.Duration(days)*24*time.Hour {
			t.Errorf("%s: %+v", sample, got)
		}
	}
}

func TestApprovedSince(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 19, 9, minute, 0, 0, time.UTC) }
	e := checktest.Sample(t, approves, nil)
	e.Time = at(20)
	for _, c := range []struct {
		key    string
		minute int
		want   bool
	}{
		{"Stage/Ask x", 15, true},
		{"Stage/Ask", 15, false},
		{"S", 15, false},
		{"Stage/Other x", 15, false},
		{"Stage/Ask x", 10, false},
		{"Stage/Ask x", 20, false},
		{"Stage/Ask x", 25, false},
	} {
		p := &check.Pass{Check: Check, Event: e, Past: check.Memory{Notes: []check.Note{{Topic: topicApproved, Key: c.key, At: at(c.minute)}}}}
		if got := approvedSince(p, "Stage/Ask", at(10)); got != c.want {
			t.Errorf("%s at %d: %v", c.key, c.minute, got)
		}
	}
}

// TestHostileRun: a run with an odd name is told, but not by its name.
func TestHostileRun(t *testing.T) {
	t.Parallel()
	wait := step{waits, nil, 5, map[string]any{"execution-id": "x;y"}}
	got := last(t, true, []step{{starts, user("alice"), 0, map[string]any{"responseElements.pipelineExecutionId": "x;y"}}, wait, {approves, user("alice"), 9, nil}})
	if got.Outcome != finding.Fail || strings.Contains(got.Detail, "x;y") || !strings.Contains(got.Detail, "alice started the run at ") {
		t.Errorf("%s: %s", got.Outcome, got.Detail)
	}
	if got = last(t, true, []step{wait, {approves, user("alice"), 9, nil}}); got.Outcome != finding.Pass {
		t.Errorf("%s: %s", got.Outcome, got.Detail)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	start := step{starts, user("alice"), 0, nil}
	const label = "Approval"
	for name, c := range map[string]struct {
		change map[string]any
		want   bool
	}{"names": {nil, true}, "an odd action": {map[string]any{"requestParameters.actionName": "a;b"}, false}, "an odd stage": {map[string]any{"requestParameters.stageName": "a;b"}, false}} {
		got := last(t, false, []step{start, {approves, user("alice"), 9, c.change}})
		if has := slices.ContainsFunc(got.Facts, func(f finding.Fact) bool { return f.Label == label }); has != c.want || got.Outcome != finding.Fail {
			t.Errorf("%s: %s %+v", name, got.Outcome, got.Facts)
		}
		if !strings.HasPrefix(got.ByHand, "aws codepipeline list-action-executions --pipeline-name "+got.Resource.ID+" --region ") {
			t.Errorf("%s: by hand %q", name, got.ByHand)
		}
	}
}
