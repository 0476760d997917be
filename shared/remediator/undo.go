package remediator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// undo puts back what an action changed. It refuses with a *remedy.MovedError when somebody changed the resource since, unless it is forced.
// What failed half done is put back as far as it got. Who tries in vain leaves the action with who made the change.
func (r *Remediator) undo(ctx context.Context, action ledger.Action, d queue.Decision) (ledger.Action, error) {
	if action.Status == ledger.Failed && action.Began.IsZero() {
		return action, &remedy.RefusedError{Why: "It failed before anything was changed: there is nothing to undo."}
	}
	rem, cfg, plan, err := r.planned(ctx, action)
	if err != nil {
		return action, err
	}
	if !plan.Undoable {
		return action, &remedy.RefusedError{Why: "What " + action.Remedy + " did cannot be undone."}
	}
	if err := r.mayUndo(ctx, rem, cfg, action, plan); err != nil {
		return action, err
	}
	if err := r.intend(ctx, action, rem, plan); err != nil {
		return action, err
	}
	before := action
	// Written down first: from here on the auditor knows that somebody wants it otherwise, and proposes where it would have applied.
	action = r.said(action, d)
	action.Status, action.Undone, action.Error = ledger.Undoing, r.Now(), ""
	if action, err = r.save(ctx, action); err != nil {
		return action, err
	}
	if action.Verified, err = r.goBack(ctx, rem, cfg, plan, d.Force); err != nil {
		left := ledger.Applied
		if action.Applied.IsZero() { // it failed half done
			left = ledger.Failed
		}
		action.Status, action.Undone, action.Error, action.Announced = left, time.Time{}, plain(err), left
		action.By, action.Reason, action.Verified, action.Held = before.By, before.Reason, before.Verified, nil
		saved, fault := r.Ledger.Save(ctx, action)
		if fault != nil {
			return action, fmt.Errorf("%w (and the ledger could not note it: %w)", err, fault)
		}
		return saved, err
	}
	action.Status, action.Error = ledger.Undone, ""
	return r.done(ctx, action)
}

// mayUndo fails with a *StoppedError where somebody stopped everything. What is undone already, and was not written down, is gone on with.
func (r *Remediator) mayUndo(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action, plan remedy.Plan) error {
	stop, err := r.Ledger.Stopped(ctx)
	if err != nil || !stop.On {
		return err
	}
	if action.Status == ledger.Undoing {
		differs, err := rem.Stand(ctx, cfg, plan.Back())
		if err != nil || len(differs) == 0 {
			return err
		}
	}
	return &StoppedError{stop}
}

// goBack undoes a plan, and looks whether it is undone.
func (r *Remediator) goBack(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, plan remedy.Plan, force bool) (string, error) {
	if err := rem.Undo(ctx, cfg, plan, force); err != nil {
		return "", err
	}
	return r.readBack(ctx, func() (string, error) {
		differs, err := rem.Stand(ctx, cfg, plan.Back())
		if err == nil && len(differs) > 0 {
			err = &notPutRightError{"Read back, it is not as it was found: " + differs[0]}
		}
		return "Read back: as it was found.", err
	})
}

// notUndone tells, once it is the last try, why what somebody asked for from afar was not done. The action stays applied.
func (r *Remediator) notUndone(ctx context.Context, action ledger.Action, cause error, last bool) error {
	if (awserr.IsPassing(cause) || errors.Is(cause, ledger.ErrConflict)) && !last || errors.Is(cause, context.Canceled) || isTaken(cause) {
		return cause
	}
	action.Error, action.By = plain(cause), r.By
	return r.publish(ctx, action, announce.Stands)
}

// Stands says how a resource differs now from what an action led to; nothing: it still holds.
func (r *Remediator) Stands(ctx context.Context, action ledger.Action) ([]string, error) {
	rem, cfg, plan, err := r.planned(ctx, action)
	if err != nil {
		return nil, err
	}
	return rem.Stand(ctx, cfg, plan)
}
