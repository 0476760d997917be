package telling

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pipewarden/pipewarden/integration/browser"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/framework"
)

// reports has the command write a report for each framework of what happened in the story.
func reports(t *testing.T, w *watch) {
	var pages []string
	for _, id := range framework.IDs() {
		folder := filepath.Join(t.TempDir(), id)
		run, err := w.system.Run(t.Context(), estate.Carol, "report", "--framework", id, "--out", folder)
		must(t, err)
		if run.Code != 0 {
			t.Fatalf("report --framework %s: exit code %d: %s", id, run.Code, run.Stderr)
		}
		raw, err := os.ReadFile(filepath.Join(folder, dossier.JSON))
		must(t, err)
		var a assessment.Assessment
		must(t, json.Unmarshal(raw, &a))
		tells(t, id, &a)
		pages = append(pages, filepath.Join(folder, dossier.Page))
	}
	inBrowser(t, pages)
}

// tells fails where a report does not tell of the story: carol had app-0 closed, undid it and left it so, and somebody closed app-1.
func tells(t *testing.T, id string, a *assessment.Assessment) {
	t.Helper()
	found := 0
	for _, f := range a.Frameworks { // its editions
		if found += f.Count[assessment.Found]; f.ID != id {
			t.Errorf("%s: it tells of %s", id, f.ID)
		}
	}
	if found == 0 || a.Actions.Applied < 1 || a.Actions.Undone != 1 || len(a.Exemptions) != 1 || a.Summary.Acts.Total() < 1 {
		t.Errorf("%s: %d controls with findings, %+v, %d exemptions, acts %+v", id, found, a.Summary.Changed, len(a.Exemptions), a.Summary.Acts)
	}
	states := map[string]assessment.State{}
	for _, f := range a.Findings.Rows {
		if f.Check == "build-project-public" {
			states[f.Resource.ID] = f.State
		}
	}
	if states["app-0"] != assessment.Exempt || states["app-1"] != assessment.Resolved || states["app-4"] != assessment.Open {
		t.Errorf("%s: %v", id, states)
	}
}

// inBrowser opens pages and prints them, where there is a browser.
func inBrowser(t *testing.T, pages []string) {
	t.Helper()
	chromium, err := browser.Start(t.Context())
	if err != nil && os.Getenv("REQUIRE_BROWSER") != "1" {
		t.Log("not opened:", err)
		return
	}
	must(t, err)
	t.Cleanup(func() { must(t, chromium.Close()) })
	for _, file := range pages {
		p, err := chromium.Open(file, browser.View{Width: 1280, Height: 800})
		must(t, err)
		if pdf, err := p.PDF(); err != nil || len(pdf) < 10_000 {
			t.Errorf("%s on paper: %d bytes, %v", file, len(pdf), err)
		}
		for _, fault := range p.Faults() {
			t.Errorf("%s: %s", file, fault)
		}
		p.Close()
	}
}
