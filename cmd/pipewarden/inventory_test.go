package main

import (
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/inventorytest"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// stocked has an estate of so many pipelines in the ledger, and what is open on it: one finding for each that counts, and what does not count.
func stocked(t *testing.T, pipelines int) *scene {
	t.Helper()
	s := newScene(t)
	users, _ := inventorytest.Estate(pipelines)
	for _, u := range users {
		if err := s.ledger.Lean(t.Context(), u.Resource, u.Leans); err != nil {
			t.Fatal(err)
		}
	}
	store, project := inventorytest.Resource("bucket", "codepipeline-artifacts-001"), inventorytest.Resource("buildproject", "team-001-build-b")
	exempt := &finding.Exemption{Owner: "ann", Reason: "r"}
	for _, f := range []finding.Finding{
		{Check: "bucket-public", Outcome: finding.Fail, Severity: finding.Critical, Resource: store, Title: "t"},
		{Check: "bucket-unversioned", Outcome: finding.Fail, Severity: finding.Low, Resource: store, Title: "t"},
		{Check: "bucket-plaintext-transport", Outcome: finding.Unknown, Severity: finding.Critical, Resource: store, Title: "t"},
		{Check: "build-privileged", Outcome: finding.Fail, Severity: finding.High, Resource: project, Title: "t", Exemption: exempt},
		{Check: "build-change-without-mfa", Outcome: finding.Fail, Severity: finding.High, Resource: project, Title: "t", Once: "an act"},
		{Check: "build-logging-off", Outcome: finding.Fail, Severity: finding.Medium, Resource: project, Title: "t"},
		{Check: "mfa-device-removed", Outcome: finding.Fail, Severity: finding.High, Resource: inventorytest.Resource("user", "ann"), Title: "t"},
	} {
		view, err := s.ledger.View(t.Context(), f.Resource)
		if err == nil {
			_, _, err = view.Record(t.Context(), f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestInventory(t *testing.T) {
	t.Parallel()
	s := stocked(t, 3)
	for name, line := range map[string]string{
		"inventory.txt": "", "inventory-pipeline.txt": "--pipeline team-001-deploy", "inventory-account.txt": "--account 444455556666 --located eu-west-1", "inventory.json": "--pipeline team-002-deploy --format json",
	} {
		got := s.says(t, "", "inventory --table ledger "+line)
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", line, got)
		}
		golden(t, name, got.out)
	}
	file := filepath.Join(t.TempDir(), "picture.svg")
	s.says(t, "", "inventory --table ledger --format svg --out "+file).want(t, done, "", "Written to "+file+"\n")
	svg, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(svg), "<svg ") || strings.Count(string(svg), ">team-001-deploy</text>") != 2 { // in the overview and in its picture
		t.Errorf("%.200s, %v", svg, err)
	}
	if got := s.says(t, "", "inventory --table ledger --format svg --pipeline team-001-deploy"); got.code != done || strings.Contains(got.out, "team-000") || strings.Count(got.out, ">team-001-deploy</text>") != 1 {
		t.Errorf("%.300s", got.out)
	}
}

func TestInventoriesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := stocked(t, 3)
	s.shows = true
	for line, want := range map[string]string{
		"--account 12":          `inventory: --account "12" is no account: its ID has twelve digits`,
		"--format svg":          "inventory: a picture is nothing for a terminal. Add --out FILE",
		"--settings s.yaml":     "inventory: --settings goes with --scan: the ledger knows the settings of the functions",
		"--table t --scan":      "if any flags in the group [scan table] are set none of the others can be; [scan table] were all set. See: pipewarden inventory --help",
		"--out /nowhere/at/all": "inventory: --out: open /nowhere/at/all: no such file or directory",
	} {
		if !strings.Contains(line, "--table") {
			line += " --table ledger"
		}
		got := s.says(t, "", "inventory "+line)
		if got.code != usage || got.out != "" || !strings.HasPrefix(got.err, "pipewarden: "+strings.Split(want, " [")[0]) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	s.shows = false
	s.says(t, "", "inventory --table ledger --pipeline team-001-deplyo").want(t, verdict, "", "pipewarden: inventory: no pipeline team-001-deplyo is known there. Did you mean team-001-deploy? All: pipewarden inventory\n")
	s.says(t, "", "inventory --table ledger --located us-west-2").want(t, verdict, "", "pipewarden: inventory: nothing is known there. All: pipewarden inventory\n")
}

func TestInventoryOfAnEmptyLedger(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.says(t, "", "inventory --table ledger").want(t, done, "No sweep has looked yet. Begin one: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout\nOr look yourself: pipewarden inventory --scan\n", "")
	s.says(t, "", "inventory --table ledger --format svg").want(t, verdict, "", "pipewarden: inventory: No sweep has looked yet. Begin one: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout. Or look yourself: pipewarden inventory --scan\n")
	got := s.says(t, "", "inventory --table ledger --format json")
	var g inventory.Graph
	if err := json.Unmarshal([]byte(got.out), &g); err != nil || got.code != done || g.Schema != inventory.Schema || g.Resources == nil || len(g.Resources) > 0 || g.Edges == nil {
		t.Errorf("%+v, %v", got, err)
	}
	enrol(t, s, ledger.Member{Account: "111122223333", Name: "centre", State: "ACTIVE", Watched: true, Regions: []string{"eu-west-1"}})
	s.says(t, "", "inventory --table ledger").want(t, done, "The last sweep found nothing that leans on anything. How it went: pipewarden sweep status\n", "")
}

// spoilt has an inventory in which something cannot be read.
type spoilt struct{ ledger.Store }

func (s spoilt) Query(ctx context.Context, pk, from string) iter.Seq2[ledger.Item, error] {
	if pk != "I" {
		return s.Store.Query(ctx, pk, from)
	}
	return func(yield func(ledger.Item, error) bool) {
		for item, err := range s.Store.Query(ctx, pk, from) {
			item.Body = []byte(`{"kind": 7}`)
			if !yield(item, err) {
				return
			}
		}
	}
}

// Half an inventory would say that a pipeline has nothing which it has.
func TestInventoryThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := stocked(t, 1)
	sound := s.store
	s.store = func(cfg aws.Config, table string) ledger.Store { return spoilt{sound(cfg, table)} }
	got := s.says(t, "", "inventory --table ledger")
	if got.code != usage || got.out != "" || !strings.HasPrefix(got.err, "pipewarden: inventory: list the inventory: ") {
		t.Errorf("%+v", got)
	}
}

func TestInventoryByScan(t *testing.T) {
	t.Parallel()
	got := run(t, scanning(t, house()), "inventory", "--scan")
	golden(t, "inventory-scan.txt", got.err+got.out)
	e := house()
	e.denied = "key"
	if got := run(t, scanning(t, e), "inventory", "--scan"); got.code != done || !strings.Contains(got.err, "1 resource or kind could not be read, so links are missing.") {
		t.Errorf("%+v", got)
	}
	e = house()
	e.doors, e.keys = nil, nil
	run(t, scanning(t, e), "inventory", "--scan").want(t, done, "Nothing here leans on anything: there are no pipelines, builds or trails.\n", "")
	e.denied = "key"
	if got := run(t, scanning(t, e), "inventory", "--scan"); got.code != usage || !strings.HasPrefix(got.err, "pipewarden: inventory: nothing could be read.") {
		t.Errorf("%+v", got)
	}
}

// TestReportOfManyPipelines writes a report whose page opens at once, though there are 300 pictures in it.
func TestReportOfManyPipelines(t *testing.T) {
	t.Parallel()
	s, folder := stocked(t, 300), t.TempDir()
	if got := s.says(t, "", "report --table ledger --framework soc2 --out "+folder); got.code != done {
		t.Fatalf("%+v", got)
	}
	raw, err := os.ReadFile(filepath.Join(folder, dossier.Page))
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	if n := strings.Count(page, "<svg"); n < 300 || n > 302 || len(page) > 10<<20 {
		t.Errorf("%d pictures, %d bytes", n, len(page))
	}
	if !strings.Contains(page, `pipeline team-001-deploy <span class="sev critical">3 open, critical</span></summary>`) || strings.Contains(page, "<details class=\"leaf\" open>") {
		t.Error("the page does not say what is open on a pipeline, or unfolds what are many")
	}
	if got := s.says(t, "", "report --table ledger --framework soc2 --account 444455556666 --out "+folder); got.code != done {
		t.Fatalf("%+v", got)
	}
	raw, err = os.ReadFile(filepath.Join(folder, dossier.Page))
	if err != nil || strings.Contains(string(raw), "team-001-deploy") || !strings.Contains(string(raw), "pipeline team-002-deploy") {
		t.Errorf("a report of one account shows what others have: %v", err)
	}
}

func TestReportByScanHasPictures(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run(t, scanning(t, house()), "scan", "--report", folder)
	raw, err := os.ReadFile(filepath.Join(folder, dossier.Page))
	if err != nil || !strings.Contains(string(raw), "Door front and what it leans on</title>") {
		t.Errorf("%v", err)
	}
}
