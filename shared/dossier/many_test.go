package dossier_test

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// many are findings that a ledger would give, each with a history, made one after another.
func many(n int, from time.Time) func(context.Context) iter.Seq2[ledger.Entry, error] {
	all := checks.All()
	return func(context.Context) iter.Seq2[ledger.Entry, error] {
		return func(yield func(ledger.Entry, error) bool) {
			for i := range n {
				c := all[i%len(all)]
				e := ledger.Entry{Open: true, First: from, Since: from.Add(time.Hour), Revision: 12, Transition: ledger.Changed, Finding: finding.Finding{
					Check: c.ID, Outcome: finding.Fail, Severity: finding.Severities()[i%5], Title: fmt.Sprintf("something is wrong with resource %06d", i),
					Detail:   "A sentence that says what was really seen, as long as such a sentence mostly is, and a little longer than that.",
					Resource: finding.Resource{Kind: "bucket", ID: fmt.Sprintf("resource-%06d", i), Account: home, Region: "eu-west-1"},
				}}
				for j := range 12 {
					e.Steps = append(e.Steps, ledger.Step{Transition: ledger.Changed, Revision: j + 1, At: from.Add(time.Duration(j) * time.Hour), Severity: e.Finding.Severity, Title: e.Finding.Title})
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// TestManyFindings writes the report of 100,000 findings: all of them into the table, and as many as a reader can use into the page.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	from := now.AddDate(0, 0, -29)
	src := assessment.OfScan(assessment.Scan{}, settings.Default())
	src.Scope, src.Findings = assessment.Scope{Basis: "ledger", History: true}, many(n, from)
	path := t.TempDir()
	folder, err := dossier.NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	_, err = dossier.Write(t.Context(), folder, func(ctx context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		return assessment.Build(ctx, src, assessment.Options{Frameworks: framework.All(), Checks: checks.All(), From: from, To: now, Now: now, Sink: sink})
	}, dossier.Pictures{})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, filepath.Join(path, dossier.Findings)); got != n+1 {
		t.Errorf("%d lines for %d findings", got, n)
	}
	page, err := os.ReadFile(filepath.Join(path, dossier.Page))
	if err != nil {
		t.Fatal(err)
	}
	const most = 10 << 20
	if len(page) > most {
		t.Errorf("the page has %d bytes", len(page))
	}
	t.Logf("%d findings: a page of %d KB", n, len(page)>>10)
}

func lines(t *testing.T, file string) int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	s := bufio.NewScanner(f)
	for s.Scan() {
		n++
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
