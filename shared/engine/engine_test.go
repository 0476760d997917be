package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const account = "111122223333"

// door is a resource kind of the test: its state says whether it is open.
type door struct {
	Open  bool
	Paint resource.Fact[string]
	Locks map[string][]lock
}

type lock struct{ Key resource.Fact[int] }

// house counts readings and answers them.
type house struct {
	reads  []string
	open   map[string]bool
	broken map[string]error
	scoped bool
	lock   resource.Fact[int]
}

func (h *house) kind() *resource.Kind[door] {
	return &resource.Kind[door]{
		Name:    "door",
		Changed: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor", "CloseDoor"), event.Calls("doors.amazonaws.com", "Paint*")},
		Refs: func(e *event.Event) []resource.Ref {
			var refs []resource.Ref
			for _, id := range e.Request().Strings("door") {
				refs = append(refs, resource.Ref{Kind: "door", ID: id, Account: e.Account, Region: e.Region})
			}
			return refs
		},
		Read: func(_ context.Context, cfg aws.Config, ref resource.Ref) (door, error) {
			h.reads = append(h.reads, ref.ID+"@"+cfg.Region)
			return door{Open: h.open[ref.ID], Locks: map[string][]lock{"upper": {{}, {Key: resource.Unlearned[int](awstest.Error("AccessDenied"))}, {Key: h.lock}}}}, h.broken[ref.ID]
		},
		Told: func(e *event.Event) (door, bool) {
			return door{Open: e.Name() == "OpenDoor"}, e.Name() != "PaintDoor"
		},
		Uses: func(ref resource.Ref, _ door) []resource.Uses {
			return []resource.Uses{{Ref: resource.Ref{Kind: "lock", ID: "lock of " + ref.ID}, As: "lock"}}
		},
		Scoped: h.scoped,
	}
}

func checks(h *house) []*check.Check {
	kind := h.kind()
	doc := "# A door is open\n\n## Why it matters\n\nPeople come in.\n"
	return []*check.Check{
		{ID: "door-open", Doc: doc, Severity: finding.High, Reads: kind, Remedies: []string{"door-close"}, Run: func(p *check.Pass) {
			if check.State[door](p).Open {
				p.Fail(check.Report{Title: p.Ref.ID + " is open", Detail: "It stands open."})
				return
			}
			p.OK()
		}},
		{ID: "door-breaks", Doc: doc, Reads: kind, Run: func(p *check.Pass) {
			if p.Ref.ID == "cursed" {
				panic("hinges")
			}
			p.OK()
		}},
		{ID: "door-act", Doc: doc, On: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor")}, Run: func(p *check.Pass) {
			p.Fail(check.Report{Title: "somebody opened a door", Detail: "By " + p.Actor.Actor.Name + ".", Once: p.Event.ID})
		}},
	}
}

func happening(t *testing.T, name, change string) *event.Event {
	t.Helper()
	text := `{"eventID":"e-1","eventTime":"2026-11-20T09:14:07Z","eventSource":"doors.amazonaws.com","eventName":"` + name + `",
		"awsRegion":"eu-west-1","recipientAccountId":"` + account + `","eventType":"AwsApiCall",
		"userIdentity":{"type":"IAMUser","userName":"alice","accountId":"` + account + `","arn":"arn:aws:iam::` + account + `:user/alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},
		"requestParameters":{"door":["front"]}}`
	if change != "" {
		from, to, _ := strings.Cut(change, "=>")
		if !strings.Contains(text, from) {
			t.Fatalf("%q is not in the event", from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	ev, err := event.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func live(h *house) *engine.Engine {
	return engine.New(engine.Engine{
		Checks: checks(h), Now: func() time.Time { return time.Date(2026, 11, 20, 9, 15, 0, 0, time.UTC) },
		Config: func(_ context.Context, of, region string) (aws.Config, error) {
			if of != account {
				return aws.Config{}, engine.ErrForeign
			}
			return aws.Config{Region: region}, nil
		},
	})
}

// said is what a result says, in few words: check, outcome, resource.
func said(r engine.Result) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Check+" "+string(f.Outcome)+" "+f.Resource.ID)
	}
	slices.Sort(all)
	return all
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}

func judge(t *testing.T, b *engine.Batch, ev *event.Event) engine.Result {
	t.Helper()
	result, err := b.Judge(t.Context(), ev)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAnEventWakesItsChecksAndTheStateDecides(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"front": true}}
	result := judge(t, live(h).Batch(nil), happening(t, "OpenDoor", ""))
	expect(t, said(result), "door-open fail front", "door-breaks pass front", "door-act fail "+account)
	f := result.Findings[slices.IndexFunc(result.Findings, func(f finding.Finding) bool { return f.Check == "door-open" })]
	if f.Basis != finding.State || f.Remedy != "door-close" || f.Why != "People come in." || f.Severity != finding.High {
		t.Errorf("%+v", f)
	}
	if f.Actor == nil || f.Actor.Name != "alice" || f.MFA.Verdict != string(identity.Disproven) || f.Event.Name != "OpenDoor" {
		t.Errorf("who and when: %+v %+v %+v", f.Actor, f.MFA, f.Event)
	}
	if len(result.Readings) != 1 || result.Readings[0].Uses[0].Ref.ID != "lock of front" {
		t.Errorf("readings %+v", result.Readings)
	}
}

