package deliverychangedenied

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// step is a refused call so many minutes after nine.
type step struct {
	sample string
	minute int
	change map[string]any
}

var own = check.Own{Prefixes: []string{"pipewarden-"}}

// last replays steps, remembering what the check notes, and gives what it says of the last.
func last(t *testing.T, steps []step) finding.Finding {
	t.Helper()
	past := map[resource.Ref][]check.Note{}
	for i, s := range steps {
		e := checktest.Sample(t, s.sample, s.change)
		e.Time = time.Date(2026, 11, 19, 9, s.minute, 0, 0, time.UTC)
		if e.ID = fmt.Sprint("step ", i); s.change["eventID"] != nil {
			e.ID = e.Detail.String("eventID")
		}
		who := identity.Judge(check.Caller(e), identity.Rules{})
		p := &check.Pass{Check: Check, Event: e, Actor: who, Basis: finding.Event, Ref: Check.Target(e), Own: own}
		p.Past.Notes = past[p.Ref]
		Check.Run(p)
		if i == len(steps)-1 {
			return p.Results()[0]
		}
		for _, n := range Check.Notes(e, who) {
			if n.About != p.Ref || !n.At.Equal(e.Time) || n.Keep <= 0 {
				t.Errorf("%+v", n)
			}
			past[n.About] = append(slices.DeleteFunc(slices.Clone(past[n.About]), func(old check.Note) bool { return old.Key == n.Key }), n)
		}
	}
	return finding.Finding{}
}

