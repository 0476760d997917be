// Package remediator carries out orders: plan, store what was found, change, read back, tell; and undoes what it did.
package remediator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Remediator holds what carrying out an order takes. The function and the CLI share it.
type Remediator struct {
	Remedies []*remedy.Remedy
	Engine   *engine.Engine // to look again at what was changed
	Ledger   *ledger.Ledger
	Settings *settings.Settings
	Config   func(ctx context.Context, account, region string) (aws.Config, error)
	Topic    announce.Publisher // nil: nobody is told
	Count    *telemetry.Counter
	Log      *slog.Logger
	Now      func() time.Time
	By       string // who carries out: "pipewarden", or the person who runs the CLI
	Own      bool   // with that person's own credentials: what they may not do, somebody else may
	LastTry  int
	Wait     func(context.Context, time.Duration) error // for what AWS shows late; nil: what is read back at once counts

	AccountName, Partition string
}

// Handle works off orders and gives the IDs of the messages that must be delivered again.
func (r *Remediator) Handle(ctx context.Context, messages []queue.Message) []string {
	var again []string
	for _, m := range messages {
		if err := r.one(ctx, m); err != nil {
			r.Count.Add(telemetry.Retried, 1)
			r.Log.Warn("order goes back to the queue", "message", m.ID, "error", err.Error())
			again = append(again, m.ID)
		}
	}
	if err := r.Count.Flush(); err != nil {
		r.Log.Error("write metrics", "error", err.Error())
	}
	return again
}

func (r *Remediator) one(ctx context.Context, m queue.Message) error {
	var approval queue.Approval
	if err := json.Unmarshal([]byte(m.Body), &approval); err == nil && approval.Action != "" && approval.By != "" {
		return r.approved(ctx, approval, m.Receives >= r.LastTry)
	}
	var order queue.Order
	if err := json.Unmarshal([]byte(m.Body), &order); err != nil || order.ID == "" || order.Remedy == "" || !slices.Contains(settings.Modes, order.Mode) {
		r.Count.Add(telemetry.Undecodable, 1)
		r.Log.Error("order cannot be read", "message", m.ID)
		return r.Ledger.Keep(ctx, ledger.Kept{ID: "order-" + m.ID, Reason: "not an order", Body: []byte(m.Body), At: r.Now()})
	}
	return r.Carry(ctx, order, m.Receives >= r.LastTry)
}

// Carry brings an order as far as its mode allows. Carried out again after a crash, it goes on where it stopped.
func (r *Remediator) Carry(ctx context.Context, order queue.Order, last bool) error {
	action, _, err := r.Ledger.Begin(ctx, ledger.Action{
		ID: order.ID, Remedy: order.Remedy, Check: order.Finding.Check, Finding: order.Finding, Resource: order.Finding.Resource,
		Mode: order.Mode, Status: ledger.Ordered, By: r.By, Created: r.Now(),
	})
	if err != nil {
		return err
	}
	if action.Status == ledger.Ordered {
		if action, err = r.plan(ctx, action, last); err != nil {
			return err
		}
	}
	if action.Status == ledger.Applying {
		if action, err = r.apply(ctx, action, last); err != nil {
			return err
		}
	}
	return r.tell(ctx, action)
}

// plan finds out what would be done and stores it, with the state found, before anything is written.
func (r *Remediator) plan(ctx context.Context, action ledger.Action, last bool) (ledger.Action, error) {
	plan, err := r.planFor(ctx, action)
	if awserr.IsNotFound(err) {
		return r.gone(ctx, action, last)
	}
	if err != nil {
		return r.broken(ctx, action, err, last)
	}
	raw, err := json.Marshal(plan)
	if err != nil {
		return action, fmt.Errorf("encode plan of %s: %w", action.ID, err)
	}
	action.Plan, action.Summary = raw, plan.Summary
	if action.Status, action.Error, err = r.status(ctx, action, plan); err != nil {
		return action, err
	}
	if action.Status == ledger.Needless {
		// Another order, or a person, was faster. What passes now is resolved without a word: that one was told.
		if action.Verified, err = r.lookAgain(ctx, action); err != nil {
			return r.broken(ctx, action, err, last)
		}
	}
	return r.Ledger.Save(ctx, action)
}

// gone ends an action on what does not exist any more: there is nothing left to put right, and that is no failure.
func (r *Remediator) gone(ctx context.Context, action ledger.Action, last bool) (ledger.Action, error) {
	if _, err := r.lookAgain(ctx, action); err != nil {
		return r.broken(ctx, action, err, last)
	}
	action.Status, action.Verified = ledger.Needless, "It no longer exists."
	return r.Ledger.Save(ctx, action)
}

func (r *Remediator) planFor(ctx context.Context, action ledger.Action) (remedy.Plan, error) {
	rem, cfg, err := r.reach(ctx, action)
	if err != nil {
		return remedy.Plan{}, err
	}
	return rem.Plan(ctx, cfg, action.Finding)
}

// status is what an action may become now that its plan is known.
func (r *Remediator) status(ctx context.Context, action ledger.Action, plan remedy.Plan) (ledger.Status, string, error) {
	if plan.Done() {
		return ledger.Needless, "", nil
	}
	view, err := r.Ledger.View(ctx, action.Resource)
	if err != nil {
		return "", "", err
	}
	// The settings and what people did may have changed since the order was given, and the plan knows more than the auditor did:
	// the more careful counts.
	f := action.Finding
	f.Exemption = r.Settings.Exempts(f, r.Now())
	history := remedy.History{Applied: view.Applied(), Undone: view.Undone(action.Remedy), Stack: plan.Stack}
	decision := remedy.Decide(f, r.Settings, history, r.Now())
	careful := min(slices.Index(settings.Modes, action.Mode), slices.Index(settings.Modes, decision.Mode))
	reason := ""
	if decision.Mode != action.Mode {
		reason = decision.Reason
	}
	return outcomes[careful], reason, nil
}