func TestTheStateDecidesNotTheEvent(t *testing.T) {
	t.Parallel()
	h := &house{}
	expect(t, said(judge(t, live(h).Batch(nil), happening(t, "OpenDoor", "")))[1:], "door-breaks pass front", "door-open pass front")
}

func TestOneReadingServesTheWholeBatch(t *testing.T) {
	t.Parallel()
	h := &house{}
	b := live(h).Batch(nil)
	judge(t, b, happening(t, "OpenDoor", ""))
	judge(t, b, happening(t, "CloseDoor", ""))
	judge(t, b, happening(t, "PaintDoorGreen", ""))
	expect(t, h.reads, "front@eu-west-1")
}

func TestWhatWakesNobodyIsIgnored(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"another call": "", "a call that failed": `"eventType"=>"errorCode":"AccessDenied","eventType"`,
		"a call that failed in its response": `"eventType"=>"responseElements":{"errorCode":"Invalid"},"eventType"`,
	} {
		call := "OpenDoor"
		if change == "" {
			call = "ListDoors"
		}
		h := &house{}
		if r := judge(t, live(h).Batch(nil), happening(t, call, change)); r.Woken != 0 || len(r.Findings) != 0 || len(h.reads) != 0 {
			t.Errorf("%s: %+v, read %v", name, r, h.reads)
		}
	}
}

func TestWants(t *testing.T) {
	t.Parallel()
	e := live(&house{})
	for call, want := range map[[2]string]bool{
		{"doors.amazonaws.com", "OpenDoor"}: true, {"doors.amazonaws.com", "PaintAnything"}: true,
		{"doors.amazonaws.com", "ListDoors"}: false, {"windows.amazonaws.com", "OpenDoor"}: false, {"", ""}: false,
	} {
		if e.Wants(call[0], call[1]) != want {
			t.Errorf("%v: want %v", call, want)
		}
	}
}

func TestAFailedReadingIsUnknownAndNeverAPass(t *testing.T) {
	t.Parallel()
	for code, passing := range map[string]bool{"AccessDenied": false, "ThrottlingException": true} {
		h := &house{broken: map[string]error{"front": awstest.Error(code)}}
		r := judge(t, live(h).Batch(nil), happening(t, "CloseDoor", ""))
		expect(t, said(r), "door-open unknown front", "door-breaks unknown front")
		if (r.Passing != nil) != passing {
			t.Errorf("%s: worth another try %v, want %v", code, r.Passing, passing)
		}
		if strings.Contains(r.Findings[0].Detail, "as the test asked") {
			t.Errorf("%s: the error's own text went into the finding: %s", code, r.Findings[0].Detail)
		}
	}
}

func TestAPartThatWasThrottledIsWorthAnotherTry(t *testing.T) {
	t.Parallel()
	for code, passing := range map[string]bool{"AccessDenied": false, "ThrottlingException": true} {
		h := &house{lock: resource.Unlearned[int](awstest.Error(code))}
		if r := judge(t, live(h).Batch(nil), happening(t, "CloseDoor", "")); (r.Passing != nil) != passing {
			t.Errorf("%s: worth another try %v, want %v", code, r.Passing, passing)
		}
	}
}

func TestWhatIsGoneIsNotApplicable(t *testing.T) {
	t.Parallel()
	h := &house{broken: map[string]error{"front": awstest.Error("ResourceNotFoundException")}}
	r := judge(t, live(h).Batch(nil), happening(t, "CloseDoor", ""))
	expect(t, said(r), "door-open not-applicable front", "door-breaks not-applicable front")
}

func TestACheckThatBreaksDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"cursed": true}}
	r := judge(t, live(h).Batch(nil), happening(t, "CloseDoor", `["front"]=>["cursed","back"]`))
	expect(t, said(r), "door-open fail cursed", "door-breaks unknown cursed", "door-open pass back", "door-breaks pass back")
}

