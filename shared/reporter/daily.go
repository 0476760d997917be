package reporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// What is done once, by topic, and for how long that is remembered.
const (
	digests      = "digest"
	reminders    = "reminder"
	rememberedBy = 400 * 24 * time.Hour
)

const day = 24 * time.Hour

// soon is how long before its end an exemption is in the digest.
const soon = 14 * day

// daily looks through all findings once: it reminds people of those that are due, and says how everything stands.
func (r *Reporter) daily(ctx context.Context, desk *announce.Desk, standing ledger.Standing) error {
	now := r.Now().UTC()
	o := announce.Overview{Since: now.Add(-day), Swept: standing.Pulse.Swept}
	by, waits, err := r.actions(ctx, o.Since)
	if err != nil {
		return err
	}
	var all []error
	for entry, err := range r.Ledger.Findings(ctx, "") {
		if err != nil {
			return err
		}
		f := entry.Finding
		if a, ok := waits[f.Key()]; ok && entry.Open && f.Exemption == nil && a.Revision == entry.Revision {
			o.Waits = append(o.Waits, announce.Decision{Order: a.ID, Summary: a.Summary, Until: a.Expires})
		}
		switch {
		case f.Outcome != finding.Fail || f.Exemption != nil || f.Severity < r.Settings.Notify.MinimumSeverity:
		case entry.Open:
			o.Open = append(o.Open, announce.Standing{Finding: f, First: entry.First})
			all = append(all, r.remind(ctx, desk, entry))
		case entry.Since.After(o.Since):
			o.Ended = append(o.Ended, announce.Ended{Finding: f, By: ender(entry, by), At: entry.Since})
		}
	}
	for _, e := range append(standing.Settings(), r.Settings.Exemptions...) {
		if left := e.Until.AddDate(0, 0, 1).Sub(now); left > 0 && left <= soon {
			o.Ends = append(o.Ends, e)
		}
	}
	ails, heard, err := r.health(ctx, standing)
	o.Ails, o.Heard = ails, heard
	return errors.Join(append(all, err, r.digest(ctx, desk.Topic, o))...)
}

// ender is who put right what is resolved: pipewarden, whoever approved it, or whose change passed.
func ender(e ledger.Entry, by map[string]string) string {
	if who, ok := by[e.Finding.Key()]; ok {
		return who
	}
	if e.ResolvedBy != nil && e.ResolvedBy.Actor != nil {
		return e.ResolvedBy.Actor.Name
	}
	return ""
}

// actions gives who had what put right since a moment, and what waits for an answer, by the findings' keys.
func (r *Reporter) actions(ctx context.Context, since time.Time) (by map[string]string, waits map[string]ledger.Action, err error) {
	by, waits = map[string]string{}, map[string]ledger.Action{}
	longest := time.Duration(r.Settings.Approvals.WaitHours) * time.Hour
	for a, err := range r.Ledger.Actions(ctx, r.Now().Add(-max(longest, day))) {
		switch {
		case err != nil:
			return nil, nil, err
		case a.Status == ledger.Waiting && !a.Lapsed(r.Now()):
			if _, newer := waits[a.Finding.Key()]; !newer {
				waits[a.Finding.Key()] = a
			}
		case a.Status == ledger.Applied && a.Applied.After(since):
			by[a.Finding.Key()] = announce.Self
			if who := finding.Called(a.By); who != "" && who != announce.Self {
				by[a.Finding.Key()] = announce.Self + ", approved by " + who
			}
		}
	}
	return by, waits, nil
}

// remind keeps a reminder of what is still wrong, each time that as many days have passed as the settings say.
func (r *Reporter) remind(ctx context.Context, desk *announce.Desk, e ledger.Entry) error {
	days := r.Settings.Notify.RemindDays.Of(e.Finding.Severity)
	if days == 0 || e.Announced == 0 || e.Finding.Once != "" { // what was done stays done: there is nothing left to wait for
		return nil
	}
	times := int(r.Now().Sub(e.Since) / (time.Duration(days) * day))
	if times == 0 {
		return nil
	}
	key := fmt.Sprintf("%s#%d#%d", e.Finding.Key(), e.Revision, times)
	mine, err := r.Ledger.Claim(ctx, reminders, key, "reporter", rememberedBy)
	if err != nil || !mine {
		return err
	}
	item := announce.Item{Finding: e.Finding, Kind: announce.Reminder, Revision: e.Revision}
	item.Mode, item.Order, err = r.order(ctx, e)
	if err != nil {
		return err
	}
	if err := desk.Remind(ctx, item, times, r.From); err != nil {
		return err
	}
	return r.Ledger.Done(ctx, reminders, key)
}

// order is the action that may still be decided about a finding; none: the mode is off.
func (r *Reporter) order(ctx context.Context, e ledger.Entry) (settings.Mode, string, error) {
	a, err := r.Ledger.Action(ctx, ledger.OrderID(e.Finding, e.Revision))
	switch {
	case errors.Is(err, ledger.ErrNoAction):
		return settings.Off, "", nil
	case err != nil:
		return settings.Off, "", err
	case a.Status == ledger.Proposed:
		return settings.Propose, a.ID, nil
	case a.Status == ledger.Waiting && !a.Lapsed(r.Now()):
		return settings.Ask, a.ID, nil
	}
	return settings.Off, "", nil
}

// digest sends the digest of a day, once. Where there is nothing to say, it says so on Mondays.
func (r *Reporter) digest(ctx context.Context, topic announce.Publisher, o announce.Overview) error {
	now := r.Now().UTC()
	message, worth, err := announce.DigestOf(o, r.From, now)
	if err != nil || !worth && now.Weekday() != time.Monday {
		return err
	}
	key := now.Format(time.DateOnly)
	mine, err := r.Ledger.Claim(ctx, digests, key, "reporter", rememberedBy)
	if err != nil || !mine {
		return err
	}
	if err := topic.Publish(ctx, message); err != nil {
		return err
	}
	return r.Ledger.Done(ctx, digests, key)
}
