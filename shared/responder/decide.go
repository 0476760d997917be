package responder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// said is what a decision is called in the message, with who took it between the two.
var said = map[slack.Verb][2]string{
	slack.Approve: {"Approved ", "; pipewarden is at it."},
	slack.Reject:  {"Rejected ", "; pipewarden leaves it as it is."},
	slack.Undo:    {"Undo asked for ", "; pipewarden is at it."},
}

// decide hands a decision to the remediator, as the command of that name does.
func (r *Responder) decide(ctx context.Context, p pressed, who settings.SlackUser) (answer, error) {
	action, err := r.Ledger.Action(ctx, p.Order)
	if errors.Is(err, ledger.ErrNoAction) {
		return over("pipewarden knows no action " + p.Order + "."), nil
	}
	if err != nil {
		return answer{}, err
	}
	if why, err := r.tooLate(ctx, p, action); why != "" || err != nil {
		return over(why), err
	}
	if a, err := r.cannot(ctx, p, action); a != nil || err != nil {
		return *cmp.Or(a, &answer{}), err
	}
	// As it stands now: once the remediator has worked it off, it may be decided upon again.
	done, err := r.alone(ctx, p, fmt.Sprintf("%s#%d", action.ID, action.Version), func() error {
		decision := queue.Decision{Verb: queue.Verb(p.Verb), Action: action.ID, By: who.ARN, Via: queue.Slack, Reason: "decided in Slack (" + p.user + ")"}
		if err := queue.SendJSON(ctx, r.Orders, 0, decision); err != nil {
			return &faultError{what: "it could not be handed to the remediator", command: command(p), look: "pipewarden actions " + action.ID, err: err}
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	if !done {
		return over("somebody decided a moment ago, and pipewarden is at it."), nil
	}
	words := said[p.Verb]
	return answer{line: words[0] + r.signed(p, who) + words[1], settles: true}, nil
}

// tooLate says how an action stands that can no longer be decided upon as the message offers it; "": it can. The remediator looks at the same
// again: what it answers comes as a message of its own, and later.
func (r *Responder) tooLate(ctx context.Context, p pressed, a ledger.Action) (string, error) {
	verb := queue.Verb(p.Verb)
	switch {
	case a.Finding.Key() != p.Finding:
		return "action " + a.ID + " is about another finding.", nil
	case a.Lapsed(r.Now()):
		return "nobody approved it until " + moment(a.Expires) + ".", nil
	case !slices.Contains(remediator.From[verb], a.Status), underWay(a, r.Now()):
		return standing(a), nil
	case verb == queue.Undo:
		return "", nil // what is found now does not matter: it goes back to what was
	}
	entry, found, err := r.Ledger.Entry(ctx, a.Finding)
	if err != nil || !found {
		return "", err
	}
	return overtaken(entry, p.Revision), nil
}

// cannot is the answer where the remediator would not do it, although it could still be decided; nil: it would. To say no takes nothing.
func (r *Responder) cannot(ctx context.Context, p pressed, a ledger.Action) (*answer, error) {
	if p.Verb == slack.Reject {
		return nil, nil
	}
	stop, err := r.Ledger.Stopped(ctx)
	switch mode := r.Settings.Boldest(a.Remedy); {
	case err != nil:
		return nil, err
	case stop.On:
		return &answer{line: "Nothing was done: " + stop.Sentence()}, nil
	case a.Status != ledger.Waiting && mode != settings.Ask && mode != settings.Apply:
		line := "Nothing was done: the settings have pipewarden only propose it (mode: " + string(mode) + "), so that it has no right to change it. With your own, on a terminal:"
		return &answer{line: line, command: command(p)}, nil
	}
	return nil, nil
}

// standing says in words how an action stands, by whom and since when.
func standing(a ledger.Action) string {
	who, at := finding.Called(a.By), " at "+moment(a.Updated)
	if who == "" {
		who = announce.Self
	}
	person := who != announce.Self
	switch a.Status {
	case ledger.Applied:
		at = " at " + moment(a.Applied)
		if person {
			return who + " approved it, and it was done" + at + "."
		}
		return "pipewarden did it" + at + "."
	case ledger.Rejected:
		return who + " rejected it" + at + "."
	case ledger.Undone:
		return who + " undid it at " + moment(a.Undone) + "."
	case ledger.Applying, ledger.Undoing:
		if person {
			return who + " decided, and pipewarden is at it since " + moment(a.Updated) + "."
		}
		return "pipewarden is at it since " + moment(a.Updated) + "."
	}
	return ended(a, at)
}

// ended says how an action stands that nobody decided upon, or of which nothing came.
func ended(a ledger.Action, at string) string {
	why := outline.Tidy(a.Error, mostReason)
	if why != "" {
		why = ": " + why
	}
	switch a.Status {
	case ledger.Failed:
		return "it was tried, and did not work" + at + why
	case ledger.Refused:
		return "pipewarden left it as it is" + at + why
	case ledger.Needless:
		return "it was as it should be already" + at + "."
	case ledger.Expired:
		return "nobody approved it in time."
	case ledger.Passed:
		return "the finding says something else by now, or is put right."
	case ledger.Proposed, ledger.Waiting:
		return "pipewarden has not done it: it waits for somebody's approval."
	}
	return "it is " + string(a.Status) + at + "."
}

// mostReason is how many characters of what AWS said are repeated.
const mostReason = 300
