package remediator

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// resolve brings what was read back to the ledger, so that the auditor has nothing left to tell.
func (r *Remediator) resolve(ctx context.Context, found []finding.Finding) (string, error) {
	verified := "Read back: as it should be."
	for _, f := range found {
		view, err := r.Ledger.View(ctx, f.Resource)
		if err != nil {
			return "", err
		}
		switch f.Outcome {
		case finding.Fail:
			return "", &notPutRightError{"Read back, the check still fails: " + f.Detail}
		case finding.Unknown:
			verified = "The change was made; whether the check passes now could not be read: " + f.Detail
			continue
		}
		entry, transition, err := view.Record(ctx, f)
		if err != nil {
			return "", err
		}
		if transition == ledger.None {
			continue
		}
		if r.Exports != nil {
			if err := queue.SendJSON(ctx, r.Exports, 0, queue.Exports([]finding.Finding{f})...); err != nil {
				return "", err
			}
		}
		if err := view.Announced(ctx, f, entry.Revision); err != nil {
			return "", err
		}
	}
	return verified, nil
}

// tell tells people how an action ended, once.
func (r *Remediator) tell(ctx context.Context, action ledger.Action) error {
	kind, worth := worthTelling(action)
	if action.Announced == action.Status {
		return nil
	}
	if worth && r.Topic != nil {
		if err := r.publish(ctx, action, kind); err != nil {
			return err
		}
	}
	action.Announced, action.Held = action.Status, nil
	_, err := r.Ledger.Save(ctx, action)
	return err
}

// worthTelling says what an action's end means to people. A proposal and a question stand in the message about the finding already.
func worthTelling(action ledger.Action) (announce.Kind, bool) {
	switch action.Status {
	case ledger.Applied:
		if action.Restore {
			return announce.Restored, true
		}
		return announce.Fixed, true
	case ledger.Failed:
		return announce.Failed, true
	case ledger.Undone:
		return announce.Undone, true
	case ledger.Refused, ledger.Expired, ledger.Passed:
		return announce.Refused, true
	case ledger.Rejected:
		return announce.Rejected, true
	case ledger.Proposed:
		// People were told that it would be done, or that it waits for them; now it is only a proposal.
		return announce.Refused, action.Mode == settings.Apply || action.Mode == settings.Ask
	}
	return "", false
}

func (r *Remediator) publish(ctx context.Context, action ledger.Action, kind announce.Kind) error {
	var plan remedy.Plan
	if len(action.Plan) > 0 {
		if err := json.Unmarshal(action.Plan, &plan); err != nil {
			return err
		}
	}
	deed := &announce.Deed{
		Order: action.ID, Remedy: action.Remedy, Summary: action.Summary, Breaks: plan.Breaks, Verified: action.Verified,
		Error: why(action), At: when(action), Undoable: plan.Undoable && !action.Began.IsZero(), ByHand: plan.Manual, By: action.By,
	}
	for _, call := range plan.Calls {
		deed.Calls = append(deed.Calls, call.Service+":"+call.Operation)
	}
	notice := announce.Notice{
		Resource: action.Resource, Items: []announce.Item{{Finding: action.Finding, Kind: kind, Mode: mode(action), Order: action.ID, Stack: plan.Stack}},
		Deed: deed,
	}
	standing, err := r.Ledger.Standing(ctx)
	if err != nil {
		return err
	}
	desk := &announce.Desk{
		Topic: r.Topic, Keeper: r.Ledger, Settings: r.Settings, Mutes: standing.Muting(), Now: r.Now, From: r.Sender, Names: r.Ledger.AccountName,
	}
	return desk.Tell(ctx, notice)
}

// when is the time of what an action's status says.
func when(action ledger.Action) time.Time {
	switch action.Status {
	case ledger.Applied:
		return action.Applied
	case ledger.Undone:
		return action.Undone
	}
	return action.Updated
}

// mode is what may still be done: what was to be applied, and is not, can be approved.
func mode(action ledger.Action) settings.Mode {
	switch action.Status {
	case ledger.Proposed:
		return settings.Propose
	case ledger.Rejected, ledger.Expired, ledger.Passed:
		return settings.Off
	}
	return action.Mode
}

// why is why an action ended as it did, as a sentence; "" where its status says it.
func why(action ledger.Action) string {
	switch action.Status {
	case ledger.Rejected:
		return action.Reason
	case ledger.Expired:
		return "Nobody approved it until " + action.Expires.UTC().Format("2006-01-02 15:04 UTC") + "."
	case ledger.Passed:
		return "The finding says something else by now, or is resolved."
	}
	return action.Error
}