// outcomes is what each mode makes of an action that is planned, in the order of settings.Modes.
var outcomes = [...]ledger.Status{ledger.Refused, ledger.Proposed, ledger.Waiting, ledger.Applying}

// apply changes the resource and reads it back.
func (r *Remediator) apply(ctx context.Context, action ledger.Action, last bool) (ledger.Action, error) {
	rem, cfg, plan, err := r.planned(ctx, action)
	if err != nil {
		return r.broken(ctx, action, err, last)
	}
	if err := r.intend(ctx, action, rem, plan); err != nil {
		return action, err
	}
	if err := rem.Apply(ctx, cfg, plan); err != nil {
		return r.broken(ctx, action, err, last)
	}
	verified, err := r.readBack(ctx, rem, cfg, action)
	if err != nil {
		return r.broken(ctx, action, err, last)
	}
	action.Status, action.Applied, action.Verified, action.Error, action.By = ledger.Applied, r.Now(), verified, "", r.By
	r.Count.Add(telemetry.Remedied, 1)
	r.Log.Info("remedied", "action", action.ID, "remedy", action.Remedy, "resource", action.Resource.Key(), "account", action.Resource.Account, "check", action.Check)
	return r.Ledger.Save(ctx, action)
}

// broken decides what a failure means: worth another try, or the end of the action, which people are told of once.
func (r *Remediator) broken(ctx context.Context, action ledger.Action, err error, last bool) (ledger.Action, error) {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	switch {
	case r.Own && awserr.IsDenied(err):
		action.Status = ledger.Proposed
		saved, fault := r.Ledger.Save(ctx, action)
		return saved, errors.Join(err, fault)
	case errors.As(err, &moved), errors.As(err, &refused), awserr.IsForbiddenByOrganisation(err):
		action.Status = ledger.Refused
	case (awserr.IsPassing(err) || errors.Is(err, ledger.ErrConflict)) && !last, errors.Is(err, context.Canceled):
		return action, err
	default:
		action.Status = ledger.Failed
	}
	action.Error = plain(err)
	r.Count.Add(telemetry.RemedyFailed, 1)
	r.Log.Error("remedy did not work", "action", action.ID, "remedy", action.Remedy, "resource", action.Resource.Key(), "status", string(action.Status), "error", err.Error())
	return r.Ledger.Save(ctx, action)
}

// notPutRightError says that a change was made and did not put it right.
type notPutRightError struct{ why string }

func (e *notPutRightError) Error() string { return e.why }

// plain is an error in words for people: what AWS answers carries request ids and ARNs that help nobody at night.
func plain(err error) string {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	var wrong *notPutRightError
	switch {
	case errors.As(err, &moved):
		return moved.Error()
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &wrong):
		return wrong.Error()
	}
	return "AWS refused the change: " + awserr.Reason(err) + "."
}

func (r *Remediator) reach(ctx context.Context, action ledger.Action) (*remedy.Remedy, aws.Config, error) {
	for _, rem := range r.Remedies {
		if rem.ID == action.Remedy {
			cfg, err := r.Config(ctx, action.Resource.Account, action.Resource.Region)
			return rem, cfg, err
		}
	}
	return nil, aws.Config{}, &remedy.RefusedError{Why: "This version knows no remedy " + action.Remedy + "."}
}

func (r *Remediator) planned(ctx context.Context, action ledger.Action) (*remedy.Remedy, aws.Config, remedy.Plan, error) {
	var plan remedy.Plan
	rem, cfg, err := r.reach(ctx, action)
	if err != nil {
		return nil, cfg, plan, err
	}
	if err := json.Unmarshal(action.Plan, &plan); err != nil {
		return nil, cfg, plan, fmt.Errorf("decode plan of %s: %w", action.ID, err)
	}
	return rem, cfg, plan, nil
}

// settling is how long AWS is given to show what was written, from one reading to the next.
var settling = [...]time.Duration{time.Second, 3 * time.Second}

// readBack verifies, a few times where there is time to wait: what S3 answers may lag a write by seconds, and to tell people that the
// change did not hold would be wrong.
func (r *Remediator) readBack(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action) (string, error) {
	for _, pause := range settling {
		verified, err := r.verify(ctx, rem, cfg, action)
		if _, wrong := errors.AsType[*notPutRightError](err); !wrong || r.Wait == nil {
			return verified, err
		}
		if err := r.Wait(ctx, pause); err != nil {
			return "", err
		}
	}
	return r.verify(ctx, rem, cfg, action)
}

// verify looks again: by the check that found it where that judges state, and by the remedy itself, which must find nothing left to do.
func (r *Remediator) verify(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, action ledger.Action) (string, error) {
	plan, err := rem.Plan(ctx, cfg, action.Finding)
	if err != nil {
		return "", err
	}
	if !plan.Done() {
		return "", &notPutRightError{"Read back, it is not as it was set: " + plan.Summary}
	}
	return r.lookAgain(ctx, action)
}

// lookAgain has the check judge the resource as it is now.
func (r *Remediator) lookAgain(ctx context.Context, action ledger.Action) (string, error) {
	found, err := r.Engine.Batch(nil).Again(ctx, action.Check, resource.Ref(action.Resource))
	if err != nil {
		return "", err
	}
	return r.resolve(ctx, found)
}
