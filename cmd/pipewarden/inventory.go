package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// asSVG is the format of a picture.
const asSVG = "svg"

// stock is one run of inventory.
type stock struct {
	*desk
	format                     *choice
	account, located, pipeline string
	file, settingsFile         string
	scan                       bool
}

func (p *program) inventoryCommand() *cobra.Command {
	s := &stock{}
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "Show what leans on what: pipelines with their builds, roles, buckets, keys and logs, and what is open on each",
		Long: `Show what leans on what. The inventory has a part for each pipeline, for each trail, and for what else nothing leans on: with everything
that hangs from it, and how many findings are open there. Of each account and region the worst come first; what several lean on is in
the part of each. With --pipeline, one part in full.

It asks the ledger, and no account; what it shows is as old as the last sweep. With nothing deployed, --scan looks at one account and
region as they are now, read-only. docs/inventory says what the JSON and the picture hold.`,
		Example: `  pipewarden inventory
  pipewarden inventory --pipeline web-prod
  pipewarden inventory --format svg --out inventory.svg                 open it in a browser
  pipewarden inventory --account 444455556666 --located eu-west-1 --format json
  pipewarden inventory --scan --region eu-west-1                        with nothing deployed`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	s.desk = p.desk(cmd)
	s.format = choiceFlag(cmd, "format", "table for people, json for machines, svg for a picture", asTable, asTable, asJSON, asSVG)
	flags := cmd.Flags()
	flags.StringVar(&s.account, "account", "", "only what begins in the account with this `ID`")
	flags.StringVar(&s.located, "located", "", "only what begins in this `REGION`; --region says where the stack is, or where to scan")
	flags.StringVar(&s.pipeline, "pipeline", "", "only the pipeline of this `NAME`, in full")
	flags.StringVar(&s.file, "out", "", "the `FILE` that is written to (default: the output)")
	flags.BoolVar(&s.scan, "scan", false, "look at the account and region now, instead of asking the ledger")
	flags.StringVar(&s.settingsFile, "settings", "", "with --scan: the `FILE` that says what is watched, and what is exempted")
	cmd.MarkFlagsMutuallyExclusive("scan", "table")
	return cmd
}

func (s *stock) run(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	all, err := s.take(ctx)
	if err != nil {
		return err
	}
	if len(all.Nodes) == 0 && s.format.value != asJSON {
		return s.nothing(ctx)
	}
	parts, err := s.choose(all)
	if err != nil {
		return err
	}
	if s.file == "" {
		return buffered(s.out, func(out io.Writer) error { return s.write(ctx, out, all, parts) })
	}
	return s.save(ctx, all, parts)
}

// check refuses flags that make no sense.
func (s *stock) check() error {
	switch {
	case s.account != "" && !accountForm.MatchString(s.account):
		return fmt.Errorf("inventory: --account %q is no account: its ID has twelve digits", s.account)
	case s.settingsFile != "" && !s.scan:
		return errors.New("inventory: --settings goes with --scan: the ledger knows the settings of the functions")
	case s.format.value == asSVG && s.file == "" && s.shows:
		return errors.New("inventory: a picture is nothing for a terminal. Add --out FILE")
	}
	return nil
}

