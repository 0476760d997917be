package reporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// What is done once, by topic, and for how long that is remembered.
const (
	digests      = "digest"
	reminders    = "reminder"
	rememberedBy = 400 * 24 * time.Hour
)

const day = 24 * time.Hour

// How long before its end an exemption is in the digest, and how long before people are told of it.
const (
	soon   = 14 * day
	notice = 7 * day
)

// daily looks through all findings once: it reminds people of those that are due, has them exported anew, and says how everything stands.
func (r *Reporter) daily(ctx context.Context, desk *announce.Desk, standing ledger.Standing) error {
	now := r.Now().UTC()
	t := tour{Reporter: r, desk: desk, overview: announce.Overview{Since: now.Add(-day), Swept: standing.Pulse.Swept, Names: map[string]string{}}, idle: map[string]bool{}}
	err := t.accounts(ctx)
	if err != nil {
		return err
	}
	if t.by, t.waits, err = r.actions(ctx, t.overview.Since); err != nil {
		return err
	}
	var all []error
	for entry, err := range r.Ledger.Findings(ctx, "") {
		if err != nil {
			return err
		}
		all = append(all, t.see(ctx, entry))
	}
	ending, err := r.ending(ctx, desk.Topic, standing)
	t.overview.Ends, all = ending, append(all, err)
	t.overview.Ails, t.overview.Heard, err = r.health(ctx, standing)
	all = append(all, err, r.export(ctx, t.open))
	if r.Settings.Notify.DigestAt.Set {
		all = append(all, r.digest(ctx, desk.Topic, t.overview))
	}
	return errors.Join(all...)
}

// tour is one way through all findings.
type tour struct {
	*Reporter
	desk     *announce.Desk
	by       map[string]string
	waits    map[string]ledger.Action
	overview announce.Overview
	open     []finding.Finding
	idle     map[string]bool // accounts that were suspended, or that left the organisation
}

// accounts reads what accounts are called, and in which nobody can put anything right.
func (t *tour) accounts(ctx context.Context) error {
	for m, err := range t.Ledger.Members(ctx) {
		if err != nil {
			return fmt.Errorf("read accounts: %w", err)
		}
		t.overview.Names[m.Account] = m.Name
		t.idle[m.Account] = !m.Active()
	}
	return nil
}

// ending lists the exemptions that end soon. Of each, people are told once, a week before.
func (r *Reporter) ending(ctx context.Context, topic announce.Publisher, standing ledger.Standing) ([]settings.Exemption, error) {
	var soonest []settings.Exemption
	for _, e := range append(standing.Settings(), r.Settings.Exemptions...) {
		left := e.Until.AddDate(0, 0, 1).Sub(r.Now())
		if left <= 0 || left > soon {
			continue
		}
		soonest = append(soonest, e)
		used := standing.Usage[e.Key()]
		if left > notice || !used.Warned.IsZero() {
			continue
		}
		message, err := announce.EndOf(announce.Exemption{Exemption: e, Used: used.Count}, r.From, r.Now())
		if err == nil {
			err = topic.Publish(ctx, message)
		}
		if err == nil {
			_, err = r.Ledger.Warn(ctx, e.Key())
		}
		if err != nil {
			return soonest, fmt.Errorf("tell the end of exemption %s: %w", e.Key(), err)
		}
	}
	return soonest, nil
}

// see takes one finding into the overview, and reminds people of it when that is due.
func (t *tour) see(ctx context.Context, e ledger.Entry) error {
	f := e.Finding
	if t.idle[f.Resource.Account] {
		return nil // nobody is to do anything about it
	}
	if e.Open {
		t.open = append(t.open, f)
	}
	if f.Outcome != finding.Fail || f.Exemption != nil {
		return nil
	}
	if a, ok := t.waits[f.Key()]; ok && e.Open && a.Revision == e.Revision {
		t.overview.Waits = append(t.overview.Waits, announce.Decision{Order: a.ID, Summary: a.Summary, Until: a.Expires})
	}
	switch {
	case f.Severity < t.Settings.Notify.MinimumSeverity:
	case e.Open:
		t.overview.Open = append(t.overview.Open, announce.Standing{Finding: f, First: e.First})
		return t.remind(ctx, t.desk, e)
	case e.Since.After(t.overview.Since):
		t.overview.Ended = append(t.overview.Ended, announce.Ended{Finding: f, By: ender(e, t.by), At: e.Since})
	}
	return nil
}

// export has what is open exported anew: Security Hub forgets a finding that was not brought up to date for 90 days
// (AWS Security Hub User Guide, "Quotas").
func (r *Reporter) export(ctx context.Context, open []finding.Finding) error {
	if r.Exports == nil || !r.Settings.Export.SecurityHub || len(open) == 0 {
		return nil
	}
	messages := queue.Exports(open)
	for i := range messages {
		messages[i].Known = true
	}
	return queue.SendJSON(ctx, r.Exports, 0, messages...)
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
	if err := desk.Remind(ctx, item, times); err != nil {
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