func TestForeignEventsAreRefused(t *testing.T) {
	t.Parallel()
	for _, change := range []string{
		`"recipientAccountId":"` + account + `"=>"recipientAccountId":"999999999999"`,
		`"awsRegion":"eu-west-1"=>"awsRegion":"etc"`,
	} {
		h := &house{}
		_, err := live(h).Batch(nil).Judge(t.Context(), happening(t, "OpenDoor", change))
		if !errors.Is(err, engine.ErrForeign) || len(h.reads) != 0 {
			t.Errorf("%s: %v, read %v", change, err, h.reads)
		}
	}
}

func TestOfflineTheEventIsAllThereIs(t *testing.T) {
	t.Parallel()
	h := &house{}
	e := engine.New(engine.Engine{Checks: checks(h)})
	r := judge(t, e.Batch(nil), happening(t, "OpenDoor", ""))
	expect(t, said(r), "door-open fail front", "door-breaks pass front", "door-act fail "+account)
	for _, f := range r.Findings {
		if f.Basis != finding.Event {
			t.Errorf("%s rests on %s", f.Check, f.Basis)
		}
	}
	if r := judge(t, e.Batch(nil), happening(t, "PaintDoor", "")); len(r.Findings) != 0 {
		t.Errorf("the event tells no state, and yet: %v", said(r))
	}
	if len(h.reads) != 0 {
		t.Errorf("read %v", h.reads)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	user := resource.Ref{Kind: "house", ID: "home", Account: account}
	for name, c := range map[string]struct {
		memory check.Memory
		whole  bool
		reads  int
		travel int
	}{
		"nothing uses it":                 {check.Memory{Complete: true}, false, 0, 0},
		"nothing uses it, account scope":  {check.Memory{Complete: true}, true, 1, 0},
		"something uses it":               {check.Memory{Complete: true, Used: []resource.Use{{User: user, As: "door"}}}, false, 1, 1},
		"there is no inventory to ask of": {check.Memory{}, false, 1, 0},
	} {
		h := &house{scoped: true}
		e := live(h)
		e.WholeAccount = c.whole
		r := judge(t, e.Batch(func(context.Context, resource.Ref, bool) (check.Memory, error) { return c.memory, nil }), happening(t, "CloseDoor", ""))
		if len(h.reads) != c.reads || len(r.Travel) != c.travel {
			t.Errorf("%s: %d readings, %d to wake; want %d and %d", name, len(h.reads), len(r.Travel), c.reads, c.travel)
		}
	}
}

func TestMemoryThatCannotBeHadStopsTheEvent(t *testing.T) {
	t.Parallel()
	h := &house{}
	gone := errors.New("table gone")
	_, err := live(h).Batch(func(context.Context, resource.Ref, bool) (check.Memory, error) { return check.Memory{}, gone }).Judge(t.Context(), happening(t, "CloseDoor", ""))
	if !errors.Is(err, gone) || len(h.reads) != 0 {
		t.Errorf("%v, read %v", err, h.reads)
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"front": true}}
	b := live(h).Batch(nil)
	ref := resource.Ref{Kind: "door", ID: "front", Account: account, Region: "us-east-1"}
	r, err := b.Look(t.Context(), ref, nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, said(r), "door-open fail front", "door-breaks pass front")
	if r.Findings[0].Event != nil || r.Findings[0].Actor != nil {
		t.Errorf("a sweep has no cause: %+v", r.Findings[0])
	}
	if _, err := b.Look(t.Context(), resource.Ref{Kind: "window"}, nil); err == nil {
		t.Error("a kind that no check reads was looked at")
	}
	expect(t, h.reads, "front@us-east-1")
}

func TestAgainReadsAnew(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"front": true}}
	b := live(h).Batch(nil)
	ref := resource.Ref{Kind: "door", ID: "front", Account: account, Region: "us-east-1"}
	if _, err := b.Look(t.Context(), ref, nil); err != nil {
		t.Fatal(err)
	}
	h.open["front"] = false
	found, err := b.Again(t.Context(), "door-open", ref)
	if err != nil || len(found) != 1 || found[0].Outcome != finding.Pass {
		t.Errorf("%v %+v", err, found)
	}
	if found, err := b.Again(t.Context(), "door-act", ref); err != nil || found != nil {
		t.Errorf("an act cannot be looked at again: %v %+v", err, found)
	}
}

