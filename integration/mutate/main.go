// Command mutate changes the conditions and verdicts of the checks, one at a time, and tells which changes no test notices.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/pipewarden/pipewarden/shared/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:], list, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	os.Exit(code)
}

// run gives the exit code: 1 when a mutant survives that the list does not name, or the list names one that does not; 2 when it cannot be told.
func run(ctx context.Context, args []string, list []byte, out, say io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(say)
	root := flags.String("root", ".", "the repository's root")
	folder := flags.String("folder", "shared/checks", "where the checks lie, from the root")
	only := flags.String("checks", "", "only checks whose ID fits this `PATTERN`")
	format := flags.String("format", "table", "table, or json")
	workers := flags.Int("parallel", 2, "how many mutants are tested at a time")
	patience := flags.Duration("patience", time.Minute, "how long the tests of one mutant may take; then it counts as killed")
	if err := flags.Parse(args); err != nil {
		return 2, nil // flag has said what is wrong
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return 2, fmt.Errorf("-checks: %w", err)
	}
	if *format != "table" && *format != "json" {
		return 2, fmt.Errorf("-format %q: one of table, json expected", *format)
	}
	why, err := excuses(list)
	if err != nil {
		return 2, err
	}
	t := &tester{root: *root, folder: *folder, workers: max(*workers, 1), patience: *patience}
	told, err := t.all(ctx, wanted, say)
	if err != nil {
		return 2, err
	}
	told.Stale = excuse(told.Mutants, why, told.checks)
	if *format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(told)
	} else {
		err = told.table(out)
	}
	switch {
	case err != nil:
		return 2, fmt.Errorf("write report: %w", err)
	case told.count()[survived]+len(told.Stale) > 0:
		return 1, nil
	}
	return 0, nil
}

// all tries the mutants of every check that fits.
func (t *tester) all(ctx context.Context, wanted *regexp.Regexp, say io.Writer) (told *outcome, err error) {
	told = &outcome{}
	if told.checks, err = t.checks(wanted); err != nil {
		return nil, err
	}
	if len(told.checks) == 0 {
		return nil, fmt.Errorf("no check fits %q", wanted)
	}
	if t.dir, err = os.MkdirTemp("", "pipewarden-mutate-"); err != nil {
		return nil, fmt.Errorf("make a folder for mutants: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(t.dir)) }()
	for i, id := range told.checks {
		results, err := t.check(ctx, id)
		if err != nil {
			return nil, err
		}
		told.Mutants = append(told.Mutants, results...)
		n := (&outcome{Mutants: results}).count()
		fmt.Fprintf(say, "[%d/%d] %s: %d killed, %d survived\n", i+1, len(told.checks), id, n[killed], n[survived])
	}
	return told, nil
}

// outcome is what a run tells.
type outcome struct {
	Mutants []result `json:"mutants"`
	Stale   []string `json:"stale"` // lines of the list of survivors that no survivor needs
	checks  []string
}

func (o *outcome) count() map[fate]int {
	n := map[fate]int{}
	for _, r := range o.Mutants {
		n[r.Fate]++
	}
	return n
}

// table lists the survivors, by the names that the list of survivors takes.
func (o *outcome) table(out io.Writer) error {
	var rows [][]string
	for _, r := range o.Mutants {
		if r.Fate == survived {
			rows = append(rows, []string{fmt.Sprintf("%s/%s:%d", r.Check, r.File, r.Line), r.name()})
		}
	}
	if len(rows) > 0 {
		if err := report.Columns(out, []string{"WHERE", "NO TEST NOTICES"}, rows); err != nil {
			return err
		}
	}
	for _, name := range o.Stale {
		if _, err := fmt.Fprintf(out, "survivors.txt: no such survivor: %s\n", name); err != nil {
			return err
		}
	}
	n := o.count()
	_, err := fmt.Fprintf(out, "%d mutants of %d checks: %d killed, %d survived, %d excused in survivors.txt. %d more do not compile.\n",
		len(o.Mutants)-n[broken], len(o.checks), n[killed], n[survived], n[excused], n[broken])
	return err
}