func TestStories(t *testing.T) {
	t.Parallel()
	const project, trail, key = "codebuild/UpdateProject-denied.json", "cloudtrail/StopLogging-denied.json", "kms/PutKeyPolicy-denied.json"
	mallory := checktest.Sample(t, project, nil).Detail["userIdentity"]
	by := func(more map[string]any) map[string]any {
		more["userIdentity"] = mallory
		return more
	}
	other := map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "userName": "eve", "arn": "arn:aws:iam::111122223333:user/eve", "accountId": "111122223333"}}
	rule := by(map[string]any{"requestParameters": map[string]any{"name": "pipewarden-codebuild"}, "errorCode": "AccessDeniedException"})
	stack := by(map[string]any{"requestParameters": map[string]any{"stackName": "pipewarden"}, "errorCode": "AccessDenied"})
	lost := by(map[string]any{
		"requestParameters": nil, "errorCode": "AccessDenied",
		"errorMessage": "User: x is not authorized to perform: events:DisableRule on resource: arn:aws:events:eu-west-1:111122223333:rule/pipewarden-iam because no policy allows it",
	})
	foreign := by(map[string]any{"requestParameters": map[string]any{"name": "nightly"}, "errorCode": "AccessDeniedException"})
	for name, c := range map[string]struct {
		steps []step
		want  finding.Outcome
		says  string
	}{
		"three within an hour":                {[]step{{project, 0, nil}, {project, 30, nil}, {project, 59, nil}}, finding.Fail, "at least 3 calls of this caller were refused"},
		"two":                                 {[]step{{project, 0, nil}, {project, 30, nil}}, finding.NotApplicable, "It is refusal 2 within an hour"},
		"three in more":                       {[]step{{project, 0, nil}, {project, 30, nil}, {project, 60, nil}}, finding.NotApplicable, "refusal 2"},
		"one told late":                       {[]step{{project, 0, nil}, {project, 70, nil}, {project, 50, nil}}, finding.NotApplicable, "refusal 2"},
		"the middle told last":                {[]step{{project, 0, nil}, {project, 50, nil}, {project, 20, nil}}, finding.Fail, ""},
		"by two callers":                      {[]step{{project, 0, other}, {project, 10, other}, {project, 20, nil}}, finding.NotApplicable, "refusal 1"},
		"of different services":               {[]step{{project, 0, nil}, {trail, 10, by(map[string]any{})}, {"codepipeline/UpdatePipeline-denied.json", 20, by(map[string]any{})}}, finding.Fail, ""},
		"the same event again":                {[]step{{project, 0, map[string]any{"eventID": "x"}}, {project, 0, map[string]any{"eventID": "x"}}, {project, 0, map[string]any{"eventID": "x"}}}, finding.NotApplicable, ""},
		"the second told twice":               {[]step{{project, 0, map[string]any{"eventID": "x"}}, {project, 9, map[string]any{"eventID": "y"}}, {project, 9, map[string]any{"eventID": "y"}}}, finding.NotApplicable, "refusal 2"},
		"on the auditor's stack":              {[]step{{"cloudformation/DeleteStack.json", 0, stack}, {"cloudformation/DeleteStack.json", 1, stack}, {"cloudformation/DeleteStack.json", 2, stack}}, finding.Fail, ""},
		"on the auditor's rules":              {[]step{{"events/DisableRule.json", 0, rule}, {"events/DisableRule.json", 1, lost}, {"events/DisableRule.json", 2, rule}}, finding.Fail, ""},
		"on somebody's rules":                 {[]step{{"events/DisableRule.json", 0, foreign}, {"events/DisableRule.json", 1, foreign}, {"events/DisableRule.json", 2, foreign}}, finding.NotApplicable, "nothing that belongs to delivery"},
		"on somebody's, and then one of ours": {[]step{{"events/DisableRule.json", 0, foreign}, {"events/DisableRule.json", 1, foreign}, {project, 2, nil}}, finding.NotApplicable, "refusal 1"},
		"on somebody's key":                   {[]step{{key, 0, nil}, {key, 1, nil}, {key, 2, nil}}, finding.NotApplicable, "nothing that belongs to delivery"},
		"by a service":                        {[]step{{project, 0, map[string]any{"userIdentity": map[string]any{"type": "AWSService", "invokedBy": "codepipeline.amazonaws.com"}}}}, finding.NotApplicable, "a service acted"},
		"by nobody":                           {[]step{{project, 0, map[string]any{"userIdentity": nil}}}, finding.NotApplicable, "No caller is shown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := last(t, c.steps)
			if got.Outcome != c.want || !strings.Contains(got.Detail, c.says) {
				t.Errorf("%s: %s", got.Outcome, got.Detail)
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const project = "codebuild/UpdateProject-denied.json"
	three := []step{{project, 0, nil}, {project, 30, nil}, {project, 50, nil}}
	f, fourth := last(t, three), last(t, append(three, step{project, 55, nil}))
	if f.Once != "2026-11-19T09" || f.Once != fourth.Once || f.Digest() != fourth.Digest() {
		t.Errorf("the fourth is told as news: %q %q", f.Detail, fourth.Detail)
	}
	if f.ByHand != "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=mallory --region eu-west-1" ||
		f.Resource.Kind != "principal" || f.Resource.ID != "arn:aws:sts::111122223333:assumed-role/Developer/mallory" {
		t.Errorf("%q %+v", f.ByHand, f.Resource)
	}
	if want := (finding.Fact{Label: "Refused", Value: "UpdateProject (codebuild), 09:30:00 UTC"}); len(f.Facts) != 4 || f.Facts[1] != want {
		t.Errorf("%+v", f.Facts)
	}
}

// TestSelectors holds that only refused calls wake the check, on the services that it is for.
func TestSelectors(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"codebuild/UpdateProject-denied.json": true, "codepipeline/UpdatePipeline-denied.json": true, "cloudtrail/StopLogging-denied.json": true,
		"iam/UpdateAssumeRolePolicy-denied.json": true, "kms/PutKeyPolicy-denied.json": true,
		"s3/PutBucketPolicy-denied.json": true,
		"codebuild/UpdateProject.json":   false, "codebuild/UpdateProject-throttled.json": false, "codepipeline/UpdatePipeline-error-in-response.json": false,
		"s3/PutBucketAcl-denied.json": false,
	} {
		e := checktest.Sample(t, name, nil)
		if got := slices.ContainsFunc(Check.Wakes(), func(s event.Selector) bool { return s.Matches(e) }); got != want {
			t.Errorf("%s: woken %v, want %v", name, got, want)
		}
	}
}

// TestMemoryIsBounded holds that a loop which is refused all day does not fill the memory.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for i := range 5000 {
		keys[slot(fmt.Sprint(i))] = true
	}
	if len(keys) > 256 {
		t.Errorf("%d places", len(keys))
	}
	e := checktest.Sample(t, "events/DisableRule.json", map[string]any{"requestParameters": map[string]any{"name": strings.Repeat("x", longest+1)}, "errorCode": "AccessDenied"})
	if got := names(e); len(got) > 0 {
		t.Errorf("a name of %d bytes is kept", len(got[0]))
	}
}

func FuzzNotes(f *testing.F) {
	for name, raw := range events.All() {
		if strings.Contains(name, "denied") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		who := identity.Judge(check.Caller(e), identity.Rules{})
		p := &check.Pass{Check: Check, Event: e, Actor: who, Ref: Check.Target(e), Own: own, Past: check.Memory{Notes: Check.Notes(e, who)}}
		Check.Run(p)
		for _, n := range p.Past.Notes {
			if n.About.Kind != kind || len(n.Key) != 2 || len(n.Text) > 2*mostNames*longest*6 {
				t.Fatalf("%+v", n)
			}
		}
	})
}

func attempts(minutes ...int) []attempt {
	var all []attempt
	for _, m := range minutes {
		all = append(all, attempt{Event: fmt.Sprint(m), at: time.Date(2026, 11, 19, 9, m, 0, 0, time.UTC)})
	}
	return all
}

