package remedy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

func TestTitle(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"# Makes it private\n\n## What it does\n": "Makes it private",
		"# Makes it private":                      "Makes it private",
		"#  Makes it private \n":                  "Makes it private",
		"":                                        "",
	} {
		if got := (&remedy.Remedy{Doc: doc}).Title(); got != want {
			t.Errorf("title of %q: %q, want %q", doc, got, want)
		}
	}
}

// A plan is stored before it is carried out, and undone from what was stored.
func TestPlanSurvivesStorage(t *testing.T) {
	t.Parallel()
	plan := remedy.Plan{
		Remedy: "build-make-private", Resource: finding.Resource{Kind: "build-project", ID: "web", Account: "111122223333", Region: "eu-west-1"},
		Summary: "Makes web private.", Breaks: "Nothing.", Stack: "payments", Undoable: true, Manual: "aws codebuild update-project-visibility",
		Calls:  []remedy.Call{{Service: "codebuild", Operation: "UpdateProjectVisibility", Input: json.RawMessage(`{"projectVisibility":"PRIVATE"}`)}},
		Before: json.RawMessage(`"PUBLIC_READ"`), After: json.RawMessage(`"PRIVATE"`),
	}
	raw, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var back remedy.Plan
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan, back); diff != "" {
		t.Error(diff)
	}
	if back.Done() || !(remedy.Plan{Summary: "It is private."}).Done() {
		t.Error("a plan is done when it has no calls, and only then")
	}
}

func TestErrorsSayWhatWasFound(t *testing.T) {
	t.Parallel()
	moved := fmt.Errorf("apply: %w", &remedy.MovedError{What: "visibility of web", Differs: []string{"projectVisibility: PUBLIC_READ -> PRIVATE", "resourceAccessRole: r -> nothing"}})
	if got := moved.Error(); got != "apply: visibility of web has changed since: projectVisibility: PUBLIC_READ -> PRIVATE; resourceAccessRole: r -> nothing" {
		t.Error(got)
	}
	if _, ok := errors.AsType[*remedy.MovedError](moved); !ok {
		t.Error("a wrapped MovedError is not recognised")
	}
	refused := fmt.Errorf("plan: %w", &remedy.RefusedError{Why: "The bucket serves a website."})
	if got := refused.Error(); got != "plan: The bucket serves a website." {
		t.Error(got)
	}
	if _, ok := errors.AsType[*remedy.RefusedError](refused); !ok {
		t.Error("a wrapped RefusedError is not recognised")
	}
}
