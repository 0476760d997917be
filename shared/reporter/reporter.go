// Package reporter tells people what waited to be told, reminds them of what is still wrong, and says once a day how everything stands.
package reporter

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Reporter holds what telling takes.
type Reporter struct {
	Ledger   *ledger.Ledger
	Settings *settings.Settings
	Topic    announce.Publisher
	Exports  queue.Sender // to the exporter; nil: nothing is exported
	From     announce.Sender
	Region   string
	Count    *telemetry.Counter
	Log      *slog.Logger
	Now      func() time.Time
}

// Wake is what wakes the reporter: the schedule says what it is for.
type Wake struct {
	Daily bool `json:"daily"`       // remind people, and say how everything stands
	Calm  int  `json:"calmSeconds"` // for how long a sweep must have found nothing more before what it found is told
}

// Handle tells what waited. Once a day it reminds people as well, and sends the digest. One of them that breaks does not keep the
// others from being told.
func (r *Reporter) Handle(ctx context.Context, w Wake) error {
	standing, err := r.Ledger.Standing(ctx)
	if err != nil {
		return err
	}
	desk := &announce.Desk{Topic: r.counting(), Keeper: r.Ledger, Settings: r.Settings, Mutes: standing.Muting(), Now: r.Now, From: r.From, Names: r.Ledger.AccountName}
	var all []error
	if w.Daily {
		all = append(all, r.daily(ctx, desk, standing))
	}
	all = append(all, r.flush(ctx, desk, time.Duration(w.Calm)*time.Second), r.Count.Flush())
	return errors.Join(all...)
}

// counting is the topic, with each message counted.
func (r *Reporter) counting() announce.Publisher { return publisher{r} }

type publisher struct{ *Reporter }

func (p publisher) Publish(ctx context.Context, m announce.Message) error {
	if err := p.Topic.Publish(ctx, m); err != nil {
		return err
	}
	p.Count.Add(telemetry.Announced, 1)
	return nil
}

func (r *Reporter) flush(ctx context.Context, desk *announce.Desk, calm time.Duration) error {
	var kept []announce.Kept
	for h, err := range r.Ledger.Held(ctx) {
		if err != nil {
			return err
		}
		kept = append(kept, announce.Kept{Key: h.Key, Why: h.Why, At: h.At, Until: h.Until, Body: h.Body})
	}
	if len(kept) == 0 {
		return nil
	}
	f := &announce.Flush{Desk: desk, Calm: calm, State: r.state, Release: r.Ledger.Release, Broken: r.broken}
	return f.Run(ctx, kept)
}

func (r *Reporter) state(ctx context.Context, f finding.Finding) (announce.State, error) {
	entry, _, err := r.Ledger.Entry(ctx, f)
	return announce.State{Open: entry.Open, Exempted: entry.Finding.Exemption != nil && entry.Open, Revision: entry.Revision}, err
}

// broken puts news aside that cannot be read, for people to look at.
func (r *Reporter) broken(ctx context.Context, k announce.Kept, reason error) error {
	r.Count.Add(telemetry.Undecodable, 1)
	r.Log.Error("news put aside", "kept", k.Key, "error", reason.Error())
	if err := r.Ledger.Keep(ctx, ledger.Kept{ID: "news-" + k.Key, Reason: reason.Error(), Body: k.Body, At: r.Now()}); err != nil {
		return err
	}
	return r.Ledger.Release(ctx, k.Key)
}
