package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// newRecord is a ledger in which a few things were found, put right, exempted and not read.
func newRecord(t *testing.T) (s *scene, door finding.Finding) {
	t.Helper()
	s = newScene(t)
	at := clock
	s.now = func() time.Time { return at }
	s.ledger = ledger.Open(s.store(aws.Config{}, "ledger"), s.now)
	record := func(f finding.Finding) {
		t.Helper()
		view, err := s.ledger.View(t.Context(), f.Resource)
		if err == nil {
			_, _, err = view.Record(t.Context(), f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	door = finding.Finding{
		Check: "door-open", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "front stands open", Detail: "It is open.", Why: "Anybody walks in.",
		Resource: finding.Resource{Kind: "door", ID: "front", Account: "111122223333", Region: "eu-west-1"}, Remedy: "door-close", ByHand: "aws door shut --name front",
		Event: &finding.Cause{ID: "e1", Name: "OpenDoor", Source: "doors", Time: clock.Add(-time.Minute)},
		Actor: &finding.Actor{Type: "IAMUser", Name: "bob", ARN: "arn:aws:iam::111122223333:user/bob", Via: "access key", SourceIP: "203.0.113.7"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 6, Reason: "The key carries no MFA."}, Facts: []finding.Fact{{Label: "Hinge", Value: "oiled"}},
	}
	other := func(id string, change func(*finding.Finding)) finding.Finding {
		f := finding.Finding{
			Check: "key-copied", Outcome: finding.Fail, Severity: finding.Medium, Basis: finding.State, Title: id + " was copied", Detail: "There are two.",
			Resource: finding.Resource{Kind: "key", ID: id, Account: "111122223333", Region: "eu-west-1"},
		}
		change(&f)
		return f
	}
	record(door)
	right := other("old", func(*finding.Finding) {})
	record(right)
	right.Outcome = finding.Pass
	record(right)
	record(other("spare", func(f *finding.Finding) {
		f.Exemption = &finding.Exemption{Owner: "ann", Reason: "hers", Until: clock.AddDate(0, 1, 0)}
	}))
	record(other("lost", func(f *finding.Finding) { f.Outcome = finding.Unknown }))
	record(other("evil\x1b[31m", func(f *finding.Finding) { f.Severity = finding.Critical }))
	at = at.Add(time.Hour)
	worse := door
	worse.Severity, worse.Title = finding.Critical, "front stands wide open"
	record(worse)
	return s, worse
}

func TestFindings(t *testing.T) {
	t.Parallel()
	s, door := newRecord(t)
	show := func(name, line string) ran {
		t.Helper()
		got := s.says(t, "", line+" --table ledger")
		if got.code != done || got.err != "" || strings.Contains(got.out, "\x1b") {
			t.Errorf("%s: %+v", line, got)
		}
		golden(t, name, got.out)
		return got
	}
	show("findings.txt", "findings")
	show("findings-all.txt", "findings --all")
	show("finding.txt", "finding "+strings.ToUpper(door.ID()))
	lines := strings.Split(strings.TrimSpace(show("findings.jsonl", "findings --severity critical --check door-open --format json").out), "\n")
	var one struct {
		ID, State string
		Finding   finding.Finding
		Steps     []struct{ Transition string }
	}
	if err := json.Unmarshal([]byte(lines[0]), &one); err != nil || len(lines) != 1 || one.ID != door.ID() || one.State != "open" || one.Finding.Title != door.Title || len(one.Steps) != 2 {
		t.Errorf("%+v, %v", one, err)
	}
	for _, format := range []string{"sarif", "csv", "ocsf"} {
		show("findings."+format, "findings --all --format "+format)
	}
	s.says(t, "", "findings --resource nobody --table ledger").want(t, done, "Nothing that was asked for is open.\n", "")
	s.says(t, "", "findings --check door-opn --table ledger").want(t, usage, "", `pipewarden: findings: there is no check "door-opn". Did you mean door-open? All: pipewarden checks`+"\n")
}

func TestFindingThatThereIsNot(t *testing.T) {
	t.Parallel()
	s, door := newRecord(t)
	s.says(t, "", "finding 01K3F7Q2 --table ledger").want(t, usage, "", `pipewarden: finding: "01K3F7Q2" is no finding: eight digits or letters up to f, as the message names it. All: pipewarden findings`+"\n")
	s.says(t, "", "finding 00000000 --table ledger").want(t, usage, "",
		"pipewarden: finding: table ledger knows no finding 00000000. Compare the ID with the message, and the account and region with those of the stack; all: pipewarden findings --all\n")
	var whole struct {
		Actions []struct{ Status string }
	}
	got := s.says(t, "", "finding "+door.Key()+" --format json --table ledger")
	if err := json.Unmarshal([]byte(got.out), &whole); err != nil || len(whole.Actions) != 1 || whole.Actions[0].Status != "proposed" {
		t.Errorf("%+v, %v", got, err)
	}
}
