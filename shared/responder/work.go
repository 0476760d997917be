package responder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// work does what a button asks for, in the name of whoever pressed it, if they may.
func (r *Responder) work(ctx context.Context, p pressed) (answer, error) {
	who, known := r.Settings.Slack.User(p.user)
	switch {
	case !known:
		return denied(p, "You may not decide here: your Slack user "+p.user+" is not in slack.users of pipewarden.yaml."), nil
	case !r.Settings.Approvals.Admits(who.ARN):
		return denied(p, "You may not decide here: "+finding.Called(who.ARN)+" is not in approvals.approvers of pipewarden.yaml."), nil
	}
	r.Count.Add(Pressed, 1)
	switch p.Verb {
	case slack.Explain:
		return r.explain(ctx, p)
	case slack.Exempt:
		return r.exempt(ctx, p, who)
	}
	return r.decide(ctx, p, who)
}

func denied(p pressed, line string) answer {
	no := stranger(p)
	return answer{line: line, refused: &no}
}

// over is the answer to a press that comes too late. The message says so to everybody, and can no longer be pressed.
func over(why string) answer { return answer{line: "Nothing was done: " + why, settles: true} }

// signed is who pressed, and when, as the message says it from then on.
func (r *Responder) signed(p pressed, who settings.SlackUser) string {
	return fmt.Sprintf("by %s (%s) at %s", finding.Called(who.ARN), p.user, moment(r.Now()))
}

// entry is what is recorded under a finding's key; false: nothing is.
func (r *Responder) entry(ctx context.Context, key string) (ledger.Entry, bool, error) {
	for e, err := range r.Ledger.Findings(ctx, key) {
		if err != nil || e.Finding.Key() == key {
			return e, err == nil, err
		}
	}
	return ledger.Entry{}, false, nil
}

// overtaken says why what was told of a finding no longer counts; "": it does.
func overtaken(e ledger.Entry, revision int) string {
	switch {
	case !e.Open:
		return "it was put right, which pipewarden saw at " + moment(e.Since) + "."
	case revision > 0 && revision != e.Revision:
		return "the finding says something else since " + moment(e.Since) + ". A newer message tells what."
	}
	return ""
}

// decidedFor is how long a decision counts that the remediator may not have worked off yet: longer than it takes, and no longer than people
// wait before they try again.
const decidedFor = 10 * time.Minute

// alone does something that only one of several people may do who press buttons of the same message at the same time. It says whether it did.
func (r *Responder) alone(ctx context.Context, p pressed, what string, do func() error) (bool, error) {
	mine, err := r.Ledger.Claim(ctx, "slack-decided", what, p.user+" "+string(p.Verb), decidedFor)
	if err != nil || !mine {
		return false, err
	}
	if err := do(); err != nil {
		return false, err
	}
	if err := r.Ledger.Done(ctx, "slack-decided", what); err != nil {
		r.Log.Error("a decision could not be noted as done", "error", err.Error()) // it is: pressed again, it changes nothing
	}
	return true, nil
}

// faultError is that something could not be done.
type faultError struct {
	what    string // that was to be done, as "it could not be handed over"
	command string // what does the same on a terminal
	look    string // what shows on a terminal whether it was done
	err     error
}

func (e *faultError) Error() string { return e.what + ": " + e.err.Error() }
func (e *faultError) Unwrap() error { return e.err }

// unsure says that nobody answered in time: it may have been done.
func (e *faultError) unsure() bool {
	slow, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.err)
	return ok && slow.Timeout() || errors.Is(e.err, context.DeadlineExceeded)
}

// underWay says that the remediator is at an action at this moment.
func underWay(a ledger.Action, now time.Time) bool {
	return slices.Contains([]ledger.Status{ledger.Applying, ledger.Undoing}, a.Status) && a.Taken("", now)
}