// take reads the inventory, and what is open on it.
func (s *stock) take(ctx context.Context) (*inventory.Inventory, error) {
	if s.scan {
		return s.look(ctx)
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	var seen atomic.Int64
	bar := s.progress("Reading findings", -1, "finding", &seen, &seen)
	defer bar.stop()
	marks := inventory.Marks{}
	for e, err := range s.ledger.Findings(ctx, "") {
		if err != nil {
			return nil, s.why(err)
		}
		seen.Add(1)
		if state(e) == "open" && e.Finding.Once == "" { // what somebody did is not open on what it was done to
			marks.Add(e.Finding.Resource, e.Finding.Severity)
		}
	}
	all, err := inventory.Read(s.ledger.Inventory(ctx), marks)
	if err != nil {
		return nil, s.why(err)
	}
	return all, nil
}

// look reads the account and region as they are now.
func (s *stock) look(ctx context.Context) (*inventory.Inventory, error) {
	set, err := s.settings(s.settingsFile)
	if err != nil {
		return nil, err
	}
	if s.who, err = s.signIn(ctx, s.verb, s.region); err != nil {
		return nil, err
	}
	v, look := s.newSurvey(s.who, set), &scan{program: s.program}
	if err := look.survey(ctx, v); err != nil {
		return nil, err
	}
	if v.read == 0 && v.failed > 0 {
		return nil, errors.New("inventory: nothing could be read. Give the credentials the ReadOnlyAccess policy of AWS, or see what each check reads: pipewarden checks")
	}
	if v.failed > 0 {
		s.complain(fmt.Errorf("inventory: %s could not be read, so links are missing. pipewarden scan says which, and why", counted(v.failed, "resource or kind")))
	}
	marks := inventory.Marks{}
	for _, f := range look.judged(ctx, v, set) {
		if f.Outcome == finding.Fail && f.Exemption == nil {
			marks.Add(f.Resource, f.Severity)
		}
	}
	return inventory.Read(given(v.uses.leaning()), marks)
}

func given(users []ledger.User) iter.Seq2[ledger.User, error] {
	return func(yield func(ledger.User, error) bool) {
		for _, u := range users {
			if !yield(u, nil) {
				return
			}
		}
	}
}

// choose gives the parts that are asked for.
func (s *stock) choose(all *inventory.Inventory) ([]inventory.Part, error) {
	parts := all.Parts()
	var names []string
	parts = slices.DeleteFunc(parts, func(p inventory.Part) bool {
		r := p.Root
		if s.account != "" && r.Account != s.account || s.located != "" && r.Region != s.located {
			return true
		}
		if r.Kind == inventory.Pipeline {
			names = append(names, r.ID)
		}
		return s.pipeline != "" && (r.Kind != inventory.Pipeline || r.ID != s.pipeline)
	})
	switch {
	case len(parts) > 0 || len(all.Nodes) == 0:
		return parts, nil
	case s.pipeline != "":
		return nil, exit{verdict, fmt.Errorf("inventory: no pipeline %s is known there.%s All: pipewarden inventory", s.pipeline, meant(s.pipeline, names))}
	}
	return nil, exit{verdict, errors.New("inventory: nothing is known there. All: pipewarden inventory")}
}

// nothing says why there is no inventory, and what to do.
func (s *stock) nothing(ctx context.Context) error {
	text := "Nothing here leans on anything: there are no pipelines, builds or trails."
	if !s.scan {
		_, swept, err := s.ledger.NewestSweep(ctx)
		if err != nil {
			return s.why(err)
		}
		text = "The last sweep found nothing that leans on anything. How it went: pipewarden sweep status"
		if !swept {
			text = "No sweep has looked yet. Begin one: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout\nOr look yourself: pipewarden inventory --scan"
		}
	}
	if s.format.value == asSVG {
		return exit{verdict, errors.New("inventory: " + strings.ReplaceAll(text, "\n", ". "))}
	}
	return line(s.out, text)
}

func (s *stock) save(ctx context.Context, all *inventory.Inventory, parts []inventory.Part) error {
	file, err := os.Create(s.file) //nolint:gosec // the file that they asked for
	if err == nil {
		err = errors.Join(buffered(file, func(out io.Writer) error { return s.write(ctx, out, all, parts) }), file.Close())
	}
	if err != nil {
		return fmt.Errorf("inventory: --out: %w", err)
	}
	_, err = fmt.Fprintln(s.err, report.Plain("Written to "+filepath.Clean(s.file)))
	return err
}

func (s *stock) write(ctx context.Context, out io.Writer, all *inventory.Inventory, parts []inventory.Part) error {
	switch {
	case s.format.value == asJSON:
		return encoded(out, all.Graph(parts, s.who.partition, s.now()))
	case s.format.value == asSVG:
		return s.picture(ctx, out, parts)
	case s.pipeline != "":
		return s.inFull(out, all, parts)
	}
	return s.overview(out, all, parts)
}
