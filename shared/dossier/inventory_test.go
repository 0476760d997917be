package dossier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/inventorytest"
)

// estate is the inventory of so many pipelines, as a report reads it.
func estate(pipelines int) func(inventory.Marks) (*inventory.Inventory, error) {
	users, _ := inventorytest.Estate(pipelines)
	return func(m inventory.Marks) (*inventory.Inventory, error) {
		return inventory.Read(inventorytest.All(users, nil), m)
	}
}

// sketch is a picture of so many bytes.
func sketch(bytes int) func(inventory.Part) ([]byte, error) {
	return func(p inventory.Part) ([]byte, error) {
		return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title><path d="%s"/></svg>`, p.Root.ID, strings.Repeat("M", bytes)), nil
	}
}

// shown is the page of a report with the pictures.
func shown(t *testing.T, a *assessment.Assessment, pictures dossier.Pictures) string {
	t.Helper()
	m := &memory{files: map[string]string{}}
	if _, err := dossier.Write(t.Context(), m, built(a), pictures); err != nil {
		t.Fatal(err)
	}
	text := m.files[dossier.Page]
	inspect(t, text)
	return text
}

// found is an assessment with findings in all states on buckets of the estate: the n-th on that of the n-th pipeline.
func found(t *testing.T, states ...assessment.State) *assessment.Assessment {
	t.Helper()
	a := known(t, "empty")
	for i, state := range states {
		a.Findings.Rows = append(a.Findings.Rows, assessment.Finding{
			Check: "bucket-public", State: state, Severity: finding.High, Resource: inventorytest.Resource("bucket", fmt.Sprintf("codepipeline-artifacts-%03d", i)),
		})
	}
	return a
}

// What a report calls open is what it marks: not what is exempted, put right, or unread.
func TestInventoryOfFewPipelines(t *testing.T) {
	t.Parallel()
	a := found(t, assessment.Open, assessment.Exempt, assessment.Open, assessment.Act)
	pictures := dossier.OfInventory(estate(4), sketch(10))
	pictures.Style = ".inventory { fill: red; }"
	text := shown(t, a, pictures)
	for _, want := range []string{
		`<details class="leaf" open><summary>pipeline team-000-deploy <span class="sev high">1 open, high</span></summary>`,
		`<details class="leaf" open><summary>pipeline team-001-deploy <span class="sev none">nothing open</span></summary>`,
		`<details class="leaf" open><summary>pipeline team-003-deploy <span class="sev none">nothing open</span></summary>`,
		`<div class="picture" role="group" tabindex="0" aria-label="Picture of pipeline team-000-deploy"><svg><title>team-000-deploy</title>`,
		`<td data-of="leans on">bucket codepipeline-artifacts-000</td><td data-of="which is its">artifact store</td><td data-of="open there">1 open, high</td>`,
		`>444455556666, eu-west-1</h3>`, `.inventory { fill: red; }`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, not := range []string{"How many parts", "with nothing open", "words alone", "no room"} {
		if strings.Contains(text, not) {
			t.Errorf("it says %q", not)
		}
	}
}

// Where nobody draws, there are the words, and where the pictures are to be had.
func TestInventoryInWords(t *testing.T) {
	t.Parallel()
	text := shown(t, found(t), dossier.OfInventory(estate(3), nil))
	if strings.Contains(text, `class="picture"`) || !strings.Contains(text, "These are words alone. The pictures: pipewarden report, or pipewarden inventory --format svg.") ||
		!strings.Contains(text, `<td data-of="which is its">artifact store</td>`) {
		t.Error("it does not say it in words alone")
	}
}

func TestInventoryOfManyPipelines(t *testing.T) {
	t.Parallel()
	states := make([]assessment.State, 300)
	states[7], states[250] = assessment.Open, assessment.Open
	pictures := dossier.OfInventory(estate(400), sketch(100))
	pictures.Style = "x { }"
	text := shown(t, found(t, states...), pictures)
	if n := strings.Count(text, `class="picture"`); n != 300 {
		t.Errorf("%d pictures", n)
	}
	for _, want := range []string{
		`<caption>How many parts have what as the worst that is open</caption>`, `<a href="#region-0">111122223333, eu-west-1</a>`, `<summary>pipeline team-007-deploy <span class="sev high">1 open, high</span>`,
		`<summary>266 parts with nothing open</summary>`, `There is no picture of this part`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(text, `class="leaf" open`) || strings.Contains(text, "no room") {
		t.Error("what are many is unfolded, or was left out")
	}
}

// A page that a browser opens at once has room for so much: first the pictures of the mildest go, then their words.
func TestInventoryWithoutRoom(t *testing.T) {
	t.Parallel()
	states := make([]assessment.State, 300)
	states[201] = assessment.Open
	for size, pipelines := range map[int]int{1 << 20: 30, 10: 5000} {
		pictures := dossier.OfInventory(estate(pipelines), sketch(size))
		pictures.Style = "x { }"
		states := states
		if pipelines < 300 {
			states = nil
		}
		text := shown(t, found(t, states...), pictures)
		if len(text) > 8<<20 || len(text) < 1<<20 {
			t.Errorf("%d bytes", len(text))
		}
		if pipelines > 300 && (!strings.Contains(text, "more parts have no room here") || !strings.Contains(text, "pipeline team-201-deploy <")) {
			t.Error("what is open has no room, or nobody is told of what has none")
		}
		if pipelines < 300 && (strings.Count(text, `class="picture"`) != 4 || strings.Contains(text, "no room")) {
			t.Errorf("%d pictures", strings.Count(text, `class="picture"`))
		}
	}
}

// A report without its inventory, or with half of it, is not written.
func TestInventoryThatCannotBeReadOrDrawn(t *testing.T) {
	t.Parallel()
	torn := errors.New("torn")
	for name, pictures := range map[string]dossier.Pictures{
		"read":  dossier.OfInventory(func(inventory.Marks) (*inventory.Inventory, error) { return nil, torn }, sketch(1)),
		"drawn": dossier.OfInventory(estate(1), func(inventory.Part) ([]byte, error) { return nil, torn }),
	} {
		m := &memory{files: map[string]string{}}
		if _, err := dossier.Write(t.Context(), m, built(found(t)), pictures); !errors.Is(err, torn) || m.files[dossier.Page] != "" {
			t.Errorf("what cannot be %s: %v", name, err)
		}
	}
}
