package showcase_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/showcase"
	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
)

func made(t *testing.T, fill bool) *assessment.Assessment {
	t.Helper()
	m := showcase.Open()
	if fill {
		if err := m.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	if _, err := m.Report(t.Context(), folder, framework.All(), m.Pictures(t.Context())); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, dossier.JSON))
	if err != nil {
		t.Fatal(err)
	}
	a := &assessment.Assessment{}
	if err := json.Unmarshal(raw, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The month has a bit of everything, so that the pictures show it and the tests judge it.
func TestFilled(t *testing.T) {
	t.Parallel()
	a := made(t, true)
	known := map[string]bool{}
	for _, c := range checks.All() {
		known[c.ID] = true
	}
	states, steps := map[assessment.State]int{}, 0
	for _, f := range a.Findings.Rows {
		states[f.State]++
		steps += len(f.Steps)
		if !known[f.Check] {
			t.Errorf("there is no check %s", f.Check)
		}
	}
	for _, s := range []assessment.State{assessment.Open, assessment.Act, assessment.Unread, assessment.Exempt, assessment.Resolved} {
		if states[s] == 0 {
			t.Errorf("none is %s: %v", s, states)
		}
	}
	for _, s := range finding.Severities() {
		if a.Summary.Open.Of(s) == 0 {
			t.Errorf("none that is open is %s", s)
		}
	}
	kinds := map[string]bool{}
	for _, by := range a.Summary.FixedBy {
		kinds[by.Kind] = true
	}
	if len(kinds) != 4 || steps <= len(a.Findings.Rows) || a.Summary.Detect.Count == 0 || a.Summary.Posture.Share == nil || len(a.Summary.Decide.Waiting) != 1 {
		t.Errorf("fixed by %v, %d steps, %+v", kinds, steps, a.Summary)
	}
	if diff := cmp.Diff(a, made(t, true)); diff != "" {
		t.Errorf("the month is another each time:\n%s", diff)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	a := made(t, false)
	if a.Findings.Total != 0 || a.Actions.Total != 0 || a.Summary.Posture.Share != nil || len(a.Frameworks) != len(made(t, true).Frameworks) {
		t.Errorf("%+v", a.Summary)
	}
}
