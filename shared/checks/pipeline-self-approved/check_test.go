package pipelineselfapproved

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// step is something that happens to the pipeline: a sample, by whom, and so many minutes after nine.
type step struct {
	sample string
	by     map[string]any
	minute int
	change map[string]any
}

func user(name string) map[string]any {
	return map[string]any{
		"type": "IAMUser", "userName": name, "arn": "arn:aws:iam::111122223333:user/" + name, "accountId": "111122223333", "accessKeyId": "ASIA0000000EXAMPLE",
		"sessionContext": map[string]any{"attributes": map[string]any{"mfaAuthenticated": "true"}},
	}
}

func session(role, name, source string) map[string]any {
	return map[string]any{
		"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/" + role + "/" + name, "accountId": "111122223333", "accessKeyId": "ASIA0000000EXAMPLE",
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::111122223333:role/" + role, "userName": role}, "sourceIdentity": source,
			"attributes": map[string]any{"mfaAuthenticated": "false"},
		},
	}
}

const (
	starts   = "codepipeline/StartPipelineExecution.json"
	approves = "codepipeline/PutApprovalResult.json"
	updates  = "codepipeline/UpdatePipeline.json"
	waits    = "codepipeline/CodePipelineActionExecutionStateChange-approval-started.json"
)

// last replays steps, remembering what the check notes, and gives what it says of the last.
func last(t *testing.T, live bool, steps []step) finding.Finding {
	t.Helper()
	past := check.Memory{Complete: live}
	for i, s := range steps {
		change := map[string]any{}
		maps.Copy(change, s.change)
		if s.by != nil {
			change["userIdentity"] = s.by
		}
		e := checktest.Sample(t, s.sample, change)
		e.Time = time.Date(2026, 11, 19, 9, s.minute, 0, 0, time.UTC)
		var who identity.Verdict
		if e.FromCloudTrail() {
			who = identity.Judge(check.Caller(e), identity.Rules{})
		}
		p := &check.Pass{Check: Check, Event: e, Actor: who, Basis: finding.Event, Past: past, Ref: Check.Target(e)}
		Check.Run(p)
		if i == len(steps)-1 {
			if len(p.Results()) != 1 {
				t.Fatalf("%+v", p.Results())
			}
			return p.Results()[0]
		}
		for _, n := range Check.Notes(e, who) {
			if n.About != p.Ref || n.Keep <= 0 || !n.At.Equal(e.Time) {
				t.Errorf("note %+v", n)
			}
			past.Notes = append(past.Notes, n)
		}
	}
	return finding.Finding{}
}

