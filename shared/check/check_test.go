package check_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const doc = `# A door is open

## Why it matters

People come in,
and go.

They take things.

## What fails it

An open door.

### In detail

Wide open.

## How to fix it

Close it.

## False alarms

A shop.

## Sources

Experience.
`

var (
	ref   = resource.Ref{Kind: "door", ID: "front", Account: "111122223333", Region: "eu-west-1"}
	opens = event.Calls("doors.amazonaws.com", "OpenDoor")
	locks = event.Calls("doors.amazonaws.com", "LockDoor")
)

func whole() *check.Check {
	return &check.Check{
		ID: "door-open", Doc: doc, Severity: finding.Medium, Reads: &resource.Kind[string]{Name: "door", Changed: []event.Selector{opens}},
		Controls: []check.Control{{Framework: "SOC 2", Version: "2017", ID: "CC6.1", Source: "read 2026-11-01"}},
		Remedies: []string{"door-close", "door-remove"}, Run: func(*check.Pass) {},
	}
}

func TestDoc(t *testing.T) {
	t.Parallel()
	c := whole()
	if c.Title() != "A door is open" || c.Why() != "People come in, and go." {
		t.Errorf("title %q, why %q", c.Title(), c.Why())
	}
	for name, want := range map[string]string{
		"Why it matters": "People come in,\nand go.\n\nThey take things.", "What fails it": "An open door.\n\n### In detail\n\nWide open.",
		"Sources": "Experience.", "In detail": "", "Why it": "", "": "", "A door is open": "",
	} {
		if got := c.Section(name); got != want {
			t.Errorf("section %q: %q, want %q", name, got, want)
		}
	}
	c.Doc = "# Headings only\n\n## Why it matters\n## What fails it\n\n## Sources\nHere.\n"
	for name, want := range map[string]string{"Why it matters": "", "What fails it": "", "Sources": "Here."} {
		if got := c.Section(name); got != want {
			t.Errorf("section %q of headings: %q, want %q", name, got, want)
		}
	}
	c.Doc = ""
	if c.Title() != "" || c.Why() != "" || c.Section("Sources") != "" {
		t.Error("a text out of nothing")
	}
}

func TestWakes(t *testing.T) {
	t.Parallel()
	c := whole()
	c.On = make([]event.Selector, 1, 8)
	c.On[0] = locks
	names := func(selectors []event.Selector) (all []string) {
		for _, s := range selectors {
			all = append(all, s.Detail["eventName"]...)
		}
		return all
	}
	if got := names(c.Wakes()); !slices.Equal(got, []string{"LockDoor", "OpenDoor"}) {
		t.Errorf("woken by %v", got)
	}
	if spare := c.On[:2]; spare[1].DetailType != "" {
		t.Error("the check's own list was written to")
	}
	if c.Judges() != "door" {
		t.Errorf("judges %s", c.Judges())
	}
	c.Reads = nil
	if got := names(c.Wakes()); !slices.Equal(got, []string{"LockDoor"}) || c.Judges() != "event" {
		t.Errorf("woken by %v, judges %s", got, c.Judges())
	}
}