// TestLongestSpan holds that refusals an hour apart are two, and that of equal spans the latest is told.
func TestLongestSpan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minutes []int
		event   string
		want    string
	}{
		{[]int{0, 59}, "0", "0 59"},
		{[]int{0, 60}, "60", "60"},
		{[]int{0, 60}, "0", "0"},
		{[]int{0, 30, 70}, "30", "30 70"},
		{[]int{0, 10, 20, 75}, "75", "20 75"},
	} {
		var got []string
		for _, a := range longestSpan(attempts(c.minutes...), c.event) {
			got = append(got, a.Event)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v, %s: %v, want %s", c.minutes, c.event, got, c.want)
		}
	}
}

func TestPrincipal(t *testing.T) {
	t.Parallel()
	const sample = "codebuild/UpdateProject-denied.json"
	longestARN := strings.Repeat("a", 2048)
	for arn, want := range map[string]string{longestARN: "principal", longestARN + "a": "account", "a\u001b[31m": "account", "": "account"} {
		if got := principal(checktest.Sample(t, sample, map[string]any{"userIdentity.arn": arn})); got.Kind != want {
			t.Errorf("%d bytes: %s", len(arn), got.Kind)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	var all []any
	for i := range 12 {
		all = append(all, fmt.Sprint("pipewarden-", i))
	}
	e := checktest.Sample(t, "events/DisableRule.json", map[string]any{"requestParameters": map[string]any{"names": all}, "errorCode": "AccessDenied"})
	if got := names(e); len(got) != 10 {
		t.Errorf("%d names", len(got))
	}
	name := strings.Repeat("x", 2048)
	e = checktest.Sample(t, "events/DisableRule.json", map[string]any{"requestParameters": map[string]any{"name": name}, "errorCode": "AccessDenied"})
	if got := names(e); len(got) != 1 {
		t.Errorf("the longest name: %d names", len(got))
	}
}

// TestNotes holds whose refusals are remembered, of what, and for how long.
func TestNotes(t *testing.T) {
	t.Parallel()
	denied := checktest.Sample(t, "codebuild/UpdateProject-denied.json", nil)
	if got := notes(denied, identity.Verdict{Row: 4}); len(got) != 1 || got[0].Keep != 2*time.Hour {
		t.Errorf("%+v", got)
	}
	if got := notes(denied, identity.Verdict{Row: 3}); len(got) > 0 {
		t.Errorf("of the auditor: %+v", got)
	}
	nobody := checktest.Sample(t, "codebuild/UpdateProject-denied.json", map[string]any{"userIdentity": nil})
	if got := notes(nobody, identity.Verdict{Row: 4}); len(got) > 0 {
		t.Errorf("of nobody: %+v", got)
	}
	other := checktest.Sample(t, "codebuild/UpdateProject-denied.json", map[string]any{"eventSource": "events.amazonaws.com", "eventName": "DisableRule", "requestParameters": nil, "errorMessage": nil})
	if got := notes(other, identity.Verdict{Row: 4}); len(got) > 0 {
		t.Errorf("of a call on nothing that is named: %+v", got)
	}
}

// TestSure: a call is known by its service and its name together.
func TestSure(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]bool{"codebuild.amazonaws.com UpdateProject": true, "codebuild.amazonaws.com DisableRule": false, "events.amazonaws.com UpdateProject": false} {
		service, name, _ := strings.Cut(call, " ")
		e := checktest.Sample(t, "codebuild/UpdateProject-denied.json", map[string]any{"eventSource": service, "eventName": name})
		if got := attemptOf(e).Sure; got != want {
			t.Errorf("%s: %v", call, got)
		}
	}
}

// TestFew: of many refusals the last ones are shown.
func TestFew(t *testing.T) {
	t.Parallel()
	var steps []step
	for minute := range 14 {
		steps = append(steps, step{"codebuild/UpdateProject-denied.json", minute, nil})
	}
	shown := 0
	for _, fact := range last(t, steps).Facts {
		if fact.Label == "Refused" {
			shown++
		}
	}
	if shown != 10 {
		t.Errorf("%d are shown", shown)
	}
}

// TestRows holds a person's refusal apart from those of services and of the auditor.
func TestRows(t *testing.T) {
	t.Parallel()
	for row, want := range map[int]string{3: "a service acted on its own", 4: "It is refusal 1"} {
		e := checktest.Sample(t, "codebuild/UpdateProject-denied.json", nil)
		p := &check.Pass{Check: Check, Event: e, Actor: identity.Verdict{Row: row}, Basis: finding.Event, Ref: Check.Target(e), Own: own}
		Check.Run(p)
		if got := p.Results(); len(got) != 1 || !strings.Contains(got[0].Detail, want) {
			t.Errorf("row %d: %+v", row, got)
		}
	}
}
