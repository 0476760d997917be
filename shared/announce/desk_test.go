package announce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// room is a desk's topic and keeper in memory, with a clock of its own.
type room struct {
	t      *testing.T
	now    time.Time
	set    *settings.Settings
	sent   []Message
	down   error // what the topic answers
	held   []Kept
	spent  map[string][]string
	states map[string]State // by finding key
	broken []Kept
	mutes  []settings.Mute
}

func newRoom(t *testing.T, set func(*settings.Settings)) *room {
	t.Helper()
	r := &room{t: t, now: now, set: settings.Default(), spent: map[string][]string{}, states: map[string]State{}}
	if set != nil {
		set(r.set)
	}
	return r
}

func (r *room) Publish(_ context.Context, m Message) error {
	if r.down == nil {
		r.sent = append(r.sent, m)
	}
	return r.down
}

func (r *room) Hold(_ context.Context, key, why string, until time.Time, body []byte) error {
	if !slices.ContainsFunc(r.held, func(k Kept) bool { return k.Key == key }) {
		r.held = append(r.held, Kept{Key: key, Why: why, At: r.now, Until: until, Body: body})
	}
	return nil
}

func (r *room) Spend(_ context.Context, channel, key string, most int) (bool, error) {
	hour := channel + r.now.Truncate(time.Hour).String()
	if slices.Contains(r.spent[hour], key) {
		return true, nil
	}
	if len(r.spent[hour]) == most {
		return false, nil
	}
	r.spent[hour] = append(r.spent[hour], key)
	return true, nil
}

func (r *room) desk() *Desk {
	return &Desk{Topic: r, Keeper: r, Settings: r.set, Mutes: r.mutes, Now: func() time.Time { return r.now }, From: prod}
}

func (r *room) tell(notices ...Notice) {
	r.t.Helper()
	for _, n := range notices {
		if err := r.desk().Tell(r.t.Context(), n); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *room) flush() error {
	f := &Flush{
		Desk: r.desk(), Calm: 2 * time.Minute,
		State: func(_ context.Context, f finding.Finding) (State, error) {
			if s, ok := r.states[f.Key()]; ok {
				return s, nil
			}
			return State{Open: true, Revision: 1}, nil
		},
		Release: func(_ context.Context, key string) error {
			r.held = slices.DeleteFunc(r.held, func(k Kept) bool { return k.Key == key })
			return nil
		},
		Broken: func(_ context.Context, k Kept, _ error) error {
			r.broken = append(r.broken, k)
			r.held = slices.DeleteFunc(r.held, func(o Kept) bool { return o.Key == k.Key })
			return nil
		},
	}
	return f.Run(r.t.Context(), slices.Clone(r.held))
}

// told lists what a channel was told: of each message how many findings, and its subject.
func (r *room) told(c settings.Channel) []string {
	var out []string
	for _, m := range r.sent {
		if len(m.Channels) > 0 && !slices.Contains(m.Channels, c) {
			continue
		}
		out = append(out, fmt.Sprintf("%d %s", len(r.findings(m)), m.Subject))
	}
	return out
}

// findings are the keys of the findings that a message holds, also those that it only counts.
func (r *room) findings(m Message) []string {
	r.t.Helper()
	var d Document
	if err := json.Unmarshal([]byte(m.JSON), &d); err != nil {
		r.t.Fatal(err)
	}
	var keys []string
	for _, f := range d.Findings {
		keys = append(keys, f.Key)
	}
	for i := range d.LeftOut {
		keys = append(keys, fmt.Sprint("left out ", i))
	}
	return keys
}

// one is news of a finding of its own: the event that led to it is named, or a sweep did.
func one(check string, i int, s finding.Severity, event string) Notice {
	f := finding.Finding{
		Check: check, Outcome: finding.Fail, Severity: s, Basis: finding.State, Title: fmt.Sprintf("the thing number %d is open", i),
		Why: "Everyone gets in.", Would: "Close it.", Remedy: "thing-close",
		Resource: finding.Resource{Kind: "bucket", ID: fmt.Sprintf("thing-%d", i), Account: "111122223333", Region: "eu-west-1"},
	}
	if event != "" {
		f.Event = &finding.Cause{ID: fmt.Sprint(event, i), Name: "OpenThing", Source: "s3.amazonaws.com", Time: now}
	}
	return Notice{
		Resource: f.Resource, AccountName: "prod",
		Items: []Item{{Finding: f, Kind: Found, Mode: settings.Propose, Order: fmt.Sprintf("01ORDER%d", i), Revision: 1}},
	}
}

func TestWhatAnEventLedToIsToldAtOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	r.tell(one("bucket-public", 1, finding.High, "e"), one("bucket-public", 2, finding.Low, "e"))
	if len(r.sent) != 2 || len(r.held) != 0 || !slices.Equal(r.sent[0].Channels, []settings.Channel{settings.EmailChannel}) {
		t.Errorf("told %d, held %d, to %v", len(r.sent), len(r.held), r.sent[0].Channels)
	}
}

