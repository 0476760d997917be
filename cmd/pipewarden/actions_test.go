package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

func TestActions(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	show := func(name, line string) {
		t.Helper()
		got := s.says(t, "", line+" --table ledger")
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", line, got)
		}
		golden(t, name, got.out)
	}
	show("actions-list.txt", "actions")
	show("action-proposed.txt", "actions ID")
	for _, line := range []string{"approve --yes --table ledger ID"} {
		if got := s.says(t, "", line); got.code != done {
			t.Fatalf("%+v", got)
		}
	}
	show("action-holds.txt", "actions "+strings.ToLower(s.order))
	s.estate.doors["front"] = openness{open: true}
	show("action-lost.txt", "actions ID")
	s.says(t, "", "actions --table ledger --status waiting").want(t, done, "No actions in 30 days.\n", "")
	s.says(t, "", "actions --table ledger --resource back --days 1").want(t, done, "No actions in 1 day.\n", "")
	s.says(t, "", "actions --table ledger 00000000").want(t, usage, "", "pipewarden: actions: table ledger knows no such action. Compare the ID with the message, and the account and region with those of the stack; all: pipewarden actions\n")
}

func TestActionsForMachines(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if got := s.says(t, "", "approve --yes --table ledger ID"); got.code != done {
		t.Fatalf("%+v", got)
	}
	var one struct {
		ID, Status, Remedy string
		Plan               remedy.Plan
		Holds              *bool
	}
	if err := json.Unmarshal([]byte(s.says(t, "", "actions --table ledger --format json ID").out), &one); err != nil || one.ID != "ID" || one.Status != "applied" || one.Holds == nil || !*one.Holds || one.Plan.Before == nil {
		t.Errorf("%+v, %v", one, err)
	}
	lines := strings.Split(strings.TrimSpace(s.says(t, "", "actions --table ledger --format json").out), "\n")
	if len(lines) != 1 || !json.Valid([]byte(lines[0])) || !strings.Contains(lines[0], `"id":"ID"`) {
		t.Errorf("%q", lines)
	}
}

// What may hold secrets is never shown, in no form.
func TestActionsKeepSecrets(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	plan, err := json.Marshal(remedy.Plan{
		Remedy: "door-close", Summary: "Go back.", Calls: []remedy.Call{{Service: "codebuild", Operation: "UpdateProject"}},
		Before: []byte(`{"token":"hunter2"}`), After: []byte(`{"token":"hunter3"}`), Changes: []string{"The variable TOKEN differs."},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := ledger.Action{ID: "00000001", Remedy: "door-close", Status: ledger.Proposed, Plan: plan, Finding: finding.Finding{Check: "door-open"}, Created: clock.Add(-time.Hour)}
	if _, _, err := s.ledger.Begin(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"actions", "actions 00000001"} {
		for _, format := range []string{"table", "json"} {
			got := s.says(t, "", line+" --table ledger --format "+format)
			if got.code != done || strings.Contains(got.out, "hunter") || !strings.Contains(got.out, "00000001") {
				t.Errorf("%s as %s: %+v", line, format, got)
			}
		}
	}
}