func TestTheRoleBehindASessionIsReadOnceAndOnlyForActs(t *testing.T) {
	t.Parallel()
	session := `"type":"IAMUser","userName":"alice"=>"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::` + account + `:role/Deploy","userName":"Deploy"},"attributes":{"mfaAuthenticated":"false"}}`
	var asked []string
	e := live(&house{})
	e.Role = func(_ context.Context, _ aws.Config, arn string) (*identity.Role, error) {
		asked = append(asked, arn)
		return &identity.Role{Automation: true}, nil
	}
	b := e.Batch(nil)
	judge(t, b, happening(t, "CloseDoor", session))
	if len(asked) != 0 {
		t.Errorf("read for a judgement of state: %v", asked)
	}
	judge(t, b, happening(t, "OpenDoor", session))
	r := judge(t, b, happening(t, "OpenDoor", session))
	expect(t, asked, "arn:aws:iam::"+account+":role/Deploy")
	if r.Findings[0].MFA.Row != 11 {
		t.Errorf("row %d, want 11", r.Findings[0].MFA.Row)
	}
	judge(t, e.Batch(nil), happening(t, "OpenDoor", session))
	if len(asked) != 1 {
		t.Errorf("read again for the next batch: %v", asked)
	}
	later := time.Date(2026, 11, 20, 9, 21, 0, 0, time.UTC)
	e.Now = func() time.Time { return later }
	judge(t, e.Batch(nil), happening(t, "OpenDoor", session))
	if len(asked) != 2 {
		t.Errorf("what was read six minutes ago still counts: %v", asked)
	}
	e.Identity = func(time.Time) identity.Rules {
		return identity.Rules{Self: []string{"arn:aws:iam::" + account + ":role/Deploy"}}
	}
	if r := judge(t, e.Batch(nil), happening(t, "OpenDoor", session)); !r.Findings[0].Self {
		t.Error("the remediator's own change is not recognised")
	}
}

func TestAnActIsJudgedByWhatUsesItsTarget(t *testing.T) {
	t.Parallel()
	h := &house{}
	all := checks(h)
	target := resource.Ref{Kind: "door", ID: "front", Account: account, Region: "eu-west-1"}
	all[2].Target = func(*event.Event) resource.Ref { return target }
	var seen check.Memory
	all[2].Run = func(p *check.Pass) {
		seen = p.Past
		if p.Ref != target {
			t.Errorf("target %+v", p.Ref)
		}
		p.OK()
	}
	e := live(h)
	e = engine.New(engine.Engine{Checks: all, Config: e.Config})
	recall := func(_ context.Context, ref resource.Ref, _ bool) (check.Memory, error) {
		return check.Memory{Complete: true, Used: []resource.Use{{User: resource.Ref{ID: "user of " + ref.ID}}}}, nil
	}
	judge(t, e.Batch(recall), happening(t, "OpenDoor", ""))
	if len(seen.Used) != 1 || seen.Used[0].User.ID != "user of front" {
		t.Errorf("remembered %+v", seen)
	}
	e.WholeAccount = true
	judge(t, e.Batch(recall), happening(t, "OpenDoor", ""))
	if seen.Complete {
		t.Error("with the whole account in scope, uses do not count")
	}
}

// TestAChangeOfWhatAReadingLooksIntoTravels changes a lock. No check reads locks, but what is read of a door depends on its lock.
func TestAChangeOfWhatAReadingLooksIntoTravels(t *testing.T) {
	t.Parallel()
	lock := &resource.Kind[string]{
		Name: "lock", Changed: []event.Selector{event.Calls("locks.amazonaws.com", "PickLock")},
		Refs: func(e *event.Event) []resource.Ref {
			return []resource.Ref{{Kind: "lock", ID: e.Request().Strings("door")[0], Account: e.Account, Region: e.Region}}
		},
	}
	h := &house{}
	doors := h.kind()
	doors.LooksInto = []resource.Source{lock}
	doors.Refs = func(*event.Event) []resource.Ref { return nil }
	e := live(h)
	e = engine.New(engine.Engine{Config: e.Config, Checks: []*check.Check{{ID: "door-open", Doc: "# A door is open\n", Reads: doors, Run: func(p *check.Pass) { p.OK() }}}})
	used := []resource.Use{{User: resource.Ref{Kind: "door", ID: "back"}, As: "lock"}, {User: resource.Ref{Kind: "safe", ID: "steel"}, As: "lock"}}
	recall := func(_ context.Context, ref resource.Ref, _ bool) (check.Memory, error) {
		if ref.Kind != "lock" || ref.ID != "front" {
			return check.Memory{Complete: true}, nil
		}
		return check.Memory{Complete: true, Used: used}, nil
	}
	r := judge(t, e.Batch(recall), happening(t, "PickLock", "doors.amazonaws.com=>locks.amazonaws.com"))
	if len(r.Travel) != 1 || r.Travel[0].ID != "back" || len(h.reads) != 0 {
		t.Errorf("to wake: %+v; read %v", r.Travel, h.reads)
	}
	if r := judge(t, e.Batch(nil), happening(t, "PickLock", "doors.amazonaws.com=>locks.amazonaws.com")); len(r.Travel) != 0 {
		t.Errorf("without an inventory: %+v", r.Travel)
	}
}
