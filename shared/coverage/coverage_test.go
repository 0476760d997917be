package coverage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

const (
	home = "111122223333"
	web  = "444455556666"
	here = "eu-west-1"
)

var began = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

// watch is a ledger at a time.
type watch struct {
	*ledger.Ledger
	t     *testing.T
	now   time.Time
	store ledger.Store
}

// newWatch knows an account, and the leg of a sweep that was laid out for it.
func newWatch(t *testing.T, account string) *watch {
	t.Helper()
	w := &watch{t: t, now: began}
	clock := func() time.Time { return w.now }
	w.store = ledger.NewMemory(clock)
	w.Ledger = ledger.Open(w.store, clock)
	_, err := w.SetMember(t.Context(), ledger.Member{Account: account, State: "ACTIVE", Watched: true, Regions: []string{here}})
	w.must(err)
	w.must(w.BeginSweep(t.Context(), ledger.Sweep{ID: ledger.SweepID(began), Started: began, Legs: 1}, []ledger.Leg{{Account: account, Region: here}}))
	return w
}

func (w *watch) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// swept ends the leg a minute after it began.
func (w *watch) swept(account string, change func(*ledger.Leg)) {
	w.t.Helper()
	leg, _, err := w.Leg(w.t.Context(), account, here)
	w.must(err)
	w.now = began.Add(time.Minute)
	_, err = w.Advance(w.t.Context(), leg, 1, change)
	w.must(err)
}

func (w *watch) heard(topic, account string, at time.Time) {
	w.t.Helper()
	about := finding.Resource{Kind: "account", ID: account, Account: account, Region: here}
	w.must(w.Note(w.t.Context(), ledger.Note{About: about, Topic: topic, Body: json.RawMessage(`{}`), At: at, Until: at.Add(heartbeat.Keep)}))
}

func (w *watch) found(check string, outcome finding.Outcome, account, region string) {
	w.t.Helper()
	f := finding.Finding{Check: check, Outcome: outcome, Title: check + " fails", Detail: check + " is not known", Resource: finding.Resource{Kind: "account", ID: account, Account: account, Region: region}}
	view, err := w.View(w.t.Context(), f.Resource)
	w.must(err)
	_, _, err = view.Record(w.t.Context(), f)
	w.must(err)
}

func ended(l *ledger.Leg) { l.Ended = began.Add(time.Minute) }