func pass(c *check.Check) *check.Pass {
	return &check.Pass{
		Check: c, Ref: ref, Basis: finding.State, State: "open",
		Event: &event.Event{
			ID: "e-1", Source: "aws.doors", DetailType: event.APICall, Time: time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC),
			Detail: event.Fields{"eventName": "OpenDoor", "eventSource": "doors.amazonaws.com"},
		},
		Actor: identity.Verdict{
			Actor: identity.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
			MFA:   identity.Disproven, Row: 8, Reason: "It was opened without MFA.",
		},
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	p := pass(whole())
	p.Fail(check.Report{
		Title: "front is open", Detail: "It stands open.", Facts: []finding.Fact{{Label: "state", Value: "open"}}, Path: []string{"house", "door"},
		Would: "Close it.", ByHand: "push", Once: "e-1",
		Harsher: map[string]string{"door-remove": "Take it out.", "door-burn": "No remedy of the check."},
	})
	want := []finding.Finding{{
		Check: "door-open", Outcome: finding.Fail, Severity: finding.Medium, Basis: finding.State, Title: "front is open", Detail: "It stands open.",
		Resource: finding.Resource(ref), Remedy: "door-close", Harsher: []finding.Alternative{{Remedy: "door-remove", Would: "Take it out."}}, Once: "e-1", Why: "People come in, and go.",
		Actor: &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 8, Reason: "It was opened without MFA."},
		Event: &finding.Cause{ID: "e-1", Name: "OpenDoor", Source: "doors.amazonaws.com", Time: time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)},
		Facts: []finding.Fact{{Label: "state", Value: "open"}}, Path: []string{"house", "door"}, Would: "Close it.", ByHand: "push",
	}}
	if diff := cmp.Diff(want, p.Results()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestFailMarksWhatIsSaidAside(t *testing.T) {
	t.Parallel()
	p := check.Pass{Check: &check.Check{ID: "a"}, Past: check.Memory{Used: []resource.Use{{User: resource.Ref{ID: "web"}, As: "artifact store"}}}}
	aside := resource.UsedBy(p.Past.Used)
	p.Fail(check.Report{Title: "bucket b" + aside + " is public"})
	p.Fail(check.Report{Title: "bucket b is public"})
	for i, want := range []string{" (artifact store of web)", ""} {
		if got := p.Results()[i].Aside; got != want {
			t.Errorf("%q is aside, want %q", got, want)
		}
	}
}

func TestFailVaries(t *testing.T) {
	t.Parallel()
	grave := finding.Critical
	other := resource.Ref{Kind: "lock", ID: "yale"}
	for name, test := range map[string]struct {
		report check.Report
		change func(*check.Pass)
		holds  func(finding.Finding) bool
	}{
		"graver":                {check.Report{Severity: &grave}, nil, func(f finding.Finding) bool { return f.Severity == finding.Critical }},
		"no remedy fits":        {check.Report{NoRemedy: true}, nil, func(f finding.Finding) bool { return f.Remedy == "" }},
		"no remedy is known":    {check.Report{}, func(p *check.Pass) { p.Check.Remedies = nil }, func(f finding.Finding) bool { return f.Remedy == "" }},
		"about another":         {check.Report{About: &other}, nil, func(f finding.Finding) bool { return f.Resource == finding.Resource(other) }},
		"rests on the event":    {check.Report{OnEvent: true}, nil, func(f finding.Finding) bool { return f.Basis == finding.Event }},
		"in a sweep":            {check.Report{}, func(p *check.Pass) { p.Event = nil }, func(f finding.Finding) bool { return f.Event == nil && f.Actor == nil && f.MFA == nil }},
		"nobody was judged":     {check.Report{}, func(p *check.Pass) { p.Actor = identity.Verdict{} }, func(f finding.Finding) bool { return f.Event != nil && f.Actor == nil && f.MFA == nil }},
		"a service's own event": {check.Report{}, func(p *check.Pass) { p.Event.DetailType, p.Event.Detail = "Door Slam", nil }, func(f finding.Finding) bool { return f.Event.Name == "Door Slam" && f.Event.Source == "aws.doors" }},
	} {
		p := pass(whole())
		if test.change != nil {
			test.change(p)
		}
		p.Fail(test.report)
		if results := p.Results(); len(results) != 1 || !test.holds(results[0]) {
			t.Errorf("%s: %+v", name, results)
		}
	}
}

func TestOtherOutcomes(t *testing.T) {
	t.Parallel()
	p := pass(whole())
	p.OK()
	p.Unknown("The lock", errors.New("access denied"))
	p.Skip("It is a window.")
	results := p.Results()
	for i, want := range []struct {
		outcome finding.Outcome
		detail  string
	}{{finding.Pass, ""}, {finding.Unknown, "The lock is not known: access denied"}, {finding.NotApplicable, "It is a window."}} {
		got := results[i]
		if got.Outcome != want.outcome || got.Detail != want.detail || got.Title != "A door is open" || got.Remedy != "" || got.Resource != finding.Resource(ref) {
			t.Errorf("%s: %+v", want.outcome, got)
		}
	}
	// All three are filed under the key of the failure, so that they resolve it.
	p.Fail(check.Report{Title: "front is open"})
	for _, f := range p.Results() {
		if f.Key() != results[0].Key() {
			t.Errorf("%s has a key of its own", f.Outcome)
		}
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	p := pass(whole())
	if check.State[string](p) != "open" {
		t.Error("the state is another")
	}
	defer func() {
		if broken, _ := recover().(string); broken != "check door-open asks for int and was given string" {
			t.Errorf("panic %q", broken)
		}
	}()
	check.State[int](p)
}

func TestOffline(t *testing.T) {
	t.Parallel()
	p := pass(whole())
	if p.Offline() {
		t.Error("the state was read")
	}
	p.Basis = finding.Event
	if !p.Offline() {
		t.Error("only the event speaks")
	}
	p.Check.Reads = nil
	if p.Offline() {
		t.Error("the event is all that an act takes")
	}
}

func TestCaller(t *testing.T) {
	t.Parallel()
	user := map[string]any{"type": "IAMUser"}
	e := &event.Event{Detail: event.Fields{
		"userIdentity": user, "eventType": "AwsApiCall", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli", "sessionCredentialFromConsole": "true",
	}}
	want := identity.Call{UserIdentity: user, EventType: "AwsApiCall", SourceIP: "203.0.113.7", UserAgent: "aws-cli", FromConsole: true}
	if diff := cmp.Diff(want, check.Caller(e)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, detail := range []event.Fields{nil, {}, {"userIdentity": "alice", "eventType": []any{}, "sessionCredentialFromConsole": "perhaps"}} {
		if diff := cmp.Diff(identity.Call{}, check.Caller(&event.Event{Detail: detail})); diff != "" {
			t.Errorf("%v:\n%s", detail, diff)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := check.Validate([]*check.Check{whole()}); err != nil {
		t.Errorf("a whole check: %v", err)
	}
	if err := check.Validate(nil); err != nil {
		t.Errorf("no checks: %v", err)
	}
	for name, test := range map[string]struct {
		change func(*check.Check)
		want   string
	}{
		"no ID":                     {func(c *check.Check) { c.ID = "" }, "check : the ID is not kebab-case"},
		"capitals":                  {func(c *check.Check) { c.ID = "Door" }, "check Door: the ID is not kebab-case"},
		"a hyphen at the end":       {func(c *check.Check) { c.ID = "door-" }, "check door-: the ID is not kebab-case"},
		"two hyphens":               {func(c *check.Check) { c.ID = "door--open" }, "check door--open: the ID is not kebab-case"},
		"a digit first":             {func(c *check.Check) { c.ID = "2doors" }, "check 2doors: the ID is not kebab-case"},
		"two lines":                 {func(c *check.Check) { c.ID = "door\nopen" }, "check door\nopen: the ID is not kebab-case"},
		"no Run":                    {func(c *check.Check) { c.Run = nil }, "check door-open: no Run"},
		"nothing wakes it":          {func(c *check.Check) { c.Reads = nil }, "check door-open: nothing wakes it"},
		"no control":                {func(c *check.Check) { c.Controls = nil }, "check door-open: no control is mapped"},
		"a control without version": {func(c *check.Check) { c.Controls[0].Version = "" }, "check door-open: a control lacks framework, version, id or source"},
		"a control without source":  {func(c *check.Check) { c.Controls[0].Source = "" }, "check door-open: a control lacks framework, version, id or source"},
		"no title":                  {func(c *check.Check) { c.Doc = strings.TrimPrefix(doc, "# ") }, "check door-open: doc.md does not begin with a title"},
		"a title of the second rank": {
			func(c *check.Check) { c.Doc = "#" + doc },
			"check door-open: doc.md does not begin with a title",
		},
		"no sources":       {func(c *check.Check) { c.Doc = strings.Replace(doc, "## Sources", "## Links", 1) }, "check door-open: doc.md has no section Sources, or an empty one"},
		"an empty section": {func(c *check.Check) { c.Doc = strings.Replace(doc, "A shop.", "", 1) }, "check door-open: doc.md has no section False alarms, or an empty one"},
		"another order": {func(c *check.Check) {
			c.Doc = "# T\n\n## Sources\n\nx\n\n" + strings.Replace(strings.TrimPrefix(doc, "# A door is open\n"), "## Sources", "## More", 1)
		}, "check door-open: section Sources of doc.md is out of its place"},
		"no detail type":       {func(c *check.Check) { c.On = []event.Selector{{Source: "aws.doors"}} }, "check door-open: a selector without a detail type"},
		"none of its resource": {func(c *check.Check) { c.Reads = &resource.Kind[string]{Name: "door", Changed: []event.Selector{{}}} }, "check door-open: a selector without a detail type"},
	} {
		c := whole()
		test.change(c)
		err := check.Validate([]*check.Check{c})
		if err == nil || !strings.Contains("\n"+err.Error()+"\n", "\n"+test.want+"\n") {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// Everything that is wrong is told at once, with the check it is wrong with.
func TestValidateTellsEverything(t *testing.T) {
	t.Parallel()
	err := check.Validate([]*check.Check{whole(), {ID: "Empty"}, whole()})
	const want = `check Empty: the ID is not kebab-case
check Empty: no Run
check Empty: nothing wakes it
check Empty: no control is mapped
check Empty: doc.md does not begin with a title
check Empty: doc.md has no section Why it matters, or an empty one
check Empty: doc.md has no section What fails it, or an empty one
check Empty: doc.md has no section How to fix it, or an empty one
check Empty: doc.md has no section False alarms, or an empty one
check Empty: doc.md has no section Sources, or an empty one
check door-open: defined twice`
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestSectionsAreACopy(t *testing.T) {
	t.Parallel()
	want := []string{"Why it matters", "What fails it", "How to fix it", "False alarms", "Sources"}
	got := check.Sections()
	if !slices.Equal(got, want) {
		t.Errorf("sections %v", got)
	}
	got[0] = "x"
	if !slices.Equal(check.Sections(), want) {
		t.Error("a caller changes the list for all")
	}
}

func TestProduction(t *testing.T) {
	t.Parallel()
	o := check.Options{ProductionStages: []string{"*prod*", "Live", "eu-*-release"}}
	for stage, want := range map[string]bool{
		"Prod": true, "DeployPRODUCTION": true, "live": true, "Live2": false, "EU-west-Release": true, "eu-release": false, "Staging": false, "": false,
	} {
		if o.Production(stage) != want {
			t.Errorf("%q: want %v", stage, want)
		}
	}
}

func TestWhatCouldNotBeLookedAtIsNeverTooMildToTell(t *testing.T) {
	t.Parallel()
	for severity, want := range map[finding.Severity]finding.Severity{finding.Info: finding.Low, finding.Low: finding.Low, finding.Critical: finding.Critical} {
		p := &check.Pass{Check: &check.Check{ID: "x", Severity: severity}}
		p.Unknown("The door", errors.New("access denied"))
		if got := p.Results()[0].Severity; got != want {
			t.Errorf("%s: %s, want %s", severity, got, want)
		}
	}
}

// TestKey: a key is one of its own region.
func TestKey(t *testing.T) {
	t.Parallel()
	const there, here = "arn:aws:kms:us-east-1:111122223333:key/a", "arn:aws-cn:kms:cn-north-1:111122223333:key/b"
	o := check.Options{CustomerKeys: []string{there, here}}
	for region, want := range map[string]string{"us-east-1": there, "cn-north-1": here, "us-east-2": "", "": ""} {
		if got := o.Key(region); got != want {
			t.Errorf("%q: %q, want %q", region, got, want)
		}
	}
}
