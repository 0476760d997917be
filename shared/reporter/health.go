package reporter

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// health says what is the matter with the auditor itself, and when it last heard of a change of its own.
func (r *Reporter) health(ctx context.Context, standing ledger.Standing) (ails []string, heard time.Time, err error) {
	if text := standing.Stop.Sentence(); text != "" {
		ails = append(ails, text)
	}
	every := time.Duration(r.Settings.Sweep.EveryHours) * time.Hour
	if swept := standing.Pulse.Swept; !swept.IsZero() && r.Now().Sub(swept) > 2*every {
		ails = append(ails, fmt.Sprintf("Everything was last looked at %s, and that is to happen every %d hours", swept.UTC().Format("2006-01-02 15:04 UTC"), r.Settings.Sweep.EveryHours))
	}
	kept, err := r.kept(ctx)
	if err != nil {
		return ails, heard, err
	}
	if kept != "" {
		ails = append(ails, kept)
	}
	heard, err = r.heard(ctx)
	if err == nil && !heard.IsZero() && r.Now().Sub(heard) > heartbeat.Late {
		ails = append(ails, "It hears of no change any more: pipewarden checks auditor-silent")
	}
	return ails, heard, err
}

// kept says how many messages of the last day were put aside; "": none.
func (r *Reporter) kept(ctx context.Context) (string, error) {
	n := 0
	for k, err := range r.Ledger.Kept(ctx) {
		if err != nil {
			return "", err
		}
		if r.Now().Sub(k.At) < day {
			n++
		}
	}
	switch n {
	case 0:
		return "", nil
	case 1:
		return "1 message of the last day could not be read, or came from elsewhere; it is kept in the table for 30 days", nil
	}
	return fmt.Sprintf("%d messages of the last day could not be read, or came from elsewhere; they are kept in the table for 30 days", n), nil
}

// heard is when a heartbeat last came back, as the auditor noted it.
func (r *Reporter) heard(ctx context.Context) (time.Time, error) {
	view, err := r.Ledger.View(ctx, finding.Resource{Kind: heartbeat.Kind, ID: r.From.Account, Account: r.From.Account, Region: r.Region})
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for _, n := range view.Notes() {
		if n.Topic == heartbeat.Topic && n.At.After(last) {
			last = n.At
		}
	}
	return last, nil
}