// What one sweep found comes in one message for each check, once the sweep finds nothing more.
func TestASweepIsToldByCheck(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	for i := range 30 {
		r.tell(one("bucket-public", i, finding.Medium, ""))
	}
	r.tell(one("trail-stopped", 1, finding.Critical, ""), one("bucket-unversioned", 1, finding.Low, ""), one("bucket-unversioned", 2, finding.High, ""))
	r.now = r.now.Add(time.Minute)
	if err := r.flush(); err != nil || len(r.sent) != 0 || len(r.held) != 33 {
		t.Fatalf("%v: told %q while the sweep may still find something", err, r.told(settings.EmailChannel))
	}
	r.now = r.now.Add(time.Minute)
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 [pipewarden] CRITICAL  the thing number 1 is open  (prod, eu-west-1)",
		"2 [pipewarden] HIGH  2 findings of bucket-unversioned  (prod)",
		"30 [pipewarden] MEDIUM  30 findings of bucket-public  (prod)",
	}
	if diff := cmp.Diff(want, r.told(settings.EmailChannel)); diff != "" || len(r.held) != 0 {
		t.Errorf("%d are still held:\n%s", len(r.held), diff)
	}
	if err := r.flush(); err != nil || len(r.sent) != 3 {
		t.Errorf("told again: %d, %v", len(r.sent), err)
	}
}

// A sweep that never comes to rest is told all the same.
func TestALongSweepIsTold(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	for i := range 11 {
		r.tell(one("bucket-public", i, finding.Medium, ""))
		r.now = r.now.Add(time.Minute)
	}
	if err := r.flush(); err != nil || len(r.sent) != 1 || len(r.held) != 0 {
		t.Errorf("%v: told %d, held %d", err, len(r.sent), len(r.held))
	}
}

// Nobody gets 500 messages in a minute, and none of the 500 findings is lost.
func TestAFlood(t *testing.T) {
	t.Parallel()
	r := newRoom(t, func(s *settings.Settings) { s.Slack.Mode = settings.SlackWebhook })
	for i := range 500 {
		r.tell(one("bucket-public", i, finding.High, "e"))
	}
	if email, slack := len(r.told(settings.EmailChannel)), len(r.told(settings.SlackChannel)); email != 20 || slack != 60 {
		t.Fatalf("%d e-mails and %d messages in Slack", email, slack)
	}
	r.now = r.now.Add(10 * time.Minute)
	if err := r.flush(); err != nil || len(r.told(settings.EmailChannel)) != 20 {
		t.Fatalf("%v: the rest does not wait for the next hour", err)
	}
	r.now = r.now.Add(time.Hour)
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	for c, more := range map[settings.Channel]int{settings.EmailChannel: 480, settings.SlackChannel: 440} {
		all := r.told(c)
		want := fmt.Sprintf("%d [pipewarden] HIGH  %d findings, told together  (prod)", more, more)
		if got := all[len(all)-1]; got != want || len(all) != 501-more {
			t.Errorf("%s: %d messages, the last is %q", c, len(all), got)
		}
	}
	if last := r.sent[len(r.sent)-1]; !strings.Contains(last.Text, "more: pipewarden findings") || !strings.Contains(last.Text, "notify.perHour") {
		t.Errorf("the last does not say where the rest is:\n%s", last.Text)
	}
	if len(r.held) != 0 {
		t.Errorf("%d are still held", len(r.held))
	}
}

