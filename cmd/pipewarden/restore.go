package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
)

// restorable are the nouns of what a person can have restored, also when it is gone.
var restorable = []string{"pipeline", "project"}

func (p *program) restoreCommand() *cobra.Command {
	d := &decision{Decision: queue.Decision{Verb: queue.Approve}, leads: ledger.Applied, asks: "Restore it?"}
	number := 0
	cmd := &cobra.Command{
		Use:   "restore pipeline|project NAME",
		Short: "Bring a pipeline or project back to a version that is kept, also when it was deleted",
		Long: `Bring a pipeline or a build project back to a version that is kept in the ledger: the newest, or the one that --version names (see
pipewarden definitions). What was deleted is made again. It shows first what would change, and asks. It becomes an action as any
other: pipewarden actions shows it, and pipewarden undo puts back what was replaced. What was made again is not deleted by an undo.

` + ownOrAfar + decisionCodes,
		Example: `  pipewarden restore pipeline web-prod
  pipewarden restore project payments-api --version 3`,
		Args: takes(2, 2, "pipeline or project, and its name,"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return restorable, cobra.ShellCompDirectiveNoFileComp
		},
	}
	d.desk = p.desk(cmd)
	d.sends(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(restorable, args[0]) {
			return fmt.Errorf("%s: %q cannot be restored.%s What can: %s", d.verb, args[0], meant(args[0], restorable), strings.Join(restorable, ", "))
		}
		k, err := kept(args[0])
		if err != nil {
			return err
		}
		if number < 0 {
			return fmt.Errorf("%s: versions are counted from 1. All: pipewarden definitions %s %s", d.verb, args[0], args[1])
		}
		return d.restore(cmd.Context(), k, args[1], number)
	}
	flags := cmd.Flags()
	flags.IntVar(&number, "version", 0, "the `NUMBER` of the version (default: the newest)")
	flags.StringVar(&d.Reason, "reason", "", "the `TEXT` that is kept with the action: why")
	flags.BoolVar(&d.own, "own", false, "do it with your own credentials")
	flags.BoolVar(&d.yes, "yes", false, "do not ask")
	return cmd
}

func (d *decision) restore(ctx context.Context, k keeping, name string, number int) error {
	if err := d.askable(); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	versions, err := d.ledger.Definitions(ctx, finding.Resource(d.ref(k, name)))
	switch {
	case err != nil:
		return d.why(err)
	case len(versions) == 0:
		return exit{verdict, fmt.Errorf("%s: no definition of %s %s is kept in %s, %s", d.verb, k.noun, name, d.who.id, d.who.cfg.Region)}
	case number > len(versions):
		return exit{verdict, fmt.Errorf("%s: of %s %s %s kept. They are: pipewarden definitions %s %s", d.verb, k.noun, name, are(len(versions), "version"), k.noun, name)}
	}
	action, err := d.remediator().Restore(ctx, ledger.NewID(), k.remedy, finding.Resource(d.ref(k, name)), number)
	if err != nil {
		return d.why(err)
	}
	d.Action, d.verb = action.ID, "restore "+name
	return d.settleOn(ctx, action)
}

// are is "1 version is", "3 versions are".
func are(n int, noun string) string {
	if n == 1 {
		return counted(n, noun) + " is"
	}
	return counted(n, noun) + " are"
}
