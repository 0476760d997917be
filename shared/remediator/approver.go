package remediator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// mayDecide says why somebody may not decide from afar, as a sentence; "": they may. What a message says of its sender is believed only as far
// as the queue says the same, and IAM of that name. An error says that it could not be told.
func (r *Remediator) mayDecide(ctx context.Context, d queue.Decision, sender string) (string, error) {
	// Also where everybody may who can send, nobody decides in the name of pipewarden itself.
	if who, err := arn.Parse(d.By); err != nil || who.Service != "iam" && who.Service != "sts" {
		return "The message does not say whom it comes from: that is the ARN of a user, or of a role's session.", nil
	}
	responder, err := r.isResponder(ctx, sender)
	switch {
	case err != nil:
		return "Whether the function that hears of buttons in Slack sent it could not be told: " + awserr.Reason(err) + ".", err
	case responder || d.Via != "":
		return r.mayPress(d, responder), nil
	case len(r.Settings.Approvals.Approvers) == 0:
		return "", nil
	}
	return r.isApprover(ctx, d, sender)
}

// isResponder says whether the role of the function that hears of buttons in Slack sent a message. It is asked of every decision: that
// role has a session whose name anything may match among the approvers, and it decides nothing of its own.
func (r *Remediator) isResponder(ctx context.Context, sender string) (bool, error) {
	unique, _, session := strings.Cut(sender, ":") // a user's unique id stands alone
	if r.Responder == "" || !session {
		return false, nil
	}
	role, err := arn.Parse(r.Responder)
	if err != nil {
		return false, fmt.Errorf("read role %q: %w", r.Responder, err)
	}
	cfg, err := r.Config(ctx, role.AccountID, "")
	if err != nil {
		return false, fmt.Errorf("reach account %s: %w", role.AccountID, err)
	}
	role.Service, role.Resource = "sts", "assumed-role/"+role.Resource[strings.LastIndexByte(role.Resource, '/')+1:]+"/any"
	id, err := r.Principal(ctx, cfg, role.String())
	if awserr.IsNotFound(err) {
		return false, nil // whoever sent it, that role did not
	}
	return id != "" && id == unique, err
}

// mayPress says why a button in Slack decides nothing; "": it does. Slack's own word for who pressed it was proven to the responder, and
// the settings say who that is here.
func (r *Remediator) mayPress(d queue.Decision, responder bool) string {
	name := finding.Called(d.By)
	switch {
	case !responder:
		return "The message says that it comes from a button in Slack, and the queue says that somebody else sent it."
	case d.Via != queue.Slack:
		return "The function that hears of buttons in Slack sent it, and the message does not say that somebody pressed one."
	case !pressable[d.Verb] || d.Force:
		return "No button in Slack asks for that."
	case !r.Settings.Slack.Buttons() || !slices.ContainsFunc(r.Settings.Slack.Users, func(u settings.SlackUser) bool { return u.ARN == d.By }):
		return name + " is not among the users of Slack that the settings name."
	case !r.Settings.Approvals.Admits(d.By):
		return name + " is not among the approvers that the settings name."
	}
	return ""
}

// pressable are the verbs that there are buttons for.
var pressable = map[queue.Verb]bool{queue.Approve: true, queue.Reject: true, queue.Undo: true}

// isApprover says why somebody is none of the approvers that the settings name, or not known to be; "": they are.
func (r *Remediator) isApprover(ctx context.Context, d queue.Decision, sender string) (string, error) {
	name := d.By[strings.LastIndexByte(d.By, ':')+1:]
	if !r.Settings.Approvals.Admits(d.By) {
		return name + " is not among the approvers that the settings name.", nil
	}
	if d.Principal == "" || d.Principal != sender {
		return "The message says that it comes from " + name + ", and the queue says that somebody else sent it.", nil
	}
	cfg, err := r.Config(ctx, accountOf(d.By), "")
	if err != nil {
		return "The account of " + name + " is none that pipewarden watches.", nil
	}
	id, err := r.Principal(ctx, cfg, d.By)
	if err != nil {
		return "Whether " + name + " sent it could not be told: " + awserr.Reason(err) + ".", err
	}
	if unique, session, _ := strings.Cut(sender, ":"); unique != id || session != sessionOf(d.By) {
		return "The message says that it comes from " + name + ", and IAM knows the sender by another name.", nil
	}
	return "", nil
}

// sessionOf is the name of a role's session in its ARN, all of it; "" in anything else.
func sessionOf(of string) string {
	_, named, ok := strings.Cut(of, ":assumed-role/")
	if !ok {
		return ""
	}
	_, session, _ := strings.Cut(named, "/")
	return session
}

// accountOf is the account in an ARN; "" in anything else.
func accountOf(of string) string {
	const fields = 6
	parts := strings.SplitN(of, ":", fields)
	if len(parts) < fields {
		return ""
	}
	return parts[4]
}

// unauthorised keeps and tells what somebody tried who may not, and changes nothing.
func (r *Remediator) unauthorised(ctx context.Context, d queue.Decision, why string) error {
	r.Count.Add(telemetry.RemedyFailed, 1)
	r.Log.Error("decision by somebody who may not", "verb", string(d.Verb), "action", d.Action, "error", why)
	action, err := r.Ledger.Action(ctx, d.Action)
	if err != nil {
		return r.Ledger.Keep(ctx, ledger.Kept{ID: "decision-" + d.Action, Reason: why, Body: fmt.Appendf(nil, "%s %s by %s", d.Verb, d.Action, d.By), At: r.Now()})
	}
	action.Error, action.By = "Somebody tried to "+string(d.Verb)+" it. "+why, ""
	return r.publish(ctx, action, announce.Refused)
}
