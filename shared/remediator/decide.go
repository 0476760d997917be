package remediator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// From lists the statuses from which an action can be decided upon.
var From = map[queue.Verb][]ledger.Status{
	queue.Approve: {ledger.Proposed, ledger.Waiting, ledger.Applying},
	queue.Reject:  {ledger.Proposed, ledger.Waiting},
	queue.Undo:    {ledger.Applied, ledger.Failed, ledger.Undoing},
	queue.Redo:    {ledger.Undone, ledger.Applying},
}

// past is each verb as something that was done.
var past = map[queue.Verb]string{queue.Approve: "approved", queue.Reject: "rejected", queue.Undo: "undone", queue.Redo: "done again"}

// StateError says that an action cannot be decided upon as it stands.
type StateError struct {
	ID     string
	Status ledger.Status
	Verb   queue.Verb
	Reason string // what the action says of itself
}

func (e *StateError) Error() string {
	needs := make([]string, 0, len(From[e.Verb]))
	for _, status := range From[e.Verb] {
		if status != ledger.Applying && status != ledger.Undoing {
			needs = append(needs, string(status))
		}
	}
	text := fmt.Sprintf("action %s cannot be %s: it is %s; only what is %s can", e.ID, past[e.Verb], e.Status, strings.Join(needs, " or "))
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	return text
}

// Decide does with an action what a person decided. The resource must still be as the plan expects it, unless an undo is forced.
func (r *Remediator) Decide(ctx context.Context, d queue.Decision) (ledger.Action, error) {
	action, err := r.Ledger.Action(ctx, d.Action)
	if err != nil {
		return action, err
	}
	if err := r.free(action); err != nil {
		return action, err
	}
	if !slices.Contains(From[d.Verb], action.Status) {
		return action, &StateError{ID: action.ID, Status: action.Status, Verb: d.Verb, Reason: action.Error}
	}
	if r.message != "" && slices.Contains(action.Heard, r.message) {
		return action, &StateError{ID: action.ID, Status: action.Status, Verb: d.Verb, Reason: "this message had it done before"}
	}
	switch d.Verb {
	case queue.Reject:
		action, err = r.reject(ctx, r.said(action, d))
	case queue.Undo:
		action, err = r.undo(ctx, action, d)
	default:
		action, err = r.approve(ctx, r.said(action, d), d.Verb)
	}
	if err != nil {
		return action, err
	}
	if err := r.tell(ctx, action); err != nil {
		return action, &UntoldError{action.ID, action.Status, err}
	}
	return action, nil
}

// said is an action with who decided, and what they said of it.
func (r *Remediator) said(action ledger.Action, d queue.Decision) ledger.Action {
	action.By, action.Reason = r.By, d.Reason
	return action
}

// UntoldError says that what was decided is done, and that people could not be told of it.
type UntoldError struct {
	ID     string
	Status ledger.Status
	Err    error
}

func (e *UntoldError) Error() string {
	return fmt.Sprintf("action %s: it is %s, and people could not be told: %s", e.ID, e.Status, e.Err)
}

func (e *UntoldError) Unwrap() error { return e.Err }

// decided does what somebody decided from afar, so that it takes no permission to write.
func (r *Remediator) decided(ctx context.Context, d queue.Decision, sender string, last bool) error {
	person := *r
	person.By = d.By
	why, err := r.mayDecide(ctx, d, sender)
	switch {
	case awserr.IsPassing(err) && !last:
		return err
	case why != "":
		return person.unauthorised(ctx, d, why)
	}
	action, err := person.Decide(ctx, d)
	if err == nil {
		return nil
	}
	return person.undecided(ctx, d, action, err, last)
}

// undecided does what is left to do where something came in the way of a decision from afar.
func (r *Remediator) undecided(ctx context.Context, d queue.Decision, action ledger.Action, err error, last bool) error {
	var settled *StateError
	var stopped *StoppedError
	var untold *UntoldError
	switch {
	case errors.As(err, &untold):
		return err // it is done: the next delivery has only to tell it
	case errors.As(err, &stopped):
		action.Error = stopped.Error()
		_, err := r.Ledger.Save(ctx, action)
		return err
	case errors.Is(err, ledger.ErrNoAction):
		r.Log.Warn("decision upon an action that there is not", "verb", string(d.Verb), "action", d.Action)
		return nil
	case action.Version == 0:
		return err // it was not read: there is nothing yet to be said of it
	case errors.As(err, &settled):
		r.Log.Warn("decision changes nothing", "verb", string(d.Verb), "action", d.Action, "error", err.Error())
		return r.tell(ctx, action) // a delivery before this one may have ended before telling
	case d.Verb == queue.Undo:
		return r.notUndone(ctx, action, err, last)
	}
	if action, err = r.broken(ctx, action, err, last); err != nil {
		return err
	}
	return r.tell(ctx, action)
}

