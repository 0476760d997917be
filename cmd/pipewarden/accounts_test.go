package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// enrol writes accounts down, each with the legs of a sweep that began an hour ago.
func enrol(t *testing.T, s *scene, members ...ledger.Member) {
	t.Helper()
	began := clock.Add(-time.Hour)
	var legs []ledger.Leg
	for _, m := range members {
		if _, err := s.ledger.SetMember(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for i, region := range m.Regions {
			legs = append(legs, ledger.Leg{Account: m.Account, Region: region, Order: i})
		}
	}
	sweep := ledger.Sweep{ID: ledger.SweepID(began), Started: began, Legs: len(legs)}
	if err := s.ledger.BeginSweep(t.Context(), sweep, legs); err != nil {
		t.Fatal(err)
	}
	for leg, err := range s.ledger.Legs(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ledger.Advance(t.Context(), leg, 1, func(l *ledger.Leg) { l.Ended = began.Add(time.Minute) }); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *scene) heard(t *testing.T, topic, account, region string, at time.Time) {
	t.Helper()
	err := s.ledger.Note(t.Context(), ledger.Note{
		About: finding.Resource{Kind: heartbeat.Kind, ID: account, Account: account, Region: region}, Topic: topic, Body: json.RawMessage(`{}`), At: at, Until: at.Add(heartbeat.Keep),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *scene) found(t *testing.T, check string, outcome finding.Outcome, account, region, title string) {
	t.Helper()
	f := finding.Finding{Check: check, Outcome: outcome, Severity: finding.High, Title: title, Detail: title, Resource: finding.Resource{Kind: "account", ID: account, Account: account, Region: region}}
	view, err := s.ledger.View(t.Context(), f.Resource)
	if err == nil {
		_, _, err = view.Record(t.Context(), f)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	run := func(args ...string) ran {
		return run(t, s.program, append(append([]string{"accounts"}, args...), "--table", "ledger")...)
	}
	run().want(t, done, "No sweep has looked for accounts yet. Begin one: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout\n", "")
	regions := []string{"eu-west-1", "us-east-1"}
	enrol(t, s,
		ledger.Member{Account: "111122223333", Name: "centre", State: "ACTIVE", Watched: true, Regions: regions},
		ledger.Member{Account: "444455556666", Name: "web\x1b[31m", State: "ACTIVE", Watched: true, Regions: regions},
		ledger.Member{Account: "777788889999", State: "ACTIVE", Watched: true, Management: true, Regions: regions},
		ledger.Member{Account: "123456789012", Name: "old", State: "SUSPENDED"},
		ledger.Member{Account: "222233334444", Name: "apart", State: "ACTIVE"},
	)
	s.heard(t, heartbeat.Topic, "111122223333", "eu-west-1", clock.Add(-5*time.Minute))
	for _, region := range regions {
		s.heard(t, heartbeat.SignInTopic, "444455556666", region, clock.Add(-time.Hour))
	}
	got := run("--not-well")
	if got.code != done || !strings.Contains(got.out, "777788889999") { // nobody was heard signing in there
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
	s.found(t, "account-unreachable", finding.Unknown, "777788889999", "", "What account 777788889999 holds is not known: its role does not let pipewarden in: access denied")
	s.found(t, "auditor-rules-missing", finding.Fail, "444455556666", "us-east-1", "no rule of pipewarden's brings events from us-east-1")
	s.found(t, "account-no-trail", finding.Unknown, "444455556666", "eu-west-1", "whether any trail logs in eu-west-1 is not known: access denied")
	all := run()
	if all.code != done || all.err != "" {
		t.Errorf("code %d: %s", all.code, all.err)
	}
	golden(t, "accounts.txt", all.out)
	golden(t, "accounts.json", run("--format", "json").out)
	if got := run("--fail"); got.code != verdict || got.out != all.out || got.err != "" {
		t.Errorf("code %d: %s", got.code, got.err)
	}
	if got := run("--not-well", "--fail"); got.code != verdict || strings.Contains(got.out, "centre") || strings.Contains(got.out, "apart") {
		t.Errorf("code %d: %s", got.code, got.out)
	}
	if got := run("--account", "111122223333", "--fail"); got.code != done || strings.Count(got.out, "\n") != 3 {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
	run("--account", "111122223333", "--not-well").want(t, done, "All accounts are well.\n", "")
	run("--account", "999999999999").want(t, verdict, "", "pipewarden: accounts: 999999999999 is in no sweep so far. All: pipewarden accounts\n")
	run("--account", "web").want(t, usage, "", "pipewarden: accounts: --account \"web\" is no account: its ID has twelve digits\n")
}

func TestAdviceOfManyAccounts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var all []coverage.Account
	for range mostAdvice + 2 {
		all = append(all, coverage.Account{Member: ledger.Member{Account: "444455556666", State: "ACTIVE", Watched: true}, Roles: coverage.Part{Health: coverage.Broken, Why: "no"}})
	}
	got := &strings.Builder{}
	s.out = got
	r := &roll{desk: &desk{program: s.program}}
	if err := r.show(all); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(got.String(), "roles: no"); n != mostAdvice || !strings.HasSuffix(got.String(), "\nMore is not well: pipewarden accounts --not-well --format json\n") {
		t.Errorf("%d times:\n%s", n, got)
	}
}
