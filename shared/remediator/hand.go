package remediator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// StateError says that an action cannot be approved or undone as it stands.
type StateError struct {
	ID     string
	Status ledger.Status
	Verb   string // "approved", "undone"
	Needs  string // the statuses that it takes
	Reason string // what the action says of itself
}

func (e *StateError) Error() string {
	text := fmt.Sprintf("action %s cannot be %s: it is %s; only what is %s can", e.ID, e.Verb, e.Status, e.Needs)
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	return text
}

// Approve carries out an action that was proposed or waits. The resource must still be as the plan found it.
func (r *Remediator) Approve(ctx context.Context, id string) (ledger.Action, error) {
	action, err := r.Ledger.Action(ctx, id)
	if err != nil {
		return action, err
	}
	if action.Status != ledger.Proposed && action.Status != ledger.Waiting && action.Status != ledger.Applying {
		return action, &StateError{ID: action.ID, Status: action.Status, Verb: "approved", Needs: "proposed or waiting", Reason: action.Error}
	}
	if action.Status != ledger.Applying {
		if action, err = r.renew(ctx, action); err != nil {
			return action, err
		}
	}
	if action, err = r.apply(ctx, action, true); err != nil {
		return action, err
	}
	return action, r.tell(ctx, action)
}

// approved carries out what somebody approved from afar, so that approving takes no permission to write.
func (r *Remediator) approved(ctx context.Context, a queue.Approval, last bool) error {
	person := *r
	person.By = a.By
	action, err := person.Approve(ctx, a.Action)
	var settled *StateError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &settled), errors.Is(err, ledger.ErrNoAction):
		r.Log.Warn("approval changes nothing", "action", a.Action, "error", err.Error())
		if action.Version == 0 {
			return nil
		}
		return person.tell(ctx, action) // a delivery before this one may have ended before telling
	}
	if action, err = person.broken(ctx, action, err, last); err != nil {
		return err
	}
	return person.tell(ctx, action)
}

// renew plans again: what was proposed hours ago may meet another state now.
func (r *Remediator) renew(ctx context.Context, action ledger.Action) (ledger.Action, error) {
	var proposed remedy.Plan
	if err := json.Unmarshal(action.Plan, &proposed); err != nil {
		return action, fmt.Errorf("decode plan of %s: %w", action.ID, err)
	}
	fresh, err := r.planFor(ctx, action)
	if err != nil {
		return action, err
	}
	if fresh.Done() {
		return action, &remedy.RefusedError{Why: "It is already as wanted; there is nothing left to approve."}
	}
	if !bytes.Equal(compact(proposed.Before), compact(fresh.Before)) {
		return action, &remedy.MovedError{What: action.Resource.ID, Want: string(compact(proposed.Before)), Got: string(compact(fresh.Before))}
	}
	action.Status, action.By, action.Error = ledger.Applying, r.By, ""
	return r.Ledger.Save(ctx, action)
}

func compact(raw json.RawMessage) []byte {
	var buffer bytes.Buffer
	if err := json.Compact(&buffer, raw); err != nil {
		return raw
	}
	return buffer.Bytes()
}

// Undo puts back what an action changed. It refuses with a *remedy.MovedError when somebody changed the resource since.
func (r *Remediator) Undo(ctx context.Context, id string) (ledger.Action, error) {
	action, err := r.Ledger.Action(ctx, id)
	if err != nil {
		return action, err
	}
	if action.Status != ledger.Applied && action.Status != ledger.Undoing {
		return action, &StateError{ID: action.ID, Status: action.Status, Verb: "undone", Needs: "applied", Reason: action.Error}
	}
	rem, cfg, plan, err := r.planned(ctx, action)
	if err != nil {
		return action, err
	}
	if !plan.Undoable {
		return action, &remedy.RefusedError{Why: "What " + action.Remedy + " did cannot be undone."}
	}
	if err := r.intend(ctx, action, rem, plan); err != nil {
		return action, err
	}
	// Written down first: from here on the auditor knows that somebody wants it otherwise, and proposes where it would have applied.
	action.Status, action.By, action.Undone = ledger.Undoing, r.By, r.Now()
	if action, err = r.Ledger.Save(ctx, action); err != nil {
		return action, err
	}
	if err := rem.Undo(ctx, cfg, plan); err != nil {
		return r.notUndone(ctx, action, err)
	}
	action.Status, action.Error, action.Verified = ledger.Undone, "", ""
	if action, err = r.Ledger.Save(ctx, action); err != nil {
		return action, err
	}
	return action, r.tell(ctx, action)
}

// notUndone puts the action back to what it was before the try.
func (r *Remediator) notUndone(ctx context.Context, action ledger.Action, cause error) (ledger.Action, error) {
	action.Status, action.Undone, action.Error, action.Announced = ledger.Applied, time.Time{}, plain(cause), ledger.Applied
	saved, err := r.Ledger.Save(ctx, action)
	if err != nil {
		return action, fmt.Errorf("%w (and the ledger could not note it: %w)", cause, err)
	}
	return saved, cause
}