// What is critical and finds no room does not wait for the hour.
func TestCriticalNewsFindsRoomSoon(t *testing.T) {
	t.Parallel()
	r := newRoom(t, func(s *settings.Settings) { s.Notify.PerHour.Email = 1 })
	r.tell(one("a", 1, finding.High, "e"), one("a", 2, finding.High, "e"), one("a", 3, finding.Critical, "e"), one("a", 4, finding.Critical, "e"))
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 [pipewarden] HIGH  the thing number 1 is open  (prod, eu-west-1)", "2 [pipewarden] CRITICAL  2 findings, told together  (prod)"}
	if diff := cmp.Diff(want, r.told(settings.EmailChannel)); diff != "" || len(r.held) != 1 {
		t.Errorf("%d held:\n%s", len(r.held), diff)
	}
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	r := newRoom(t, func(s *settings.Settings) { s.Notify.QuietHours = settings.Hours{From: 9 * 60, To: 10 * 60} })
	r.now = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	r.tell(one("a", 1, finding.High, "e"), one("a", 2, finding.Critical, "e"), one("b", 3, finding.Low, ""), one("b", 4, finding.Low, "e"))
	r.now = r.now.Add(20 * time.Minute)
	if err := r.flush(); err != nil || len(r.sent) != 1 || !strings.Contains(r.sent[0].Subject, "number 2") {
		t.Fatalf("%v: told in quiet hours: %q", err, r.told(settings.EmailChannel))
	}
	r.now = r.now.Add(10 * time.Minute)
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	if got := r.told(settings.EmailChannel)[1:]; !slices.Equal(got, []string{"3 [pipewarden] HIGH  3 findings, told together  (prod)"}) || !strings.Contains(r.sent[1].Text, "quiet hours") {
		t.Errorf("afterwards: %q\n%s", got, r.sent[len(r.sent)-1].Text)
	}
}

// Of one message's findings only those are kept back that are muted, until the mute is over.
func TestMutedFindingsWait(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	r.mutes = []settings.Mute{{Check: "b", Until: r.now.Add(time.Hour)}}
	both := one("a", 1, finding.High, "e")
	both.Items = append(both.Items, one("b", 1, finding.High, "e").Items...)
	r.tell(both)
	if got := r.findings(r.sent[0]); len(got) != 1 || len(r.held) != 1 {
		t.Fatalf("told %d, held %d", len(got), len(r.held))
	}
	r.now = r.now.Add(59 * time.Minute)
	if err := r.flush(); err != nil || len(r.sent) != 1 {
		t.Fatalf("%v: told while it is muted", err)
	}
	r.tell(one("b", 2, finding.High, "e"))
	r.mutes = nil // somebody ended it a minute early
	if err := r.flush(); err != nil || len(r.sent) != 2 || len(r.findings(r.sent[1])) != 2 || len(r.held) != 0 {
		t.Errorf("%v: %d told, %d held", err, len(r.sent), len(r.held))
	}
}

// What says nothing any more is forgotten: exempted, told better since, or put right before anybody was reminded.
func TestStaleNewsIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	gone, better, fine := one("a", 1, finding.High, ""), one("a", 2, finding.High, ""), one("a", 3, finding.High, "")
	r.states[gone.Items[0].Finding.Key()] = State{Open: true, Exempted: true, Revision: 1}
	r.states[better.Items[0].Finding.Key()] = State{Open: false, Revision: 2}
	r.states[fine.Items[0].Finding.Key()] = State{Open: false, Revision: 1}
	r.tell(gone, better)
	again := fine.Items[0]
	again.Kind = Reminder
	if err := r.desk().Remind(t.Context(), again, 1); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Hour)
	if err := r.flush(); err != nil || len(r.sent) != 0 || len(r.held) != 0 {
		t.Errorf("%v: told %q, held %d", err, r.told(settings.EmailChannel), len(r.held))
	}
}

