// Package remediator carries out orders and what people decide: plan, store what was found, change, read back, tell; and undoes what it did.
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
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Remediator holds what carrying out an order takes. The function and the CLI share it.
type Remediator struct {
	Remedies []*remedy.Remedy
	Rules    map[string]remedy.Rule // those of the deployment, by name
	Engine   *engine.Engine         // to look again at what was changed
	Ledger   *ledger.Ledger
	Settings *settings.Settings
	Config   func(ctx context.Context, account, region string) (aws.Config, error)
	Orders   queue.Sender // its own queue, for what has to wait; nil: nothing waits
	Exports  queue.Sender // to the exporter; nil: nothing is exported
	// Principal gives the unique id that IAM has for a user or role, by its ARN or that of one of its sessions; nil: who decides is
	// known without it.
	Principal func(ctx context.Context, cfg aws.Config, arn string) (string, error)
	Responder string             // ARN of the role of the function that hears of buttons in Slack; "": nobody decides there
	Topic     announce.Publisher // nil: nobody is told
	Count     *telemetry.Counter
	Log       *slog.Logger
	Now       func() time.Time
	By        string // who carries out: "pipewarden", or the person who runs the CLI
	Own       bool   // with that person's own credentials: what they may not do, somebody else may
	LastTry   int
	Wait      func(context.Context, time.Duration) error // for what AWS shows late; nil: what is read back at once counts

	Sender announce.Sender // the deployment

	message string // the one that is worked off; "": somebody runs the CLI
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
	at := *r
	at.message = m.ID
	if decision, ok := queue.ParseDecision(m.Body); ok {
		return at.decided(ctx, decision, m.Sender, m.Receives >= r.LastTry)
	}
	var order queue.Order
	if err := json.Unmarshal([]byte(m.Body), &order); err != nil || order.ID == "" || order.Remedy == "" || !slices.Contains(settings.Modes, order.Mode) {
		r.Count.Add(telemetry.Undecodable, 1)
		r.Log.Error("order cannot be read", "message", m.ID)
		return r.Ledger.Keep(ctx, ledger.Kept{ID: "order-" + m.ID, Reason: "not an order", Body: []byte(m.Body), At: r.Now()})
	}
	// Buttons decide about orders; none gives one.
	if pressed, err := r.isResponder(ctx, m.Sender); err != nil || pressed {
		if err != nil {
			return err
		}
		r.Count.Add(telemetry.Foreign, 1)
		r.Log.Error("order from where only decisions come", "message", m.ID)
		return r.Ledger.Keep(ctx, ledger.Kept{ID: "order-" + m.ID, Reason: "an order that the responder sent", Body: []byte(m.Body), At: r.Now()})
	}
	return at.Carry(ctx, order, m.Receives >= r.LastTry)
}

