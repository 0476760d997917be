package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// jar is a resource of the test: its state says for how many days it keeps, and its tags what is in it.
type jar struct {
	days   int
	tags   map[string]string
	broken error // why its tags cannot be read
	calls  []string
	limit  int64 // of a reading
}

func (j *jar) kind() *resource.Kind[int] {
	return &resource.Kind[int]{
		Name:    "jar",
		Changed: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor")},
		Refs: func(e *event.Event) []resource.Ref {
			return []resource.Ref{{Kind: "jar", ID: "jam", Account: e.Account, Region: e.Region}}
		},
		Read: func(ctx context.Context, _ aws.Config, ref resource.Ref) (int, error) {
			j.calls, j.limit = append(j.calls, "read "+ref.ID), resource.LimitsOf(ctx).LogBytes
			return j.days, nil
		},
		Told: func(*event.Event) (int, bool) { return j.days, true },
		Tagged: func(_ context.Context, _ aws.Config, ref resource.Ref) (map[string]string, error) {
			j.calls = append(j.calls, "tags "+ref.ID)
			return j.tags, j.broken
		},
		TagActions: []string{"jars:ListTags"},
	}
}

// checks are one that depends on how long something is to be kept, one that depends on nothing, and one of what was done.
func (j *jar) checks() []*check.Check {
	kind := j.kind()
	kept := func(p *check.Pass) {
		if check.State[int](p) < p.Options.RetentionDays {
			p.Fail(check.Report{Title: "it does not keep"})
			return
		}
		p.OK()
	}
	return []*check.Check{
		{ID: "jar-keeps", Severity: finding.Medium, Reads: kind, Run: kept, Needs: func(o check.Options) string {
			if o.RetentionDays == 0 {
				return "It may keep for any time."
			}
			return ""
		}},
		{ID: "jar-there", Reads: kind, Run: func(p *check.Pass) { p.OK() }},
		{ID: "jar-opened", On: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor")}, Run: func(p *check.Pass) {
			p.Fail(check.Report{Title: "somebody opened it", Once: p.Event.ID})
		}},
	}
}

func (j *jar) engine() *engine.Engine {
	return engine.New(engine.Engine{Checks: j.checks(), Options: check.Options{RetentionDays: 90, BuildLogMegabytes: 1}, Config: anywhere})
}

// days have what is kept for long be kept for so long, and switch checks off there.
func days(n int, off ...string) engine.Local {
	return engine.Local{Options: check.Options{RetentionDays: n, BuildLogMegabytes: n / 100}, Off: off}
}

// byTag gives one thing to what has a tag, and another to what has not.
func byTag(with, without engine.Local) func(engine.Place) ([]engine.Local, string) {
	return func(at engine.Place) ([]engine.Local, string) {
		switch {
		case at.NoTags != "":
			return []engine.Local{without, with}, at.NoTags
		case at.Tags["keep"] != "":
			return []engine.Local{with}, ""
		}
		return []engine.Local{without}, ""
	}
}

func byUnit(with, without engine.Local) func(engine.Place) ([]engine.Local, string) {
	return func(at engine.Place) ([]engine.Local, string) {
		switch {
		case at.NoUnits != "":
			return []engine.Local{without, with}, at.NoUnits
		case slices.Contains(at.Units, "ou-1"):
			return []engine.Local{with}, ""
		}
		return []engine.Local{without}, ""
	}
}

func jam() resource.Ref {
	return resource.Ref{Kind: "jar", ID: "jam", Account: account, Region: "eu-west-1"}
}

