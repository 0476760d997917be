package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
)

// How long an answer of the remediator is waited for, and how often it is looked for.
const (
	longest = 2 * time.Minute
	glance  = 2 * time.Second
)

// fromAfar says whether the deployed remediator is to do what waits for an approval: it may, and whoever approves need not.
func (a *action) fromAfar(found ledger.Action) bool {
	return a.orders != "" && found.Status == ledger.Waiting
}

// handOver sends the approval to the remediator and waits for how it ends.
func (a *action) handOver(ctx context.Context, who account, r *remediator.Remediator) (ledger.Action, error) {
	approval := queue.Approval{Action: a.id, By: who.caller}
	if err := queue.SendJSON(ctx, queue.New(who.cfg, a.orders), 0, approval); err != nil {
		return ledger.Action{}, err
	}
	if a.watches {
		_, _ = fmt.Fprintln(a.err, "Approved. The remediator is at it ...") // for people; nothing depends on it
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for {
		found, err := r.Ledger.Action(ctx, a.id)
		if err != nil {
			return found, err
		}
		if found.Status != ledger.Waiting && found.Status != ledger.Applying {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return found, exit{verdict, fmt.Errorf("approve %s: the approval was sent, and after %s the action is %s. Look at the log of pipewarden-remediator", a.id, longest, found.Status)}
		case <-time.After(glance):
		}
	}
}
