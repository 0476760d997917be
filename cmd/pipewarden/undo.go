package main

import (
	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remediator"
)

func (p *program) undoCommand() *cobra.Command {
	return p.actionCommand(&cobra.Command{
		Use:   "undo ACTION",
		Short: "Put back what pipewarden changed",
		Long: `Put back what pipewarden changed, with your own credentials. It shows the state it would go back to first, and refuses
when somebody changed the resource since.

Exit codes: 0 it was undone, 1 it was not, 2 it could not be tried.`,
		Example: `  pipewarden undo 01K3F7Q2
  pipewarden undo --table pipewarden-ledger --yes 01K3F7Q2`,
	}, deed{
		verb: "undo", done: ledger.Undone, from: []ledger.Status{ledger.Applied, ledger.Undoing}, back: true,
		refuses: remediator.StateError{Verb: "undone", Needs: "applied"}, act: (*remediator.Remediator).Undo,
	})
}
