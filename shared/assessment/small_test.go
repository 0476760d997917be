package assessment_test

import (
	"context"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// house is a ledger whose clock is set by hand.
type house struct {
	t      *testing.T
	ledger *ledger.Ledger
	now    time.Time
	set    *settings.Settings
}

const home = "111122223333"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, set: settings.Default()}
	clock := func() time.Time { return h.now }
	h.ledger = ledger.Open(ledger.NewMemory(clock), clock)
	return h
}

func on(day, clock string) time.Time {
	at, err := time.Parse("2006-01-02 15:04:05", "2026-11-"+day+" "+clock)
	if err != nil {
		panic(err)
	}
	return at
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// record judges something at a moment.
func (h *house) record(at time.Time, f finding.Finding) {
	h.t.Helper()
	h.now = at
	view, err := h.ledger.View(h.t.Context(), f.Resource)
	h.check(err)
	_, _, err = view.Record(h.t.Context(), f)
	h.check(err)
}

func door(id string, change ...func(*finding.Finding)) finding.Finding {
	f := finding.Finding{
		Check: "door-open", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: id + " stands open", Detail: "It is open.", Remedy: "door-shut",
		Resource: finding.Resource{Kind: "door", ID: id, Account: home, Region: "eu-west-1"},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func shut(f *finding.Finding) { f.Outcome, f.Detail = finding.Pass, "" }
func critical(f *finding.Finding) {
	f.Severity, f.Title = finding.Critical, f.Resource.ID+" stands wide open"
}
func jammed(f *finding.Finding) { f.Outcome, f.Detail = finding.Unknown, "Access denied." }
func by(name string, at time.Time) func(*finding.Finding) {
	return func(f *finding.Finding) {
		f.Event = &finding.Cause{ID: "e-" + name + at.String(), Name: "TurnHandle", Source: "doors", Time: at}
		f.Actor = &finding.Actor{Type: "IAMUser", Name: name, ARN: "arn:aws:iam::111122223333:user/" + name}
	}
}

func left(f *finding.Finding) {
	key := settings.Exemption{Check: "door-open", Resource: "coop", Owner: "ann", Until: settings.Date{Time: on("30", "00:00:00")}}.Key()
	f.Exemption = &finding.Exemption{Key: key, Owner: "ann", Reason: "hers", Until: on("30", "00:00:00")}
}

// picked is what somebody did: it stays done.
func picked(at time.Time) finding.Finding {
	f := door("back", by("mallory", at))
	f.Check, f.Basis, f.Severity, f.Title, f.Once, f.Remedy = "lock-picked", finding.Event, finding.Medium, "the lock of back was picked", "e-1", ""
	return f
}

// rules are the checks of the house: one of state, one of events, one that nobody judges, one that cannot be read.
func rules() []*check.Check {
	of := func(ids ...string) []check.Control {
		var all []check.Control
		for _, id := range ids {
			all = append(all, check.Control{Framework: "House", Version: "1", ID: id, Source: "own reading"})
		}
		return all
	}
	state := &resource.Kind[struct{}]{Name: "door"}
	return []*check.Check{
		{ID: "door-open", Doc: "# A door stands open\n", Severity: finding.High, Controls: of("H.1", "H.2"), Reads: state},
		{ID: "lock-picked", Doc: "# A lock was picked\n", Severity: finding.Medium, Controls: of("H.2", "H.7(1)")},
		{ID: "roof-leaks", Doc: "# The roof leaks\n", Severity: finding.Low, Controls: of("H.2", "H.3"), Reads: state},
		{ID: "cellar-wet", Doc: "# The cellar is wet\n", Severity: finding.Low, Controls: of("H.4"), Reads: state},
		{ID: "attic-dark", Doc: "# The attic is dark\n", Severity: finding.Low, Controls: of("H.8"), Reads: state},
		{ID: "fence-low", Doc: "# The fence is low\n", Severity: finding.Low, Controls: of("H.9"), Reads: state},
	}
}

func standard() framework.Framework {
	return framework.Framework{ID: "house", Name: "House", Title: "Rules of the House", Editions: []framework.Edition{{
		Version: "1", Source: "the wall", Read: "2026-11-30", Controls: []framework.Control{
			{ID: "H.1", Title: "Doors are shut", Group: "Doors"},
			{ID: "H.2", Title: "Nobody walks in", Group: "Doors"},
			{ID: "H.3", Title: "It is dry above", Group: "Water"},
			{ID: "H.4", Title: "It is dry below", Group: "Water"},
			{ID: "H.5", Title: "The garden is tidy", Group: "Garden"},
			{ID: "H.6", Title: "People are kind", Group: "Garden", Outside: "No door tells."},
			{ID: "H.7", Title: "Locks hold", Group: "Doors"},
			{ID: "H.7(1)", Title: "Locks are not picked", Group: "Doors"},
			{ID: "H.8", Title: "There is light", Group: "Water"},
			{ID: "H.9", Title: "The fence is high", Group: "Garden"},
		},
	}}}
}

// story is a month in which a bit of everything happened.
func (h *house) story() {
	h.record(on("02", "08:00:23"), door("front", by("alice", on("02", "08:00:00"))))
	h.record(on("05", "08:00:00"), door("front", critical))
	h.record(on("06", "10:00:00"), door("front", shut, by("bob", on("06", "09:59:00"))))
	h.record(on("20", "12:00:30"), door("front", by("alice", on("20", "12:00:00"))))
	h.record(on("03", "09:00:00"), door("side"))
	h.remedied(on("03", "09:00:10"), door("side"), "arn:aws:iam::111122223333:user/carol")
	h.record(on("03", "09:01:00"), door("side", shut))
	h.record(on("04", "09:00:00"), door("barn"))
	h.remedied(on("04", "09:00:05"), door("barn"), "")
	h.record(on("04", "09:00:30"), door("barn", shut))
	h.record(on("08", "07:00:00"), door("shed"))
	h.record(on("09", "07:00:00"), door("shed", shut))
	h.record(on("10", "07:00:00"), door("coop", left))
	h.record(on("11", "07:00:00"), door("vault", jammed))
	h.record(on("12", "03:00:40"), picked(on("12", "03:00:00")))
	before := on("01", "07:00:00").AddDate(0, -1, 0)
	h.record(before, door("old"))
	h.record(before.AddDate(0, 0, 1), door("old", shut))
	h.sweeps()
	h.decided()
}

// remedied has a finding put right by pipewarden.
func (h *house) remedied(at time.Time, f finding.Finding, approved string) {
	h.t.Helper()
	h.now = at
	a, _, err := h.ledger.Begin(h.t.Context(), ledger.Action{
		ID: ledger.OrderID(f, 1), Remedy: "door-shut", Check: f.Check, Finding: f, Revision: 1, Resource: f.Resource, Mode: settings.Apply, Status: ledger.Ordered,
	})
	h.check(err)
	a.Status, a.Applied, a.Summary, a.Verified, a.By = ledger.Applied, at, "Shut "+f.Resource.ID+".", "shut", approved
	_, err = h.ledger.Save(h.t.Context(), a)
	h.check(err)
}

func (h *house) sweeps() {
	for i, count := range []map[string]ledger.Count{
		{"door-open": {Pass: 5, Fail: 3, Unknown: 1}, "roof-leaks": {Pass: 2}, "cellar-wet": {Unknown: 2}, "attic-dark": {Skipped: 1}},
		{"door-open": {Pass: 7, Fail: 1, Exempted: 1}, "roof-leaks": {Pass: 2}, "cellar-wet": {Unknown: 2}},
	} {
		h.check(h.ledger.AddTally(h.t.Context(), "sweep", ledger.Tally{Day: []string{"2026-11-02", "2026-11-20"}[i], Account: home, Region: "eu-west-1", Checks: count}))
	}
	h.check(h.ledger.AddTally(h.t.Context(), "sweep", ledger.Tally{Day: "2026-10-31", Account: home, Checks: map[string]ledger.Count{"door-open": {Pass: 1000}}}))
	h.now = on("20", "06:00:00")
	_, err := h.ledger.SetMember(h.t.Context(), ledger.Member{Account: home, Name: "prod", State: "ACTIVE", Watched: true, Regions: []string{"eu-west-1"}})
	h.check(err)
	h.check(h.ledger.Swept(h.t.Context()))
}

func (h *house) decided() {
	waits := door("gate")
	h.now = on("21", "05:00:00")
	_, _, err := h.ledger.Begin(h.t.Context(), ledger.Action{
		ID: ledger.OrderID(waits, 1), Remedy: "door-shut", Check: waits.Check, Finding: waits, Revision: 1, Resource: waits.Resource, Mode: settings.Ask,
		Status: ledger.Waiting, Summary: "Shut gate.", Expires: on("22", "05:00:00"),
	})
	h.check(err)
	h.check(h.ledger.Exempt(h.t.Context(), ledger.Exemption{Check: "door-open", Resource: "coop", Owner: "ann", Reason: "hers", Until: on("30", "00:00:00"), By: "ann"}))
	h.set.Exemptions = []settings.Exemption{
		{Check: "door-open", Resource: "henhouse", Owner: "bob", Reason: "hens", Until: settings.Date{Time: on("30", "00:00:00").AddDate(1, 0, 0)}},
		{Check: "door-open", Resource: "past", Owner: "bob", Reason: "was", Until: settings.Date{Time: on("01", "00:00:00").AddDate(0, 0, -2)}},
	}
	h.check(h.ledger.Lean(h.t.Context(), door("front").Resource, []ledger.Edge{{On: finding.Resource{Kind: "key", ID: "brass", Account: home}, As: "lock"}}))
	h.now = on("21", "06:00:00")
}

// assess is the assessment of November, in a house whose events are heard or not.
func (h *house) assess(change ...func(*assessment.Options, *assessment.Source)) (*assessment.Assessment, error) {
	src := assessment.OfLedger(coverage.Survey{Ledger: h.ledger, Home: home, Now: h.now, Every: 24 * time.Hour}, h.set)
	src.Accounts = func(context.Context) ([]coverage.Account, error) {
		well := coverage.Part{Health: coverage.Well}
		return []coverage.Account{
			{Member: ledger.Member{Account: "444455556666", Name: "shop", State: "ACTIVE", Watched: true}, Roles: coverage.Part{Health: coverage.Broken, Why: "the role is missing"}},
			{Member: ledger.Member{Account: home, Name: "prod", State: "ACTIVE", Watched: true}, Roles: well, Regions: []coverage.Region{{Name: "eu-west-1", Rules: well, Trail: well, Heard: well, Sweep: well, Last: on("21", "05:40:00")}}},
		}, nil
	}
	o := assessment.Options{
		Frameworks: []framework.Framework{standard()}, Checks: rules(), From: on("01", "00:00:00"), To: on("30", "00:00:00"), Now: h.now,
	}
	for _, c := range change {
		c(&o, &src)
	}
	return assessment.Build(h.t.Context(), src, o)
}