func TestStories(t *testing.T) {
	t.Parallel()
	other := map[string]any{"responseElements.pipelineExecutionId": "99999999-0000-4000-8000-000000000009"}
	for name, c := range map[string]struct {
		steps   []step
		live    finding.Outcome
		offline finding.Outcome
		says    string
	}{
		"started and approved": {
			[]step{{starts, user("alice"), 0, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}},
			finding.Fail, finding.Fail,
			"alice started the run 33334444-0000-4000-8000-000000000005 at 2026-11-19 09:00:00 UTC. PutApprovalResult was called by alice at 2026-11-19 09:09:00 UTC. Both are the same person by user or session (arn:aws:iam::111122223333:user/alice).",
		},
		"approved by another":         {[]step{{starts, user("alice"), 0, nil}, {waits, nil, 5, nil}, {approves, user("carol"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"another run of hers":         {[]step{{starts, user("alice"), 0, other}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"nobody started it":           {[]step{{waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"a machine started it":        {[]step{{"codepipeline/StartPipelineExecution-service.json", nil, 0, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"nothing is known":            {[]step{{approves, user("alice"), 9, nil}}, finding.NotApplicable, finding.NotApplicable, "Which run waited"},
		"no run is told of":           {[]step{{starts, user("alice"), 0, nil}, {approves, user("alice"), 9, nil}}, finding.NotApplicable, finding.Fail, ""},
		"and was approved":            {[]step{{starts, user("alice"), 0, nil}, {approves, user("carol"), 5, nil}, {approves, user("alice"), 9, nil}}, finding.NotApplicable, finding.NotApplicable, "Which run waited"},
		"a machine started the last":  {[]step{{starts, user("alice"), 0, nil}, {"codepipeline/StartPipelineExecution-service.json", nil, 1, nil}, {approves, user("alice"), 9, nil}}, finding.NotApplicable, finding.Pass, ""},
		"started later":               {[]step{{starts, user("alice"), 20, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"changed and approved":        {[]step{{updates, user("alice"), 0, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Fail, finding.Fail, "alice changed the definition of the pipeline at 2026-11-19 09:00:00 UTC."},
		"created and approved":        {[]step{{"codepipeline/CreatePipeline.json", user("alice"), 0, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Fail, finding.Fail, "changed the definition"},
		"reviewed since":              {[]step{{updates, user("alice"), 0, nil}, {approves, user("carol"), 2, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"reviewed before":             {[]step{{approves, user("carol"), 0, nil}, {updates, user("alice"), 2, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Fail, finding.Fail, "changed the definition"},
		"approved by her since":       {[]step{{updates, user("alice"), 0, nil}, {approves, user("alice"), 2, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Fail, finding.Fail, ""},
		"changed by another last":     {[]step{{updates, user("alice"), 0, nil}, {updates, user("carol"), 1, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"a refused change":            {[]step{{"codepipeline/UpdatePipeline-denied.json", user("alice"), 0, nil}, {waits, nil, 5, nil}, {approves, user("alice"), 9, nil}}, finding.Pass, finding.Pass, ""},
		"the same session":            {[]step{{starts, session("Admin", "bob", ""), 0, nil}, {waits, nil, 5, nil}, {approves, session("Admin", "bob", ""), 9, nil}}, finding.Fail, finding.Fail, "assumed-role/Admin/bob"},
		"another session":             {[]step{{starts, session("Admin", "bob", ""), 0, nil}, {waits, nil, 5, nil}, {approves, session("Admin", "eve", ""), 9, nil}}, finding.Pass, finding.Pass, ""},
		"the same behind other roles": {[]step{{starts, session("Admin", "a", "bob"), 0, nil}, {waits, nil, 5, nil}, {approves, session("Release", "b", "bob"), 9, nil}}, finding.Fail, finding.Fail, "by source identity (bob)"},
		"the same permission sets' user": {[]step{
			{starts, session("AWSReservedSSO_Dev_0123456789abcdef", "carol", ""), 0, nil},
			{waits, nil, 5, nil},
			{approves, session("AWSReservedSSO_Release_0123456789abcdef", "carol", ""), 9, nil},
		}, finding.Fail, finding.Fail, "Identity Center carol"},
		"a machine approves":     {[]step{{starts, user("alice"), 0, nil}, {waits, nil, 5, nil}, {"codepipeline/PutApprovalResult-machine.json", nil, 9, nil}}, finding.NotApplicable, finding.NotApplicable, "pipeline-approved-by-machine"},
		"another approval of it": {[]step{{starts, user("alice"), 0, nil}, {waits, nil, 5, map[string]any{"action": "Second"}}, {approves, user("alice"), 9, nil}}, finding.NotApplicable, finding.Fail, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for live, want := range map[bool]finding.Outcome{true: c.live, false: c.offline} {
				got := last(t, live, c.steps)
				if got.Outcome != want || !strings.Contains(got.Detail, c.says) {
					t.Errorf("live %v: %s, want %s: %s", live, got.Outcome, want, got.Detail)
				}
			}
		})
	}
}

// TestSilentOnTheRest holds that what is only remembered is not judged, and that no note comes of what tells nothing.
func TestSilentOnTheRest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{starts, updates, waits} {
		e := checktest.Sample(t, name, nil)
		p := &check.Pass{Check: Check, Event: e, Ref: Check.Target(e)}
		Check.Run(p)
		if len(p.Results()) > 0 {
			t.Errorf("%s: %+v", name, p.Results())
		}
	}
	e := checktest.Sample(t, "codepipeline/StartPipelineExecution-service.json", nil)
	if got := Check.Notes(e, identity.Judge(check.Caller(e), identity.Rules{})); len(got) != 1 || got[0].Key != nobodys || got[0].Text != "{}" {
		t.Errorf("a machine's start is kept for each run: %+v", got)
	}
	for name, change := range map[string]map[string]any{
		starts:   {"responseElements": nil},
		updates:  {"requestParameters": nil, "responseElements": nil},
		approves: {"requestParameters.result.status": "Rejected"},
		waits:    {"execution-id": nil},
	} {
		e := checktest.Sample(t, name, change)
		if got := Check.Notes(e, identity.Judge(check.Caller(e), identity.Rules{})); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzNotes(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codepipeline/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		who := identity.Judge(check.Caller(e), identity.Rules{})
		p := &check.Pass{Check: Check, Event: e, Actor: who, Ref: Check.Target(e), Past: check.Memory{Notes: Check.Notes(e, who)}}
		Check.Run(p)
		for _, n := range p.Past.Notes {
			if n.About.Kind != "pipeline" || n.Topic == "" || n.Key == "" {
				t.Fatalf("%+v", n)
			}
		}
	})
}