func TestReminders(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	for i := range 3 {
		it := one("bucket-public", i, finding.High, "e").Items[0]
		it.Kind = Reminder
		if err := errors.Join(r.desk().Remind(t.Context(), it, 1), r.desk().Remind(t.Context(), it, 1)); err != nil {
			t.Fatal(err)
		}
	}
	r.now = r.now.Add(time.Hour)
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	if got := r.told(settings.EmailChannel); !slices.Equal(got, []string{"3 [pipewarden] HIGH  3 findings of bucket-public are still open  (prod)"}) {
		t.Errorf("%q", got)
	}
}

// As long as the topic takes nothing, nothing is forgotten; and what cannot be read does not hold up the rest.
func TestNothingIsForgottenBeforeItWasTold(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	r.tell(one("a", 1, finding.High, ""), one("a", 2, finding.High, ""), one("b", 1, finding.High, ""))
	r.held = append(r.held, Kept{Key: "x", Why: ForSweep, At: r.now, Body: []byte("{")}, Kept{Key: "y", Why: "of another version", At: r.now, Body: []byte("{}")})
	r.now, r.down = r.now.Add(time.Hour), errors.New("throttled")
	if err := r.flush(); !errors.Is(err, r.down) || len(r.held) != 3 || len(r.broken) != 2 {
		t.Fatalf("%v: %d held, %d put aside", err, len(r.held), len(r.broken))
	}
	r.down = nil
	if err := r.flush(); err != nil || len(r.sent) != 2 || len(r.held) != 0 {
		t.Errorf("%v: %d told, %d held", err, len(r.sent), len(r.held))
	}
}

// Several findings in one message stay within what SNS takes, whatever they hold.
func TestSeveralFit(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	for i := range 200 {
		f := hostile()
		f.Resource.ID = fmt.Sprint(i, strings.Repeat("\u202e<&*", 300))
		f.Event, f.Why, f.Would, f.Title = nil, strings.Repeat("w&", 9000), strings.Repeat("x<", 9000), strings.Repeat("t>", 900)
		r.tell(Notice{Resource: f.Resource, Items: []Item{{Finding: f, Kind: Found, Revision: 1, Order: "01K"}}})
	}
	r.now = r.now.Add(time.Hour)
	if err := r.flush(); err != nil || len(r.sent) != 1 {
		t.Fatalf("%v: %d messages", err, len(r.sent))
	}
	sound(t, r.sent[0])
	if got := r.findings(r.sent[0]); len(got) != 200 {
		t.Errorf("%d of 200 findings are told or counted", len(got))
	}
}

func TestSeveralInWords(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(r *room){
		"several-sweep": func(r *room) {
			for i := range 45 {
				r.tell(one("bucket-public", i, finding.Severity(i%5), ""))
			}
		},
		"several-resolved": func(r *room) {
			for i := range 2 {
				n := one("bucket-public", i, finding.High, "")
				n.Items[0].Kind, n.Items[0].Order = Resolved, ""
				r.states[n.Items[0].Finding.Key()] = State{Revision: 1}
				r.tell(n)
			}
		},
		"several-mixed": func(r *room) {
			r.set.Notify.QuietHours = settings.Hours{From: 9 * 60, To: 10 * 60}
			unknown := one("bucket-public", 3, finding.High, "")
			unknown.Items[0].Kind = Unread
			r.tell(one("bucket-public", 1, finding.High, "e"), one("trail-stopped", 2, finding.Medium, "e"), unknown)
			fixed := one("bucket-public", 4, finding.High, "e")
			fixed.Items[0].Kind, fixed.Deed = Fixed, deed()
			r.tell(fixed)
		},
	} {
		r := newRoom(t, nil)
		set(r)
		r.now = r.now.Add(time.Hour)
		if err := r.flush(); err != nil || len(r.sent) != 1 {
			t.Fatalf("%s: %v: %d messages", name, err, len(r.sent))
		}
		sound(t, r.sent[0])
		golden(t, name, r.sent[0])
	}
}