func looked(t *testing.T, e *engine.Engine) engine.Result {
	t.Helper()
	r, err := e.Batch(nil).Look(t.Context(), jam(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOptionsHoldWhereTheResourceStands(t *testing.T) {
	t.Parallel()
	units := func(ids ...string) func(context.Context, string) ([]string, string) {
		return func(_ context.Context, of string) ([]string, string) {
			if of != account {
				return nil, "of another account"
			}
			return ids, ""
		}
	}
	for name, c := range map[string]struct {
		local func(engine.Place) ([]engine.Local, string)
		units func(context.Context, string) ([]string, string)
		tags  map[string]string
		days  int
		want  []string
		calls string
	}{
		"nothing is said of places":  {nil, nil, nil, 100, []string{"jar-keeps pass jam", "jar-there pass jam"}, "read jam"},
		"in the unit":                {byUnit(days(400), days(90)), units("ou-1", "r-1"), nil, 100, []string{"jar-keeps fail jam", "jar-there pass jam"}, "read jam"},
		"in another unit":            {byUnit(days(400), days(90)), units("ou-2", "r-1"), nil, 100, []string{"jar-keeps pass jam", "jar-there pass jam"}, "read jam"},
		"the unit is not known":      {byUnit(days(400), days(90)), nil, nil, 100, []string{"jar-keeps unknown jam", "jar-there pass jam"}, "read jam"},
		"not known, and no matter":   {byUnit(days(400), days(90)), nil, nil, 10, []string{"jar-keeps fail jam", "jar-there pass jam"}, "read jam"},
		"with the tag":               {byTag(days(400), days(90)), nil, map[string]string{"keep": "yes"}, 100, []string{"jar-keeps fail jam", "jar-there pass jam"}, "tags jam read jam"},
		"without the tag":            {byTag(days(400), days(90)), nil, nil, 100, []string{"jar-keeps pass jam", "jar-there pass jam"}, "tags jam read jam"},
		"the check is off there":     {byTag(days(400, "jar-keeps"), days(90)), nil, map[string]string{"keep": "yes"}, 100, []string{"jar-keeps not-applicable jam", "jar-there pass jam"}, "tags jam read jam"},
		"all checks are off":         {byUnit(days(1, "jar-keeps", "jar-there"), days(1)), units("ou-1"), nil, 0, []string{"jar-keeps not-applicable jam", "jar-there not-applicable jam"}, ""},
		"off or on, and it passes":   {byUnit(days(90, "jar-keeps"), days(90)), nil, nil, 100, []string{"jar-keeps pass jam", "jar-there pass jam"}, "read jam"},
		"off or on, and it fails":    {byUnit(days(90, "jar-keeps"), days(90)), nil, nil, 10, []string{"jar-keeps unknown jam", "jar-there pass jam"}, "read jam"},
		"nothing to say there":       {byUnit(days(0), days(90)), units("ou-1"), nil, 10, []string{"jar-keeps not-applicable jam", "jar-there pass jam"}, "read jam"},
		"perhaps something to say":   {byUnit(days(0), days(90)), nil, nil, 10, []string{"jar-keeps unknown jam", "jar-there pass jam"}, "read jam"},
		"settings that say nothing":  {func(engine.Place) ([]engine.Local, string) { return nil, "" }, nil, nil, 100, []string{"jar-keeps pass jam", "jar-there pass jam"}, "read jam"},
		"a tag that makes no matter": {byTag(days(90), days(90)), nil, nil, 10, []string{"jar-keeps fail jam", "jar-there pass jam"}, "tags jam read jam"},
	} {
		j := &jar{days: c.days, tags: c.tags}
		e := j.engine()
		e.Local, e.Units = c.local, c.units
		r := looked(t, e)
		if got := said(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
		if got := strings.Join(j.calls, " "); got != c.calls {
			t.Errorf("%s: called %q, want %q", name, got, c.calls)
		}
	}
}

// Where tags cannot be read, what is not known is said, and nothing is hidden that is wrong in any case.
func TestTagsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		broken  string
		days    int
		outcome finding.Outcome
		detail  string
		passing bool
	}{
		"denied":                  {"AccessDenied", 100, finding.Unknown, "Which settings hold for the jar jam is not known: its tags cannot be read (access denied)", false},
		"denied, and no matter":   {"AccessDenied", 10, finding.Fail, "", false},
		"throttled":               {"ThrottlingException", 100, finding.Unknown, "Which settings hold for the jar jam is not known: its tags cannot be read (AWS throttled the call)", true},
		"throttled, and all pass": {"ThrottlingException", 1000, finding.Pass, "", false},
	} {
		j := &jar{days: c.days, broken: awstest.Error(c.broken)}
		e := j.engine()
		e.Local = byTag(days(400), days(90))
		r := looked(t, e)
		f := r.Findings[0]
		if f.Check != "jar-keeps" || f.Outcome != c.outcome || f.Detail != c.detail || (r.Passing != nil) != c.passing {
			t.Errorf("%s: %s %s %q, passing %v", name, f.Check, f.Outcome, f.Detail, r.Passing)
		}
		if f.Outcome == finding.Unknown && f.Severity != finding.Medium {
			t.Errorf("%s: %s", name, f.Severity)
		}
	}
}

// What fails in any case is as severe as the gravest of them, and what fails in some of them is not hidden behind it.
func TestWhatAllCasesComeTo(t *testing.T) {
	t.Parallel()
	shelf := (&jar{}).kind()
	about := func(id string) *resource.Ref { return &resource.Ref{Kind: "jar", ID: id} }
	e := engine.New(engine.Engine{Config: anywhere, Local: byUnit(days(400), days(90)), Checks: []*check.Check{
		{ID: "shelf", Reads: shelf, Run: func(p *check.Pass) {
			severity := finding.Low
			if p.Options.RetentionDays == 400 {
				severity = finding.High
				p.Fail(check.Report{Title: "b", About: about("b")})
			}
			p.Fail(check.Report{Title: "a", Severity: &severity, About: about("a")})
		}},
		{ID: "same", Reads: shelf, Run: func(p *check.Pass) {
			p.Fail(check.Report{Title: "jam"})
			if p.Options.RetentionDays == 400 {
				p.Fail(check.Report{Title: "b", About: about("b")})
			}
		}},
	}})
	r := looked(t, e)
	expect(t, said(r), "shelf fail a", "shelf unknown jam", "same fail jam")
	for _, f := range r.Findings {
		if f.Resource.ID == "a" && f.Severity != finding.High {
			t.Errorf("a is %s", f.Severity)
		}
	}
}

func TestTagsAreReadOnceInABatch(t *testing.T) {
	t.Parallel()
	j := &jar{days: 100}
	e := j.engine()
	e.Local = byTag(days(400), days(90))
	b := e.Batch(nil)
	for range 3 {
		judge(t, b, happening(t, "OpenDoor", ""))
	}
	if tags, err := b.Tags(t.Context(), jam()); err != nil || tags != nil {
		t.Errorf("%v, %v", tags, err)
	}
	if got := strings.Join(j.calls, " "); got != "tags jam read jam" {
		t.Errorf("called %q", got)
	}
	if _, err := b.Again(t.Context(), "jar-keeps", jam()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(j.calls, " "); got != "tags jam read jam tags jam read jam" {
		t.Errorf("looking again called %q", got)
	}
}

// Whoever has no more time leaves it to the next to read the tags.
func TestTagsThatWereCutOffAreReadAgain(t *testing.T) {
	t.Parallel()
	j := &jar{broken: context.Canceled}
	b := j.engine().Batch(nil)
	over, end := context.WithCancel(t.Context())
	end()
	if _, err := b.Tags(over, jam()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	j.broken, j.tags = nil, map[string]string{"keep": "yes"}
	if tags, err := b.Tags(t.Context(), jam()); err != nil || tags["keep"] != "yes" {
		t.Errorf("%v, %v", tags, err)
	}
}

// An act is judged by what holds for what it was done to.
func TestAnActAtAPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		local func(engine.Place) ([]engine.Local, string)
		want  string
	}{
		"on":           {byUnit(days(400), days(90)), "jar-opened fail " + account},
		"off":          {byUnit(days(90, "jar-opened"), days(90, "jar-opened")), "jar-opened not-applicable " + account},
		"perhaps off":  {byUnit(days(90, "jar-opened"), days(90)), "jar-opened unknown jam"},
		"off by a tag": {byTag(days(90, "jar-opened"), days(90)), "jar-opened not-applicable jam"},
	} {
		j := &jar{days: 1000, tags: map[string]string{"keep": "yes"}}
		e := j.engine()
		e.Local = c.local
		if strings.HasSuffix(c.want, "jam") {
			e.Checks[2].Target = func(*event.Event) resource.Ref { return jam() }
		}
		if got := said(judge(t, e.Batch(nil), happening(t, "OpenDoor", ""))); !slices.Contains(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOfflineTagsAreNotKnown(t *testing.T) {
	t.Parallel()
	j := &jar{days: 100}
	e := j.engine()
	e.Local, e.Config = byTag(days(400), days(90)), nil
	r := judge(t, e.Batch(nil), happening(t, "OpenDoor", ""))
	expect(t, said(r), "jar-keeps unknown jam", "jar-there pass jam", "jar-opened fail "+account)
	for _, f := range r.Findings {
		if f.Outcome == finding.Unknown && !strings.HasSuffix(f.Detail, "without AWS at hand its tags are not read") {
			t.Error(f.Detail)
		}
	}
	if len(j.calls) > 0 {
		t.Errorf("called %v", j.calls)
	}
}

// Of a log as much is read as the most generous of the options asks for that may hold.
func TestTheLimitOfAReadingIsThatOfThePlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		local func(engine.Place) ([]engine.Local, string)
		want  int64
	}{
		"everywhere":  {nil, 1 << 20},
		"at the tag":  {byTag(days(400), days(90)), 4 << 20},
		"one of both": {byUnit(days(200), days(300)), 3 << 20},
	} {
		j := &jar{tags: map[string]string{"keep": "yes"}}
		e := j.engine()
		e.Local = c.local
		if looked(t, e); j.limit != c.want {
			t.Errorf("%s: %d bytes, want %d", name, j.limit, c.want)
		}
	}
}

// That an account lets nobody in is told unless the check that tells it is off there.
func TestAnAccountThatIsShutAtAPlace(t *testing.T) {
	t.Parallel()
	units := func(context.Context, string) ([]string, string) { return []string{"ou-1"}, "" }
	for outcome, local := range map[finding.Outcome]engine.Local{finding.Unknown: days(90), finding.NotApplicable: days(90, "account-shut")} {
		j := &jar{}
		kind := &resource.Kind[int]{Name: "account"}
		shut := &check.Check{ID: "account-shut", Access: true, Reads: kind, Run: func(p *check.Pass) { p.OK() }}
		e := engine.New(engine.Engine{
			Checks: append(j.checks(), shut), Units: units, Local: byUnit(local, days(90)),
			Config: func(context.Context, string, string) (aws.Config, error) {
				return aws.Config{}, &engine.UnreachableError{Account: account, Why: "nobody is let in"}
			},
		})
		expect(t, said(looked(t, e)), "account-shut "+string(outcome)+" "+account)
	}
}

func TestTagsAreReadAhead(t *testing.T) {
	t.Parallel()
	j := &jar{days: 100, tags: map[string]string{"keep": "yes"}}
	e := j.engine()
	e.Local = byTag(days(400), days(90))
	b := e.Batch(nil)
	b.Ahead(t.Context(), []resource.Ref{jam(), {Kind: "jar", ID: resource.All, Account: account}}, 1)
	ahead := slices.Clone(j.calls)
	r, err := b.Look(t.Context(), jam(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, said(r), "jar-keeps fail jam", "jar-there pass jam")
	if got := strings.Join(ahead, " "); got != "read jam read * tags jam" || len(j.calls) != len(ahead) {
		t.Errorf("ahead %q, then %v", got, j.calls[len(ahead):])
	}
}
