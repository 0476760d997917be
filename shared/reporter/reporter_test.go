package reporter_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/reporter"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// office is a reporter, its ledger, and a clock that the test moves.
type office struct {
	t      *testing.T
	now    time.Time
	store  ledger.Store
	ledger *ledger.Ledger
	set    *settings.Settings
	sent   []announce.Message
	down   error
}

const here = "111122223333"

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC), set: settings.Default()} // a Tuesday
	o.store = ledger.NewMemory(func() time.Time { return o.now })
	o.ledger = ledger.Open(o.store, func() time.Time { return o.now })
	return o
}

func (o *office) Publish(_ context.Context, m announce.Message) error {
	if o.down == nil {
		o.sent = append(o.sent, m)
	}
	return o.down
}

func (o *office) wake(w reporter.Wake) error {
	r := &reporter.Reporter{
		Ledger: o.ledger, Settings: o.set, Topic: o, From: announce.Sender{Account: here, AccountName: "prod"}, Region: "eu-west-1",
		Count: telemetry.NewCounter(io.Discard, "reporter", func() time.Time { return o.now }), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return o.now },
	}
	return r.Handle(o.t.Context(), w)
}

// morning is the wake for the digest, and a while later the one that tells what waits.
func (o *office) morning() []announce.Message {
	o.t.Helper()
	o.sent = nil
	if err := o.wake(reporter.Wake{Daily: true, Calm: 180}); err != nil {
		o.t.Fatal(err)
	}
	o.now = o.now.Add(5 * time.Minute)
	if err := o.wake(reporter.Wake{Calm: 180}); err != nil {
		o.t.Fatal(err)
	}
	o.now = o.now.Add(-5 * time.Minute)
	return o.sent
}

func bucket(id string, s finding.Severity) finding.Finding {
	return finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: s, Basis: finding.State, Title: "the bucket " + id + " is public",
		Resource: finding.Resource{Kind: "bucket", ID: id, Account: here, Region: "eu-west-1"}, Remedy: "bucket-block-public", Would: "Block it.",
	}
}

// found records a finding that people were told of.
func (o *office) found(f finding.Finding) ledger.Entry {
	o.t.Helper()
	view, err := o.ledger.View(o.t.Context(), f.Resource)
	if err != nil {
		o.t.Fatal(err)
	}
	e, _, err := view.Record(o.t.Context(), f)
	if err := errors.Join(err, view.Announced(o.t.Context(), f, e.Revision)); err != nil {
		o.t.Fatal(err)
	}
	return e
}

