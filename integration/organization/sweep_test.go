package organization

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
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

// A session is good for an hour, also in an account that is suspended meanwhile. What it is refused from then on is nobody's finding.
func TestAnAccountIsSuspendedInTheMiddleOfItsSweep(t *testing.T) {
	const account = "666677778888"
	shared.org.Add(account, "old-shop", shared.org.Units["workloads/prod"])
	shared.unheard(t, func() { must(t, shared.system.Roll(t.Context(), shared.org)) })
	for _, region := range regions {
		project(t, account, region, "old-shop-"+region)
	}
	settle(t)
	signIns := 0
	shared.listen(t.Context(), func(record map[string]any) {
		if in, _ := record["requestParameters"].(map[string]any); record["recipientAccountId"] == account && in["roleSessionName"] == "pipewarden-sign-in" {
			if signIns++; signIns == 2 { // in its second region
				shared.org.Suspend(account)
			}
		}
	})
	defer shared.listen(context.Background())
	shared.aws.ResetCalls()
	must(t, shared.system.Sweep(t.Context()))
	mails := settle(t)
	refused := 0
	for _, call := range shared.aws.Calls() {
		if call.Account == account && call.Status == http.StatusForbidden && strings.Contains(call.Principal, "/pipewarden-audit/") {
			refused++
		}
	}
	if signIns != 2 || refused == 0 {
		t.Fatalf("%d sign-ins, %d calls refused: it was not suspended in the middle of its sweep", signIns, refused)
	}
	whys := map[string]int{}
	for _, region := range regions {
		leg := legs(t)[account+" "+region]
		if leg.Ended.IsZero() || len(leg.Unlisted) > 0 {
			t.Errorf("%s: %+v", region, leg)
		}
		whys[leg.Why]++
	}
	if whys[""] != 1 || whys["account "+account+" is SUSPENDED: nothing can be done in it, and nothing is judged"] != 2 {
		t.Errorf("the legs ended: %v", whys)
	}
	for _, m := range mails {
		for _, e := range m.Document.Findings {
			if e.Resource.Account == account && (e.Kind == announce.Unread || e.Check == "account-unreachable") {
				t.Errorf("told of it: %s %s of %s", e.Kind, e.Check, e.Resource.ID)
			}
		}
	}
	for e, err := range shared.system.Ledger().Findings(t.Context(), "") {
		must(t, err)
		if f := e.Finding; f.Resource.Account == account && f.Outcome == finding.Unknown {
			t.Errorf("not known: %s of %s %s", f.Check, f.Resource.Kind, f.Resource.ID)
		}
	}
	for at, leg := range legs(t) {
		if !strings.HasPrefix(at, account) && (leg.Ended.IsZero() || !leg.Well()) {
			t.Errorf("%s: %+v", at, leg)
		}
	}
}
