package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// madeOf reads the assessment of a report, whose other files are there too.
func madeOf(t *testing.T, folder string) *assessment.Assessment {
	t.Helper()
	for _, name := range dossier.Names() {
		if at, err := os.Stat(filepath.Join(folder, name)); err != nil || at.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
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

func TestReport(t *testing.T) {
	t.Parallel()
	s, door := newRecord(t)
	folder := filepath.Join(t.TempDir(), "report")
	got := s.says(t, "", "report --framework soc2 --table ledger --out "+folder)
	if got.code != done || got.err != "" {
		t.Fatalf("%+v", got)
	}
	golden(t, "report.txt", strings.ReplaceAll(got.out, folder, "FOLDER"))
	a := madeOf(t, folder)
	if a.Scope.Basis != "ledger" || len(a.Frameworks) != 1 || a.Frameworks[0].ID != "soc2" || a.Period.Days != 30 || a.Period.First() != "2026-10-22" {
		t.Errorf("%+v, %+v", a.Scope, a.Period)
	}
	if a.Findings.Rows[1].Title != door.Title && a.Findings.Rows[0].Title != door.Title {
		t.Errorf("%+v", a.Findings.Rows)
	}
	if got := s.says(t, "", "report --table ledger --account 444455556666 --from 2026-11-20 --out "+folder); got.code != done || madeOf(t, folder).Findings.Total != 0 {
		t.Errorf("%+v", got)
	}
}

// Where nobody says where to, the folder is named after the last day.
func TestReportFolder(t *testing.T) {
	s, _ := newRecord(t)
	t.Chdir(t.TempDir())
	if got := s.says(t, "", "report --table ledger --from 2026-11-01 --to 2026-11-19"); got.code != done || !strings.Contains(got.out, "Written to pipewarden-report-2026-11-19:\n") {
		t.Errorf("%+v", got)
	}
	if a := madeOf(t, "pipewarden-report-2026-11-19"); a.Findings.Total != 0 || a.Period.Days != 19 {
		t.Errorf("%+v", a.Period)
	}
}

func TestReportsThatCannotBe(t *testing.T) {
	t.Parallel()
	s, _ := newRecord(t)
	file := write(t, filepath.Join(t.TempDir(), "file"), "x")
	for line, want := range map[string]string{
		"--from yesterday":                    `report: --from "yesterday" is no day: write it as 2026-11-30`,
		"--from 2026-11-20 --to 2026-11-19":   "report: --from 2026-11-20 is after --to 2026-11-19",
		"--from 2026-11-21 --to 2026-11-22":   "report: --from 2026-11-21 is yet to come",
		"--from 2020-01-01":                   "report: from 2020-01-01 to 2026-11-20 it is more than 400 days, which is as long as everything is kept. Write several reports",
		"--account 12":                        `report: --account "12" is no account: its ID has twelve digits`,
		"--framework soc":                     `report: invalid argument "soc" for "--framework" flag: one of soc2, hipaa, gdpr, nist-800-53, cis-aws, owasp-cicd, fsbp, all expected. See: pipewarden report --help`,
		"--table ledger --out " + file:        "report: --out " + file + " is a file. Name a folder",
		"--table ledger --out " + file + "/x": "report: --out " + file + "/x: not a directory. Name a folder that you may write to",
	} {
		s.says(t, "", "report "+line).want(t, usage, "", "pipewarden: "+want+"\n")
	}
}

func TestReportOfAnEmptyLedger(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	store := ledger.NewMemory(s.now)
	s.store = func(aws.Config, string) ledger.Store { return store }
	folder := t.TempDir()
	got := s.says(t, "", "report --table ledger --out "+folder)
	if got.code != done || !strings.HasPrefix(got.out, "Nothing is open.\nNothing was judged in the period.\n") {
		t.Errorf("%+v", got)
	}
	madeOf(t, folder)
}

func TestScanReport(t *testing.T) {
	t.Parallel()
	plain := run(t, scanning(t, house()), "scan")
	folder := filepath.Join(t.TempDir(), "audit")
	p := scanning(t, house())
	got := run(t, p, "scan", "--report", folder)
	if got.code != plain.code || got.out != plain.out {
		t.Errorf("with a report the findings are others: %+v", got)
	}
	golden(t, "scan-report.txt", strings.ReplaceAll(got.err, folder, "FOLDER"))
	a := madeOf(t, folder)
	if a.Scope.Basis != "scan" || a.Scope.History || a.Summary.Posture.Pass == 0 || a.Inventory.Edges == 0 || !a.Made.Equal(clock.Truncate(time.Second)) {
		t.Errorf("%+v, %+v, %+v", a.Scope, a.Summary.Posture, a.Inventory)
	}
	file := write(t, filepath.Join(t.TempDir(), "file"), "x")
	if got := run(t, scanning(t, house()), "scan", "--report", file); got.code != usage || !strings.HasSuffix(got.err, "pipewarden: scan: --report "+file+" is a file. Name a folder\n") {
		t.Errorf("%+v", got)
	}
}
