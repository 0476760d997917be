package remediator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// apply changes the resource and reads it back.
func (r *Remediator) apply(ctx context.Context, action ledger.Action, last bool) (ledger.Action, error) {
	rem, cfg, plan, err := r.planned(ctx, action)
	if err != nil {
		return r.broken(ctx, action, err, last)
	}
	begun := !action.Began.IsZero()
	action, may, err := r.may(ctx, rem, cfg, action, plan)
	switch {
	case err != nil:
		return r.brokenOff(ctx, action, err, last)
	case !may:
		return r.save(ctx, action)
	}
	if err := r.intend(ctx, action, rem, plan); err != nil {
		return action, err
	}
	noticing, already := remedy.Noticing(ctx)
	if err := rem.Apply(noticing, cfg, plan); err != nil {
		if busy, ok := errors.AsType[*remedy.BusyError](err); ok {
			return r.later(ctx, action, busy)
		}
		return r.brokenOff(ctx, action, err, last)
	}
	verified, err := r.readBack(ctx, func() (string, error) { return r.verify(ctx, rem, cfg, action, plan) })
	if err != nil {
		return r.brokenOff(ctx, action, err, last)
	}
	if *already && !begun {
		action.Status, action.Verified = ledger.Needless, "Somebody else was faster: it is as wanted already."
		return r.save(ctx, action)
	}
	action.Status, action.Applied, action.Undone, action.Verified, action.Error = ledger.Applied, r.Now(), time.Time{}, verified, ""
	r.Count.Add(telemetry.Remedied, 1)
	r.Log.Info("remedied", "action", action.ID, "remedy", action.Remedy, "resource", action.Resource.Key(), "account", action.Resource.Account, "check", action.Check)
	return r.done(ctx, action)
}

// may says whether the change may be made now. What was begun before, and cannot be told from done, is gone on with: what is found then is
// this action's doing, and to leave it would leave a change without a record.
func (r *Remediator) may(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action, plan remedy.Plan) (ledger.Action, bool, error) {
	stop, err := r.Ledger.Stopped(ctx)
	if err != nil {
		return action, false, err
	}
	begun := !action.Began.IsZero()
	if begun {
		differs, err := rem.Stand(ctx, cfg, plan)
		if err != nil || len(differs) == 0 {
			return action, true, err
		}
	}
	if stop.On {
		return r.back(action, stop.Sentence()), false, nil
	}
	if fails, err := r.fails(ctx, action); err != nil || !fails && !begun {
		action.Status, action.Verified = ledger.Needless, "The check passes by now."
		return action, false, err
	}
	if action, err = r.reconsider(ctx, rem, cfg, action, plan); err != nil || action.Status != ledger.Applying {
		return action, false, err
	}
	return r.spend(ctx, action)
}

// reconsider decides once more about a change that was put off: within hours it may have been exempted, switched off, or undone elsewhere.
// What a person approved they have decided.
func (r *Remediator) reconsider(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action, plan remedy.Plan) (ledger.Action, error) {
	if action.Error == "" || action.By != announce.Self {
		return action, nil
	}
	now, err := r.situation(ctx, rem, cfg, action, &plan)
	if err != nil {
		return action, err
	}
	status, why := r.status(action, plan, now)
	if status == ledger.Applying {
		return action, nil
	}
	action.Status, action.Error, action.Expires = status, why, time.Time{}
	if status == ledger.Waiting {
		action.Expires = r.deadline()
	}
	return action, nil
}

// spend takes one of the changes that the account may see within the hour, and writes down that the change begins, or who goes on with it.
func (r *Remediator) spend(ctx context.Context, action ledger.Action) (ledger.Action, bool, error) {
	within, err := r.Ledger.Spend(ctx, action.Resource.Account, action.ID, r.Settings.Limits.ChangesPerHour)
	if err != nil {
		return action, false, err
	}
	if !within && action.By == announce.Self { // a person who approves has seen this one
		return r.back(action, fmt.Sprintf("%d changes were made in this account within the hour, which is as many as the settings allow (limits.changesPerHour).",
			r.Settings.Limits.ChangesPerHour)), false, nil
	}
	if action.Began.IsZero() {
		action.Began = r.Now()
	}
	action.Error = ""
	action, err = r.save(ctx, action)
	return action, err == nil, err
}

