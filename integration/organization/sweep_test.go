package organization

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var carol = emulator.Caller{Account: estate.Central, User: "carol", MFA: aws.Bool(true)}

// legs are how far the newest sweep got: "account region: why".
func legs(t *testing.T) map[string]ledger.Leg {
	t.Helper()
	all := map[string]ledger.Leg{}
	newest, _, err := shared.system.Ledger().NewestSweep(t.Context())
	must(t, err)
	for leg, err := range shared.system.Ledger().Legs(t.Context(), "") {
		must(t, err)
		if leg.Sweep == newest.ID {
			all[leg.Account+" "+leg.Region] = leg
		}
	}
	return all
}

func TestTheSweepCoversAllAndComesBack(t *testing.T) {
	must(t, shared.system.Sweep(t.Context()))
	settle(t)
	got := legs(t)
	for _, account := range append(slices.Clone(members), estate.Management) {
		for _, region := range regions {
			leg, there := got[account+" "+region]
			if !there || leg.Ended.IsZero() || !leg.Well() || leg.Resources == 0 {
				t.Errorf("%s %s: %v, %+v", account, region, there, leg)
			}
			if account != estate.Central && heard(t, account, region) == 0 {
				t.Errorf("no sign-in to %s in %s came back", account, region)
			}
		}
	}
	if len(got) != 6*len(regions) {
		t.Errorf("%d legs", len(got))
	}
	// Nobody signs in because somebody signed in.
	shared.aws.ResetCalls()
	settle(t)
	for _, call := range shared.aws.Calls() {
		if call.Operation == "AssumeRole" {
			t.Errorf("%s took a role in %s while nothing happened", call.Principal, call.Account)
		}
	}
	run, err := shared.system.Run(t.Context(), carol, "accounts", "--format", "json", "--region", estate.Region)
	must(t, err)
	var accounts []struct {
		Account, Name string
		Roles         struct{ Health string }
		Watched       []struct{ Rules, Heard, Sweep struct{ Health string } }
	}
	if err := json.Unmarshal([]byte(run.Stdout), &accounts); err != nil {
		t.Fatalf("%v: %s%s", err, run.Stdout, run.Stderr)
	}
	for _, a := range accounts {
		for _, r := range a.Watched {
			if a.Roles.Health != "well" || r.Rules.Health != "well" || r.Sweep.Health != "well" || a.Account != estate.Central && r.Heard.Health != "well" {
				t.Errorf("%s (%s): %+v", a.Account, a.Name, a)
			}
		}
	}
	if len(accounts) != 6 {
		t.Errorf("%d accounts", len(accounts))
	}
}

// heard counts the sign-ins that are remembered of an account and region.
func heard(t *testing.T, account, region string) int {
	t.Helper()
	view, err := shared.system.Ledger().View(t.Context(), finding.Resource{Kind: heartbeat.Kind, ID: account, Account: account, Region: region})
	must(t, err)
	n := 0
	for _, note := range view.Notes() {
		if note.Topic == heartbeat.SignInTopic {
			n++
		}
	}
	return n
}

// Wherever the auditor is ended in the middle of a sweep, the sweep goes on and gets everywhere.
func TestASweepGoesOnAfterACrash(t *testing.T) {
	for _, calls := range []int{5, 60} {
		t.Run(fmt.Sprint(calls), func(t *testing.T) {
			crash := shared.system.CrashAfter("auditor", calls)
			must(t, shared.system.Sweep(t.Context()))
			settle(t)
			if after, did := crash.Happened(); !did {
				t.Errorf("there was no crash: %q", after)
			}
			for at, leg := range legs(t) {
				if leg.Ended.IsZero() || !leg.Well() {
					t.Errorf("%s: %+v", at, leg)
				}
			}
		})
	}
}

// One account is suspended, one joins and one leaves: none of it is anybody's alarm.
func TestAccountsComeAndGo(t *testing.T) {
	const joins, suspended = "333344445555", "222233334444"
	shared.org.Add(joins, "new-shop", shared.org.Units["workloads/prod"])
	shared.unheard(t, func() { must(t, shared.system.Roll(t.Context(), shared.org)) })
	project(t, joins, estate.Region, "shop")
	must(t, shared.system.Sweep(t.Context()))
	settle(t)
	if leg := legs(t)[joins+" "+estate.Region]; leg.Ended.IsZero() || !leg.Well() {
		t.Errorf("the account that joined: %+v", leg)
	}
	open(t, joins, estate.Region, "shop")
	if got := told(settle(t), "shop"); !slices.Contains(got, "found build-project-public "+joins) {
		t.Errorf("in the account that joined, told %q", got)
	}
	// It leaves again: its stacks go, and it is watched no more.
	shared.org.Remove(joins)
	shared.unheard(t, func() { must(t, shared.system.Roll(t.Context(), shared.org)) })
	shared.org.Suspend(suspended)
	must(t, shared.system.Sweep(t.Context()))
	mails := settle(t)
	for account, state := range map[string]string{joins: ledger.Left, suspended: "SUSPENDED"} {
		m, _, err := shared.system.Ledger().Member(t.Context(), account)
		must(t, err)
		if m.State != state || m.Watched {
			t.Errorf("%s: %+v", account, m)
		}
		if leg, there := legs(t)[account+" "+estate.Region]; there {
			t.Errorf("%s was swept: %+v", account, leg)
		}
		if e, found := entry(t, "account-unreachable", "account", account, account, ""); found && e.Open {
			t.Errorf("%s is said to let nobody in", account)
		}
		if got := told(mails, account); len(got) > 0 {
			t.Errorf("told of %s: %q", account, got)
		}
	}
	run, err := shared.system.Run(t.Context(), carol, "accounts", "--region", estate.Region)
	must(t, err)
	if !strings.Contains(run.Stdout, "suspended") || !strings.Contains(run.Stdout, "left") {
		t.Errorf("accounts:\n%s%s", run.Stdout, run.Stderr)
	}
}