// Carry brings an order as far as its mode allows. Carried out again after a crash, it goes on where it stopped.
func (r *Remediator) Carry(ctx context.Context, order queue.Order, last bool) error {
	action, _, err := r.Ledger.Begin(ctx, ledger.Action{
		ID: order.ID, Remedy: order.Remedy, Check: order.Finding.Check, Finding: order.Finding, Revision: order.Revision, Resource: order.Finding.Resource,
		Mode: order.Mode, Status: ledger.Ordered, By: r.By, Created: r.Now(), Held: r.hold(),
	})
	if err != nil {
		return err
	}
	if err := r.free(action); err != nil {
		return err
	}
	if action.Lapsed(r.Now()) {
		action.Status = ledger.Expired
		if action, err = r.save(ctx, action); err != nil {
			return err
		}
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
	plan, situation, err := r.planFor(ctx, action)
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
	action.Status, action.Error = r.status(action, plan, situation)
	switch action.Status {
	case ledger.Needless:
		// Another order, or a person, was faster. What passes now is resolved without a word: that one was told.
		if action.Verified, err = r.lookAgain(ctx, action); err != nil {
			return r.broken(ctx, action, err, last)
		}
	case ledger.Waiting:
		action.Expires = r.deadline()
	}
	saved, err := r.save(ctx, action)
	if errors.Is(err, ledger.ErrTooLarge) {
		return r.broken(ctx, action, &remedy.RefusedError{Why: "What it found is too large to be kept, so that it could not be put back."}, last)
	}
	return saved, err
}

// deadline is until when what waits from now on can be approved.
func (r *Remediator) deadline() time.Time {
	return r.Now().Add(time.Duration(r.Settings.Approvals.WaitHours) * time.Hour)
}

// gone ends an action on what does not exist any more: there is nothing left to put right, and that is no failure.
func (r *Remediator) gone(ctx context.Context, action ledger.Action, last bool) (ledger.Action, error) {
	if _, err := r.lookAgain(ctx, action); err != nil {
		return r.broken(ctx, action, err, last)
	}
	action.Status, action.Verified = ledger.Needless, "It no longer exists."
	return r.save(ctx, action)
}

// brokenOff decides what a failure in the middle of a change means. What was deleted meanwhile is none.
func (r *Remediator) brokenOff(ctx context.Context, action ledger.Action, err error, last bool) (ledger.Action, error) {
	if awserr.IsNotFound(err) && r.isGone(ctx, action) {
		return r.gone(ctx, action, last)
	}
	return r.broken(ctx, action, err, last)
}

// status is what an action may become now that its plan is known. The settings and what people did may have changed since the order was
// given, and the plan knows more than the auditor did: the more careful counts.
func (r *Remediator) status(action ledger.Action, plan remedy.Plan, now remedy.Situation) (ledger.Status, string) {
	if plan.Done() {
		return ledger.Needless, ""
	}
	f := action.Finding
	f.Remedy, f.Exemption = action.Remedy, now.Exempted
	decision := remedy.Decide(f, r.Settings, now, r.Now())
	careful := min(slices.Index(settings.Modes, action.Mode), slices.Index(settings.Modes, decision.Mode))
	reason := ""
	if decision.Mode != action.Mode || decision.Stack != "" {
		reason = decision.Reason
	}
	return outcomes[careful], reason
}

// outcomes is what each mode makes of an action that is planned, in the order of settings.Modes.
var outcomes = [...]ledger.Status{ledger.Refused, ledger.Proposed, ledger.Waiting, ledger.Applying}

// broken decides what a failure means: worth another try, or the end of the action, which people are told of once.
func (r *Remediator) broken(ctx context.Context, action ledger.Action, err error, last bool) (ledger.Action, error) {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	switch {
	case r.Own && awserr.IsDenied(err):
		saved, fault := r.Ledger.Save(ctx, asItWas(action))
		return saved, errors.Join(err, fault)
	case errors.As(err, &moved), errors.As(err, &refused), awserr.IsForbiddenByOrganisation(err):
		action.Status = ledger.Refused
	case (awserr.IsPassing(err) || errors.Is(err, ledger.ErrConflict)) && !last, errors.Is(err, context.Canceled), isTaken(err):
		return action, err
	default:
		action.Status = ledger.Failed
	}
	action.Error = plain(err)
	r.Count.Add(telemetry.RemedyFailed, 1)
	r.Log.Error("remedy did not work", "action", action.ID, "remedy", action.Remedy, "resource", action.Resource.Key(), "status", string(action.Status), "error", err.Error())
	return r.save(ctx, action)
}

// notPutRightError says that a change was made and did not put it right.
type notPutRightError struct{ why string }

func (e *notPutRightError) Error() string { return e.why }

// plain is an error in words for people: what AWS answers carries request ids and ARNs that help nobody at night.
func plain(err error) string {
	var moved *remedy.MovedError
	var refused *remedy.RefusedError
	var wrong *notPutRightError
	var busy *remedy.BusyError
	switch {
	case errors.As(err, &moved):
		return moved.Error()
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &wrong):
		return wrong.Error()
	case errors.As(err, &busy):
		return busy.Error()
	case errors.Is(err, ledger.ErrConflict):
		return "It broke off: somebody else was at it at the same time."
	case awserr.Code(err) == "" && !awserr.IsPassing(err): // pipewarden's own words, which alone say what it was
		return "It broke off: " + remedy.Clipped(err.Error()) + "."
	}
	return "AWS refused the change: " + awserr.Reason(err) + "."
}
