package remediator

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// mayDecide says why somebody may not decide from afar, as a sentence; "": they may. What a message says of its sender is believed only as far
// as the queue says the same, and IAM of that name. An error says that it could not be told.
func (r *Remediator) mayDecide(ctx context.Context, d queue.Decision, sender string) (string, error) {
	// Also where everybody may who can send, nobody decides in the name of pipewarden itself.
	if who, err := arn.Parse(d.By); err != nil || who.Service != "iam" && who.Service != "sts" {
		return "The message does not say whom it comes from: that is the ARN of a user, or of a role's session.", nil
	}
	if len(r.Settings.Approvals.Approvers) == 0 {
		return "", nil
	}
	return r.isApprover(ctx, d, sender)
}

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