// back leaves an action for a person to approve.
func (r *Remediator) back(action ledger.Action, why string) ledger.Action {
	action.Status, action.Error, action.Expires = ledger.Proposed, why, time.Time{}
	return action
}

// asItWas leaves an action to others, as it was before somebody tried who cannot: that neither lengthens the time in which it can be approved,
// nor makes a proposal of what was undone.
func asItWas(action ledger.Action) ledger.Action {
	action.Status, action.Held = ledger.Proposed, nil
	switch {
	case !action.Undone.IsZero():
		action.Status = ledger.Undone
	case !action.Expires.IsZero():
		action.Status = ledger.Waiting
	}
	return action
}

// fails says whether the check still finds it wrong. What somebody did stays done, and what cannot be read is no reason to stop.
func (r *Remediator) fails(ctx context.Context, action ledger.Action) (bool, error) {
	if action.Finding.Once != "" {
		return true, nil
	}
	found, err := r.Engine.Batch(nil).Again(ctx, action.Check, resource.Ref(action.Resource))
	if err != nil {
		return false, err
	}
	for _, f := range found {
		if f.Outcome == finding.Pass || f.Outcome == finding.NotApplicable {
			_, err := r.resolve(ctx, found)
			return false, err
		}
	}
	return true, nil
}

// retry is how long what is busy is left alone, from one look to the next: the longest that a queue holds a message back
// (Amazon SQS Developer Guide, "Amazon SQS delay queues").
const retry = 15 * time.Minute

// later puts the change off. Who works with credentials of their own is told instead, and tries again.
func (r *Remediator) later(ctx context.Context, action ledger.Action, busy *remedy.BusyError) (ledger.Action, error) {
	waits := time.Duration(r.Settings.Approvals.WaitHours) * time.Hour
	action.Held = nil
	switch {
	case r.Own || r.Orders == nil:
		action = asItWas(action)
		action.Error = busy.Why
		saved, err := r.Ledger.Save(ctx, action)
		return saved, errors.Join(busy, err)
	case r.Now().Sub(action.Began) > waits:
		return r.broken(ctx, action, &remedy.RefusedError{Why: fmt.Sprintf("%s It was waited for %.0f hours.", busy.Why, waits.Hours())}, true)
	}
	action.Error = busy.Why
	action, err := r.Ledger.Save(ctx, action)
	if err != nil {
		return action, err
	}
	// What a person asked to restore has no mode, and an order without one is none.
	again := queue.Order{ID: action.ID, Remedy: action.Remedy, Mode: cmp.Or(action.Mode, settings.Ask), Finding: action.Finding, Revision: action.Revision}
	return action, queue.SendJSON(ctx, r.Orders, retry, again)
}

// settling is how long AWS is given to show what was written, from one reading to the next.
var settling = [...]time.Duration{time.Second, 3 * time.Second}

// readBack verifies, a few times where there is time to wait: what S3 answers may lag a write by seconds, and to tell people that the
// change did not hold would be wrong.
func (r *Remediator) readBack(ctx context.Context, verify func() (string, error)) (string, error) {
	for _, pause := range settling {
		verified, err := verify()
		if _, wrong := errors.AsType[*notPutRightError](err); !wrong || r.Wait == nil {
			return verified, err
		}
		if err := r.Wait(ctx, pause); err != nil {
			return "", err
		}
	}
	return verify()
}

// verify looks again: by the state that the plan led to, and by the check that found it where that judges state.
func (r *Remediator) verify(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action, plan remedy.Plan) (string, error) {
	differs, err := rem.Stand(ctx, cfg, plan)
	if err != nil {
		return "", err
	}
	if len(differs) > 0 {
		return "", &notPutRightError{"Read back, it is not as it was set: " + differs[0]}
	}
	return r.lookAgain(ctx, action)
}

// lookAgain has the check judge the resource as it is now.
func (r *Remediator) lookAgain(ctx context.Context, action ledger.Action) (string, error) {
	if action.Finding.Once != "" || action.Check == "" {
		return "Read back: as it should be.", nil
	}
	found, err := r.Engine.Batch(nil).Again(ctx, action.Check, resource.Ref(action.Resource))
	if err != nil {
		return "", err
	}
	return r.resolve(ctx, found)
}
