package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/coverage"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/framework"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/drawing"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// everyFramework is what --framework takes for all of them.
const everyFramework = "all"

// usualDays is how long the period is where nobody says so.
const usualDays = 30

// reporting is one run of report.
type reporting struct {
	*desk
	framework *choice
	from, to  string
	folder    string
	only      string
	period    [2]time.Time
}

func (p *program) reportCommand() *cobra.Command {
	r := &reporting{}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write a report for managers and auditors: how the checks stood over a period, and what that supports",
		Long: `Write a report for managers and auditors: how the checks stood over a period, which requirements of a framework they support and
which none does, what was found and what came of it, with the evidence, what people exempted, what pipewarden changed, and how well it
saw itself. A check supports a requirement; it never satisfies one by itself.

It writes one page that needs no network (report.html), the same as tables (CSV) and as JSON (assessment.json). It asks the ledger, and
no account. With nothing deployed: pipewarden scan --report DIR. docs/report says how each figure is reckoned.`,
		Example: `  pipewarden report
  pipewarden report --framework soc2 --from 2026-10-01 --to 2026-12-31 --out evidence-q4
  pipewarden report --framework hipaa --account 444455556666`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	r.desk = p.desk(cmd)
	r.framework = choiceFlag(cmd, "framework", "whose requirements are reported on", everyFramework, append(framework.IDs(), everyFramework)...)
	flags := cmd.Flags()
	flags.StringVar(&r.from, "from", "", "the first `DAY`, as 2026-11-01 (default: 29 days before the last)")
	flags.StringVar(&r.to, "to", "", "the last `DAY` (default: today)")
	flags.StringVar(&r.folder, "out", "", "the `FOLDER` that is written to (default: pipewarden-report-DAY)")
	flags.StringVar(&r.only, "account", "", "only the account with this `ID`")
	return cmd
}

func (r *reporting) run(ctx context.Context) error {
	if err := r.settlePeriod(); err != nil {
		return err
	}
	if r.only != "" && !accountForm.MatchString(r.only) {
		return fmt.Errorf("report: --account %q is no account: its ID has twelve digits", r.only)
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	out := first(r.folder, "pipewarden-report-"+r.period[1].Format(time.DateOnly))
	folder, err := openFolder("report: --out", out)
	if err != nil {
		return err
	}
	var seen atomic.Int64
	bar := r.progress("Reading findings", -1, "finding", &seen, &seen)
	a, err := dossier.Write(ctx, folder, func(ctx context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		survey := coverage.Survey{Ledger: r.ledger, Home: r.who.id, Only: r.only, Now: r.now(), Every: time.Duration(r.set().Sweep.EveryHours) * time.Hour}
		return assessment.Build(ctx, assessment.OfLedger(survey, r.set()), assessment.Options{
			Frameworks: chosenFrameworks(r.framework.value), Checks: r.checks, From: r.period[0], To: r.period[1], Now: r.now(), Account: r.only,
			Sink: sink, Step: func() { seen.Add(1) },
		})
	}, drawing.Pictures(ctx, func(m inventory.Marks) (*inventory.Inventory, error) { return inventory.Read(r.users(ctx), m) }))
	bar.stop()
	if err := errors.Join(err, folder.Close()); err != nil {
		return r.cannot(out, err)
	}
	return line(r.out, strings.Join(wrote(out, a), "\n"))
}

// users are what leans on what, of the account that the report is about.
func (r *reporting) users(ctx context.Context) iter.Seq2[ledger.User, error] {
	return func(yield func(ledger.User, error) bool) {
		for u, err := range r.ledger.Inventory(ctx) {
			if (err != nil || r.only == "" || u.Resource.Account == r.only) && !yield(u, err) {
				return
			}
		}
	}
}

// settlePeriod reads the days, or takes the last thirty.
func (r *reporting) settlePeriod() error {
	today := r.now().UTC().Truncate(24 * time.Hour)
	from, to := time.Time{}, today
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"--to", r.to, &to}, {"--from", r.from, &from}} {
		if flag.text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, flag.text)
		if err != nil {
			return fmt.Errorf("report: %s %q is no day: write it as 2026-11-30", flag.name, flag.text)
		}
		*flag.into = at
	}
	if r.from == "" {
		from = to.AddDate(0, 0, 1-usualDays)
	}
	switch {
	case from.After(to):
		return fmt.Errorf("report: --from %s is after --to %s", from.Format(time.DateOnly), to.Format(time.DateOnly))
	case from.After(today):
		return fmt.Errorf("report: --from %s is yet to come", from.Format(time.DateOnly))
	case to.Sub(from) >= assessment.MostDays*24*time.Hour:
		return fmt.Errorf("report: from %s to %s it is more than %d days, which is as long as everything is kept. Write several reports", from.Format(time.DateOnly), to.Format(time.DateOnly), assessment.MostDays)
	}
	r.period = [2]time.Time{from, to}
	return nil
}

// cannot says why a report could not be written.
func (r *reporting) cannot(out string, err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case awserr.Code(err) != "" || awserr.IsPassing(err):
		return fmt.Errorf("report: %s (table %s). It takes dynamodb:Query, dynamodb:GetItem and dynamodb:BatchGetItem on the table, and kms:Decrypt with its key", awserr.Reason(err), r.table)
	case errors.As(err, &path):
		return fmt.Errorf("report: --out %s: %s: %w", filepath.Clean(out), path.Path, path.Err)
	}
	return fmt.Errorf("report: %w", err)
}

func chosenFrameworks(id string) []framework.Framework {
	if f, known := framework.ByID(id); known {
		return []framework.Framework{f}
	}
	return framework.All()
}

// openFolder makes a folder where there is none.
func openFolder(flag, path string) (*dossier.Folder, error) {
	if at, err := os.Stat(path); err == nil && !at.IsDir() {
		return nil, fmt.Errorf("%s %s is a file. Name a folder", flag, path)
	}
	folder, err := dossier.NewFolder(path)
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return nil, fmt.Errorf("%s %s: %w. Name a folder that you may write to", flag, path, fault.Err)
	}
	return folder, err
}

// wrote says what a report comes to, and where it lies.
func wrote(folder string, a *assessment.Assessment) []string {
	about := map[string]string{
		dossier.Page:       "open it in a browser; it needs no network",
		dossier.Findings:   counted(a.Findings.Total, "finding"),
		dossier.Controls:   "requirements, and the checks that support them",
		dossier.Actions:    counted(a.Actions.Total, "action"),
		dossier.Exemptions: counted(len(a.Exemptions), "exemption"),
		dossier.JSON:       "everything, for machines",
	}
	lines := append(dossier.Lines(a), "", "Written to "+filepath.Clean(folder)+":")
	for _, name := range dossier.Names() {
		lines = append(lines, fmt.Sprintf("  %-15s  %s", name, about[name]))
	}
	return lines
}
