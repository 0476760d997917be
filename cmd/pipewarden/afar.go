package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// How long an answer of the remediator is waited for, and how often it is looked for.
const (
	longest = 2 * time.Minute
	glance  = 2 * time.Second
)

// fromAfar says whether the deployed remediator is to do it: it may, and whoever decides need not.
func (d *decision) fromAfar(found ledger.Action) bool {
	if d.own {
		return false
	}
	return d.orders != "" && found.Status == ledger.Waiting || d.mayFromAfar(found.Remedy)
}

// handOver sends a decision to the remediator and waits for how it ends.
func (d *decision) handOver(ctx context.Context, what queue.Decision) (ledger.Action, error) {
	before, err := d.ledger.Action(ctx, what.Action)
	if err != nil {
		return before, err
	}
	if !d.set().Approvals.Admits(d.who.caller) {
		return before, &remedy.RefusedError{Why: "You are not among the approvers that the settings name (approvals.approvers)."}
	}
	if err := d.hand(ctx, what); err != nil {
		return before, err
	}
	if d.watches {
		_, _ = fmt.Fprintln(d.err, "The remediator is at it ...") // for people; nothing depends on it
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for {
		found, err := d.ledger.Action(ctx, what.Action)
		if err != nil {
			return found, err
		}
		if ended(before, found) {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return found, exit{verdict, fmt.Errorf("%s: it was sent, and after %s the action is %s. Look at the log of pipewarden-remediator, and later: pipewarden actions %s", d.verb, longest, found.Status, found.ID)}
		case <-time.After(glance):
		}
	}
}

// ended says that the remediator has come to an end with what was sent, or put it off and says why.
func ended(before, now ledger.Action) bool {
	underWay := now.Status == ledger.Applying || now.Status == ledger.Undoing
	return now.Version != before.Version && (!underWay || now.Error != "")
}