func TestHealthOfARegion(t *testing.T) {
	t.Parallel()
	const well = "roles well, rules well, trail well, heard well, sweep well"
	for name, test := range map[string]struct {
		account string
		play    func(*watch)
		after   time.Duration
		want    string
	}{
		"not begun": {web, func(*watch) {}, time.Second, "roles not seen, rules not seen, trail not seen, heard unknown (the sweep could not sign in), sweep well"},
		"just swept": {
			web, func(w *watch) { w.swept(web, ended) }, 2 * time.Minute,
			"roles well, rules well, trail well, heard not seen (the first sign-in may still be on its way), sweep well",
		},
		"heard": {web, func(w *watch) { w.swept(web, ended); w.heard(heartbeat.SignInTopic, web, began) }, 2 * time.Hour, well},
		"never heard": {
			web, func(w *watch) { w.swept(web, ended) }, 2 * time.Hour,
			"roles well, rules well, trail well, heard broken (no sign-in of a sweep ever came back as an event), sweep well",
		},
		"heard long ago": {
			web, func(w *watch) { w.swept(web, ended); w.heard(heartbeat.SignInTopic, web, began.Add(-11*time.Hour)) }, 3 * time.Hour,
			"roles well, rules well, trail well, heard broken (no sign-in of a sweep came back as an event since 2026-11-19 19:00 UTC), sweep well",
		},
		"a heartbeat is no sign-in": {
			web, func(w *watch) { w.swept(web, ended); w.heard(heartbeat.Topic, web, began) }, 2 * time.Hour,
			"roles well, rules well, trail well, heard broken (no sign-in of a sweep ever came back as an event), sweep well",
		},
		"at home": {home, func(w *watch) { w.swept(home, ended); w.heard(heartbeat.Topic, home, began) }, 2 * time.Hour, well},
		"silent at home": {home, func(w *watch) {
			w.swept(home, ended)
			w.heard(heartbeat.Topic, home, began)
			w.found("auditor-silent", finding.Fail, home, here)
		}, 2 * time.Hour, "roles well, rules well, trail well, heard broken (auditor-silent fails), sweep well"},
		"another region at home": {home, func(w *watch) { w.swept(home, ended) }, 2 * time.Hour, "roles well, rules well, trail well, heard none, sweep well"},
		"no role": {web, func(w *watch) {
			w.swept(web, func(l *ledger.Leg) { ended(l); l.Why = "not let in" })
			w.found("account-unreachable", finding.Unknown, web, "")
		}, 2 * time.Hour, "roles broken (account-unreachable is not known), rules not seen, trail not seen, heard unknown (the sweep could not sign in), sweep broken (not let in)"},
		"no rules, no trail": {web, func(w *watch) {
			w.swept(web, ended)
			w.heard(heartbeat.SignInTopic, web, began)
			w.found("auditor-rules-missing", finding.Fail, web, here)
			w.found("account-no-trail", finding.Unknown, web, here)
			w.found("account-no-trail", finding.Fail, web, "us-east-1") // of another region
		}, 2 * time.Hour, "roles well, rules broken (auditor-rules-missing fails), trail unknown (account-no-trail is not known), heard well, sweep well"},
		"unlisted": {web, func(w *watch) {
			w.swept(web, func(l *ledger.Leg) { ended(l); l.Unlisted = []ledger.Unlisted{{Kind: "key", Why: "access denied"}} })
			w.heard(heartbeat.SignInTopic, web, began)
		}, 2 * time.Hour, "roles well, rules well, trail well, heard well, sweep broken (resources could not be listed: key (access denied))"},
		"stalled": {
			web, func(w *watch) { w.swept(web, func(*ledger.Leg) {}); w.heard(heartbeat.SignInTopic, web, began) }, 7 * time.Hour,
			"roles well, rules well, trail well, heard well, sweep broken (the sweep of 2026-11-20T06:00:00Z did not get to its end)",
		},
		"no sweep for long": {
			web, func(w *watch) { w.swept(web, ended); w.heard(heartbeat.SignInTopic, web, began.Add(13*time.Hour)) }, 14 * time.Hour,
			"roles well, rules well, trail well, heard well, sweep broken (the last sweep began at 2026-11-20T06:00:00Z)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, test.account)
			test.play(w)
			w.now = began.Add(test.after)
			all, err := coverage.Survey{Ledger: w.Ledger, Home: home, Now: w.now, Every: 6 * time.Hour}.Read(t.Context())
			if err != nil || len(all) != 1 || len(all[0].Regions) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			r := all[0].Regions[0]
			if got := fmt.Sprintf("roles %s, rules %s, trail %s, heard %s, sweep %s", said(all[0].Roles), said(r.Rules), said(r.Trail), said(r.Heard), said(r.Sweep)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
			if all[0].Well() != (test.want == well || name == "another region at home") {
				t.Errorf("well: %v", all[0].Well())
			}
		})
	}
}

func said(p coverage.Part) string {
	if p.Why == "" {
		return string(p.Health)
	}
	return string(p.Health) + " (" + p.Why + ")"
}

// broken answers no query of one partition.
type broken struct {
	ledger.Store
	of string
}

var errBroken = errors.New("the table does not answer")

func (b broken) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	if pk != b.of {
		return b.Store.Query(ctx, pk, prefix)
	}
	return func(yield func(ledger.Item, error) bool) { yield(ledger.Item{}, errBroken) }
}

func TestWhatCannotBeReadIsNotWell(t *testing.T) {
	t.Parallel()
	w := newWatch(t, web)
	for _, partition := range []string{"C", "W", "R#" + finding.Resource{Kind: "account", ID: web, Account: web, Region: here}.Key()} {
		l := ledger.Open(broken{w.store, partition}, func() time.Time { return w.now })
		if all, err := (coverage.Survey{Ledger: l, Now: w.now}).Read(t.Context()); !errors.Is(err, errBroken) || all != nil {
			t.Errorf("%s: %+v, %v", partition, all, err)
		}
	}
}
