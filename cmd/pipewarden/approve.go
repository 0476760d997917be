package main

import (
	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remediator"
)

func (p *program) approveCommand() *cobra.Command {
	return p.actionCommand(&cobra.Command{
		Use:   "approve ACTION",
		Short: "Do what a message proposed",
		Long: `Do what a message proposed. It shows the plan first: what it found, what it would change and what that can break. The
resource must still be as the plan found it; what was done is read back.

What was proposed is done with your own credentials. What waits for an approval (mode ask) is done by the deployed remediator
when its queue is known (--orders): then you need no permission to change the resource.

Exit codes: 0 it was done, 1 it was not, 2 it could not be tried.`,
		Example: `  pipewarden approve 01K3F7Q2
  PIPEWARDEN_TABLE=pipewarden-ledger pipewarden approve --yes 01K3F7Q2
  pipewarden approve --orders https://sqs.eu-west-1.amazonaws.com/111122223333/pipewarden-orders 01K3F7Q2`,
	}, deed{
		verb: "approve", afar: true, done: ledger.Applied, from: []ledger.Status{ledger.Proposed, ledger.Waiting, ledger.Applying},
		refuses: remediator.StateError{Verb: "approved", Needs: "proposed or waiting"}, act: (*remediator.Remediator).Approve,
	})
}