func subjects(all []announce.Message) []string {
	var out []string
	for _, m := range all {
		out = append(out, strings.TrimPrefix(m.Subject, "[pipewarden] "))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Each severity is reminded of after its own number of days, and then again after as many.
func TestReminders(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.set.Notify.RemindDays = settings.RemindDays{Critical: 1, High: 3}
	for id, s := range map[string]finding.Severity{"c": finding.Critical, "h1": finding.High, "h2": finding.High, "m": finding.Medium} {
		o.found(bucket(id, s))
	}
	act := bucket("act", finding.Critical)
	act.Once = "event-1"
	o.found(act)
	var got []string
	for range 7 {
		o.now = o.now.Add(24 * time.Hour)
		all := subjects(o.morning())
		if !strings.HasPrefix(all[0], "DIGEST") {
			t.Fatalf("%q", all)
		}
		got = append(got, strings.Join(all[1:], " | "))
		if err := o.wake(reporter.Wake{Daily: true}); err != nil || len(o.sent) != len(all) {
			t.Errorf("the same morning twice: %q, %v", subjects(o.sent), err)
		}
	}
	const critical = "CRITICAL  still: the bucket c is public  (prod, eu-west-1)"
	const both = "CRITICAL  3 findings of bucket-public are still open  (prod)"
	same(t, got, critical, critical, both, critical, critical, both, critical)
}

// A reminder names what may still be decided, and ends with what is wrong.
func TestAReminderNamesTheOrder(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	f := bucket("c", finding.Critical)
	e := o.found(f)
	action, _, err := o.ledger.Begin(t.Context(), ledger.Action{
		ID: ledger.OrderID(f, e.Revision), Remedy: f.Remedy, Finding: f, Revision: e.Revision, Resource: f.Resource, Status: ledger.Waiting, Summary: "Block public access to c.",
		Created: o.now, Expires: o.now.Add(72 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(25 * time.Hour)
	all := o.morning()
	if len(all) != 2 || !strings.Contains(all[1].Text, "pipewarden approve "+action.ID) || !strings.Contains(all[1].Text, "mode: ask") {
		t.Fatalf("%q\n%s", subjects(all), all[len(all)-1].Text)
	}
	if !strings.Contains(all[0].Text, "Block public access to c, until 2026-11-27 07:00:00 UTC: pipewarden approve "+action.ID) {
		t.Errorf("the digest does not say that it waits:\n%s", all[0].Text)
	}
	o.now = o.now.Add(24 * time.Hour)
	passed := f
	passed.Outcome = finding.Pass
	o.found(passed)
	same(t, subjects(o.morning()), "DIGEST  0 findings open; 1 put right  (prod)")
}

// Without anything to say there is one line a week.
func TestNothingToSay(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var got []string
	for range 7 {
		got = append(got, subjects(o.morning())...)
		o.now = o.now.Add(24 * time.Hour)
	}
	same(t, got, "DIGEST  nothing is open, nothing waits  (prod)")
}

func TestDigestTellsWhoPutItRight(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	mine, theirs, approved := bucket("mine", finding.High), bucket("theirs", finding.High), bucket("approved", finding.Low)
	for _, f := range []finding.Finding{mine, theirs, approved} {
		o.found(f)
	}
	for id, by := range map[string]string{"mine": announce.Self, "approved": "arn:aws:iam::" + here + ":user/carol"} {
		f := bucket(id, finding.High)
		if _, _, err := o.ledger.Begin(t.Context(), ledger.Action{ID: "01" + id, Finding: f, Resource: f.Resource, Status: ledger.Applied, By: by, Created: o.now, Applied: o.now.Add(time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	o.now = o.now.Add(time.Hour)
	for _, f := range []finding.Finding{mine, theirs, approved} {
		f.Outcome = finding.Pass
		f.Event, f.Actor = &finding.Cause{ID: "e", Time: o.now}, &finding.Actor{Name: "bob"}
		o.found(f)
	}
	text := o.morning()[0].Text
	for _, want := range []string{"the bucket mine is public  (" + mine.ID() + ", by pipewarden)", "theirs is public  (" + theirs.ID() + ", by bob)", "approved is public  (" + approved.ID() + ", by pipewarden, approved by carol)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the digest does not say %q:\n%s", want, text)
		}
	}
}

func TestDigestTellsOfIllness(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	note := ledger.Note{
		About: finding.Resource{Kind: account.Heartbeat.Name, ID: here, Account: here, Region: "eu-west-1"}, Topic: heartbeat.Topic,
		Body: json.RawMessage("{}"), At: o.now.Add(-2 * time.Hour), Until: o.now.Add(heartbeat.Keep),
	}
	_, err := o.ledger.SetStop(ctx, ledger.Stop{On: true, By: "carol", Reason: "freeze"})
	if err := errors.Join(err, o.ledger.Note(ctx, note), o.ledger.Swept(ctx), o.ledger.Keep(ctx, ledger.Kept{ID: "x", Reason: "no JSON"})); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(13 * time.Hour)
	m := o.morning()[0]
	for _, want := range []string{"Carol stopped pipewarden", "1 message of the last day could not be read", "hears of no change any more", "Everything was last looked at 2026-11-24 07:00 UTC", "every 6 hours"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the digest does not say %q:\n%s", want, m.Text)
		}
	}
	if !strings.Contains(m.Subject, "pipewarden is not well") {
		t.Error(m.Subject)
	}
}

// A week before an exemption ends people are told, once, wherever it stands; for two weeks it is in the digest.
func TestPeopleAreToldOfTheEndOfAnExemption(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	in := func(days int) time.Time { return o.now.Truncate(24*time.Hour).AddDate(0, 0, days) }
	for name, days := range map[string]int{"soon": 6, "over": -1, "later": 9, "far": 15} {
		o.set.Exemptions = append(o.set.Exemptions, settings.Exemption{Check: "bucket-public", Resource: name, Owner: "ann", Reason: "party", Until: settings.Date{Time: in(days)}})
	}
	if err := o.ledger.Exempt(t.Context(), ledger.Exemption{Check: "bucket-public", Resource: "typed", Owner: "bob", Reason: "too", Until: in(3), By: "bob"}); err != nil {
		t.Fatal(err)
	}
	all := o.morning()
	got := strings.Join(subjects(all), "\n")
	if len(all) != 3 || !strings.Contains(got, "exemption: bucket-public on soon") || !strings.Contains(got, "exemption: bucket-public on typed") {
		t.Errorf("told\n%s", got)
	}
	digest := all[len(all)-1].Text
	for name, want := range map[string]bool{"on soon,": true, "on typed,": true, "on later,": true, "on over,": false, "on far,": false} {
		if strings.Contains(digest, name) != want {
			t.Errorf("the digest names %q: %v\n%s", name, !want, digest)
		}
	}
	o.now = o.now.Add(time.Hour)
	if all := o.morning(); len(all) != 0 {
		t.Errorf("told again: %q", subjects(all))
	}
}

// What could not be sent is sent at the next wake: the digest of the day, and the reminders.
func TestNothingIsLostWhenTheTopicIsDown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found(bucket("c", finding.Critical))
	o.now, o.down = o.now.Add(25*time.Hour), errors.New("throttled")
	if err := o.wake(reporter.Wake{Daily: true}); !errors.Is(err, o.down) {
		t.Fatalf("%v", err)
	}
	o.down = nil
	same(t, subjects(o.morning()), "DIGEST  1 finding open, 1 critical  (prod)", "CRITICAL  still: the bucket c is public  (prod, eu-west-1)")
}

// News that cannot be read is put aside, and told is what can.
func TestBrokenNewsIsPutAside(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if err := o.ledger.Hold(t.Context(), "bad", announce.ForMorning, o.now, []byte(`"?"`)); err != nil {
		t.Fatal(err)
	}
	if err := o.wake(reporter.Wake{}); err != nil {
		t.Fatal(err)
	}
	for range o.ledger.Held(t.Context()) {
		t.Error("it is still held")
	}
	n := 0
	for k, err := range o.ledger.Kept(t.Context()) {
		if n++; err != nil || k.ID != "news-bad" || string(k.Body) != `"?"` {
			t.Errorf("%v: %+v", err, k)
		}
	}
	if n != 1 {
		t.Errorf("%d put aside", n)
	}
}

func TestHeartbeatsAreWhereTheAuditorNotesThem(t *testing.T) {
	t.Parallel()
	if heartbeat.Kind != account.Heartbeat.Name {
		t.Errorf("%q is not %q", heartbeat.Kind, account.Heartbeat.Name)
	}
}
