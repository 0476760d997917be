package remediator

import (
	"context"
	"errors"
	"slices"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// TakenError says that somebody else is at an action at this moment. It is worth another try later: they may have ended without a word.
type TakenError struct{ ID string }

func (e *TakenError) Error() string {
	return "somebody else is at action " + e.ID + " at this moment; look at it again in two minutes"
}

func isTaken(err error) bool {
	_, taken := errors.AsType[*TakenError](err)
	return taken
}

// hold is what whoever works on an action writes down with it, so that nobody does the same at the same time. A message that is delivered
// again goes on with what it held before, and so does a person.
func (r *Remediator) hold() *ledger.Hold {
	by := r.message
	if by == "" {
		by = r.By
	}
	return &ledger.Hold{By: by, At: r.Now()}
}

// free fails with a *TakenError where somebody else is at the action.
func (r *Remediator) free(action ledger.Action) error {
	if mine := r.hold(); action.Taken(mine.By, mine.At) {
		return &TakenError{action.ID}
	}
	return nil
}

// done stores an action that was done, or undone, with the message that asked for it: when that is delivered again, people may have decided
// otherwise since.
func (r *Remediator) done(ctx context.Context, action ledger.Action) (ledger.Action, error) {
	if r.message != "" {
		action.Heard = append(slices.Clip(action.Heard), r.message)
	}
	return r.save(ctx, action)
}

// save stores an action that is held until people were told how it ended.
func (r *Remediator) save(ctx context.Context, action ledger.Action) (ledger.Action, error) {
	action.Held = r.hold()
	return r.Ledger.Save(ctx, action)
}
