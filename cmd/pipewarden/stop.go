package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

func (p *program) stopCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Have pipewarden change nothing more, at once",
		Long: `Have pipewarden change nothing more, at once: it is asked for before every write. Findings are still told, and what would
have been done is proposed. It holds until pipewarden start.`,
		Example:           "  pipewarden stop --reason 'a release is under way'",
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	d := p.desk(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "the `TEXT` that says why; people read it in each proposal")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if reason == "" {
			return fmt.Errorf("%s: --reason is missing: whoever wonders why nothing is put right wants to know", d.verb)
		}
		return d.setStop(cmd.Context(), ledger.Stop{On: true, Reason: reason})
	}
	return cmd
}

func (p *program) startCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Let pipewarden go on after a stop",
		Long: `Let pipewarden go on after pipewarden stop, as the settings say. What was only proposed meanwhile stays a proposal: see
pipewarden actions --status proposed.`,
		Example:           "  pipewarden start",
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	d := p.desk(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return d.setStop(cmd.Context(), ledger.Stop{}) }
	return cmd
}

func (d *desk) setStop(ctx context.Context, s ledger.Stop) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	s.By = finding.Called(d.who.caller)
	before, err := d.ledger.SetStop(ctx, s)
	switch {
	case err != nil:
		return d.why(err)
	case s.On && before.On:
		return line(d.out, "It is stopped already: "+report.Plain(strings.TrimSuffix(before.Sentence(), ".")))
	case s.On:
		return line(d.out, "Stopped: pipewarden changes nothing more. Go on: pipewarden start")
	case !before.On:
		return line(d.out, "It was not stopped.")
	}
	return line(d.out, "pipewarden goes on as the settings say. It was stopped by "+report.Plain(before.By)+" on "+moment(before.At)+".")
}
