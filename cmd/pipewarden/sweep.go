package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// stalled is after how long without a step a sweep is said to be stuck: a step is tried again for some ten minutes.
const stalled = 45 * time.Minute

// look is how often a sweep that is watched is looked at.
const look = 2 * time.Second

func (p *program) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "See how far the sweep is that looks at everything",
		Long: `See how far the sweep is that looks at everything again. The schedule begins one every few hours (sweep.everyHours); it walks through
every account and region that is watched, account by account, and goes on where it was when something breaks.`,
		Example: `  pipewarden sweep status
  pipewarden sweep status --watch`,
		Args: takes(0, 0, "nothing"),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.sweepStatusCommand())
	return cmd
}

// tour is one run of sweep status.
type tour struct {
	*desk
	format *choice
	only   string
	watch  bool
}

func (p *program) sweepStatusCommand() *cobra.Command {
	s := &tour{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how far the newest sweep is, and where it could not look",
		Long: `Say how far the newest sweep is, and where it could not look. It asks the ledger, and no account. It exits with 1 where the sweep is stuck, or
could not look somewhere.`,
		Example: `  pipewarden sweep status
  pipewarden sweep status --account 444455556666
  pipewarden sweep status --watch --format json`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	s.desk, s.format = p.desk(cmd), formatFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.only, "account", "", "only the account with this `ID`")
	flags.BoolVar(&s.watch, "watch", false, "wait until it is over, with a progress bar on a terminal")
	return cmd
}

// swept is how far a sweep is.
type swept struct {
	Sweep     string       `json:"sweep"`
	Started   time.Time    `json:"started"`
	Moved     time.Time    `json:"moved,omitzero"` // when the last step was done
	Accounts  int          `json:"accounts"`
	Legs      int          `json:"legs"` // accounts times regions
	Done      int          `json:"done"`
	Resources int          `json:"resources"` // that the auditor was asked to look at
	Stalled   bool         `json:"stalled"`
	Failed    []ledger.Leg `json:"failed"`
	Open      []ledger.Leg `json:"unfinished"`
}

func (s swept) over() bool { return s.Done == s.Legs }

func (s *tour) run(ctx context.Context) error {
	if s.only != "" && !accountForm.MatchString(s.only) {
		return fmt.Errorf("status: --account %q is no account: its ID has twelve digits", s.only)
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	now, err := s.read(ctx)
	if err == nil && s.watch {
		now, err = s.follow(ctx, now)
	}
	if errors.Is(err, errNoSweep) {
		return exit{verdict, fmt.Errorf("status: %w", err)}
	}
	if err != nil {
		return s.why(err)
	}
	if err := s.tell(now); err != nil || !now.Stalled && len(now.Failed) == 0 {
		return err
	}
	return exit{code: verdict}
}

func (s *tour) tell(now swept) error {
	if s.format.value == asJSON {
		return s.json(now)
	}
	return s.show(now)
}

var errNoSweep = errors.New("no sweep began yet. The schedule begins one within sweep.everyHours; by hand: aws lambda invoke --function-name pipewarden-sweeper /dev/stdout")

func (s *tour) read(ctx context.Context) (swept, error) {
	newest, found, err := s.ledger.NewestSweep(ctx)
	if err != nil {
		return swept{}, err
	}
	if !found {
		return swept{}, errNoSweep
	}
	all := swept{Sweep: newest.ID, Started: newest.Started, Failed: []ledger.Leg{}, Open: []ledger.Leg{}}
	accounts := map[string]bool{}
	for leg, err := range s.ledger.Legs(ctx, s.only) {
		switch {
		case err != nil:
			return swept{}, err
		case leg.Sweep != newest.ID:
			continue
		}
		all.take(leg)
		accounts[leg.Account] = true
	}
	if s.only != "" && all.Legs == 0 {
		return swept{}, fmt.Errorf("%s is not in the newest sweep. All: pipewarden accounts", s.only)
	}
	all.Accounts = len(accounts)
	last := all.Moved
	if last.Before(all.Started) {
		last = all.Started
	}
	all.Stalled = !all.over() && s.now().Sub(last) > stalled
	slices.SortStableFunc(all.Open, func(a, b ledger.Leg) int { return a.Moved.Compare(b.Moved) })
	return all, nil
}

func (s *swept) take(leg ledger.Leg) {
	s.Legs++
	s.Resources += leg.Resources
	if leg.Moved.After(s.Moved) {
		s.Moved = leg.Moved
	}
	if !leg.Well() {
		s.Failed = append(s.Failed, leg)
	}
	if leg.Ended.IsZero() {
		s.Open = append(s.Open, leg)
	} else {
		s.Done++
	}
}

// follow waits until the sweep is over, or is stuck.
func (s *tour) follow(ctx context.Context, now swept) (swept, error) {
	var done, parts atomic.Int64
	bar := s.progress("Sweeping", now.Legs, "resource", &done, &parts)
	defer bar.stop()
	for {
		done.Store(int64(now.Done))
		parts.Store(int64(now.Resources))
		if now.over() || now.Stalled {
			return now, nil
		}
		if err := deployment.Wait(ctx, look); err != nil {
			return now, err
		}
		var err error
		if now, err = s.read(ctx); err != nil {
			return now, err
		}
	}
}

func (s *tour) show(now swept) error {
	if err := line(s.out, s.sentence(now)); err != nil {
		return err
	}
	rows := s.rows(now)
	if len(rows) == 0 {
		return nil
	}
	if err := line(s.out, ""); err != nil {
		return err
	}
	if err := report.Columns(s.out, []string{"ACCOUNT", "REGION", "STATE", "WHY"}, rows); err != nil {
		return err
	}
	todo := "\nWhat to do where an account lets nobody in: pipewarden accounts"
	if now.Stalled {
		todo += "\nA sweep that is stuck is taken over by the next. Its messages are in the queue LooksDead of the stack; the auditor's log says why: /pipewarden/auditor"
	}
	return line(s.out, todo)
}

// sentence says how far the sweep is.
func (s *tour) sentence(now swept) string {
	state := fmt.Sprintf("is under way: %d of %d", now.Done, now.Legs)
	switch {
	case now.over():
		state = fmt.Sprintf("is over: all %d", now.Legs)
	case now.Stalled:
		state = fmt.Sprintf("is stuck: %d of %d", now.Done, now.Legs)
	}
	text := fmt.Sprintf("The sweep of %s %s account regions, in %s; %s to look at.", moment(now.Started), state, counted(now.Accounts, "account"), counted(now.Resources, "resource"))
	if !now.Moved.IsZero() && !now.over() {
		text += fmt.Sprintf(" Its last step was %s ago.", span(s.now().Sub(now.Moved)))
	}
	return text
}

// rows are where the sweep could not look, and where it did not come to an end.
func (s *tour) rows(now swept) [][]string {
	var rows [][]string
	for _, leg := range now.Failed {
		rows = append(rows, []string{leg.Account, report.Plain(leg.Region), "could not look", report.Plain(lacks(leg))})
	}
	if now.Stalled || s.only != "" {
		for _, leg := range now.Open {
			rows = append(rows, []string{leg.Account, report.Plain(leg.Region), "unfinished", first(report.Plain(leg.Kind), "not begun")})
		}
	}
	return rows
}

// lacks is why a leg saw nothing, or not all.
func lacks(leg ledger.Leg) string {
	if leg.Why != "" {
		return leg.Why
	}
	kinds := make([]string, 0, len(leg.Unlisted))
	for _, one := range leg.Unlisted {
		kinds = append(kinds, one.Kind+": "+one.Why)
	}
	return strings.Join(kinds, "; ")
}