// reject ends an action by saying no.
func (r *Remediator) reject(ctx context.Context, action ledger.Action) (ledger.Action, error) {
	action.Status, action.Error = ledger.Rejected, ""
	return r.save(ctx, action)
}

// approve carries out an action that was proposed, waits, or was undone.
func (r *Remediator) approve(ctx context.Context, action ledger.Action, verb queue.Verb) (ledger.Action, error) {
	action.Approved = r.By
	if action.Status != ledger.Applying {
		if over, err := r.over(ctx, action, verb); over != "" || err != nil {
			if err == nil {
				action.Status = over
				action, err = r.save(ctx, action)
			}
			if err != nil {
				return action, err
			}
			return action, &StateError{ID: action.ID, Status: over, Verb: verb}
		}
		renewed, err := r.renew(ctx, action)
		if awserr.IsNotFound(err) {
			return r.gone(ctx, action, true)
		}
		if action = renewed; err != nil {
			return action, err
		}
	}
	return r.apply(ctx, action, true)
}

// over says that it is too late to approve: the time is over, or the finding says something else by now. "": it is not.
func (r *Remediator) over(ctx context.Context, action ledger.Action, verb queue.Verb) (ledger.Status, error) {
	if action.Lapsed(r.Now()) {
		return ledger.Expired, nil
	}
	if action.Revision == 0 || verb == queue.Redo {
		return "", nil
	}
	entry, found, err := r.Ledger.Entry(ctx, action.Finding)
	if err != nil {
		return "", err
	}
	if found && (!entry.Open || entry.Revision != action.Revision) {
		return ledger.Passed, nil
	}
	return "", nil
}

// renew plans again: what was proposed hours ago may meet another state now, and another stack or settings.
func (r *Remediator) renew(ctx context.Context, action ledger.Action) (ledger.Action, error) {
	var proposed remedy.Plan
	if err := json.Unmarshal(action.Plan, &proposed); err != nil {
		return action, fmt.Errorf("decode plan of %s: %w", action.ID, err)
	}
	stop, err := r.Ledger.Stopped(ctx)
	if err != nil {
		return action, err
	}
	if stop.On {
		return action, &StoppedError{stop}
	}
	fresh, _, err := r.planFor(ctx, action)
	if err != nil {
		return action, err
	}
	if fresh.Done() {
		return action, &remedy.RefusedError{Why: "It is already as wanted; there is nothing left to do."}
	}
	// What somebody approved is what was foretold: from that state to that state, and to no other that settings or definitions ask for by now.
	if proposed.Resource != fresh.Resource || len(remedy.Differences(proposed.Before, fresh.Before)) > 0 || len(remedy.Differences(proposed.After, fresh.After)) > 0 {
		return action, &remedy.MovedError{What: action.Resource.ID, Differs: r.differs(proposed, fresh)}
	}
	if action.Plan, err = json.Marshal(fresh); err != nil {
		return action, fmt.Errorf("encode plan of %s: %w", action.ID, err)
	}
	action.Status, action.Error, action.Began = ledger.Applying, "", time.Time{}
	return r.save(ctx, action)
}

// differs says how what is found now is otherwise than what was proposed on, in the words of both plans: states may hold secrets.
func (r *Remediator) differs(proposed, fresh remedy.Plan) []string {
	var news []string
	for _, change := range fresh.Changes {
		if !slices.Contains(proposed.Changes, change) {
			news = append(news, "now it would change: "+change)
		}
	}
	if len(news) == 0 {
		news = []string{"it would change something else than was proposed"}
	}
	return news
}

// StoppedError says that somebody stopped everything.
type StoppedError struct{ Stop ledger.Stop }

func (e *StoppedError) Error() string { return e.Stop.Sentence() }

// Restore makes a person's action of going back to a definition that is kept of a resource: the newest, or the one of that number. What is
// gone is made again. The action is stored as proposed, for the person to approve.
func (r *Remediator) Restore(ctx context.Context, id, remedyID string, of finding.Resource, number int) (ledger.Action, error) {
	f := finding.Finding{
		Check: "restore", Outcome: finding.Fail, Basis: finding.State, Resource: of, Remedy: remedyID, Severity: finding.Info,
		Title: of.ID + " was restored", Once: id,
	}
	action := ledger.Action{
		ID: id, Remedy: remedyID, Check: f.Check, Finding: f, Resource: of, Status: ledger.Ordered, By: r.By, Created: r.Now(), Restore: true, Number: number,
	}
	plan, _, err := r.planFor(ctx, action)
	if err != nil {
		return action, err
	}
	if plan.Done() {
		return action, &remedy.RefusedError{Why: of.ID + " is already so."}
	}
	if action.Plan, err = json.Marshal(plan); err != nil {
		return action, fmt.Errorf("encode plan of %s: %w", id, err)
	}
	action.Summary, action.Status, action.Announced = plan.Summary, ledger.Proposed, ledger.Proposed
	action, _, err = r.Ledger.Begin(ctx, action)
	return action, err
}
