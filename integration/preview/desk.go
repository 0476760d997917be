package main

import (
	"context"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// office is a desk with its topic and what it remembers, in memory, and a clock that stands.
type office struct {
	now  time.Time
	sent []announce.Message
	held []announce.Kept
}

var prod = announce.Sender{Account: account, AccountName: "prod"}

func (o *office) Publish(_ context.Context, m announce.Message) error {
	o.sent = append(o.sent, m)
	return nil
}

func (o *office) Hold(_ context.Context, key, why string, until time.Time, body []byte) error {
	o.held = append(o.held, announce.Kept{Key: key, Why: why, At: o.now, Until: until, Body: body})
	return nil
}

func (o *office) Spend(context.Context, string, string, int) (bool, error) { return true, nil }

func (o *office) desk() *announce.Desk {
	return &announce.Desk{Topic: o, Keeper: o, Settings: settings.Default(), Now: func() time.Time { return o.now }, From: prod}
}

// tell brings a finding to people.
func (o *office) tell(ctx context.Context, it announce.Item, d *announce.Deed) error {
	return o.desk().Tell(ctx, announce.Notice{Resource: it.Finding.Resource, Items: []announce.Item{it}, Deed: d, AccountName: prod.AccountName})
}

// flush tells what waited, some minutes later.
func (o *office) flush(ctx context.Context) error {
	o.now = o.now.Add(2 * time.Minute)
	f := &announce.Flush{
		Desk: o.desk(), Calm: time.Minute,
		State: func(context.Context, finding.Finding) (announce.State, error) {
			return announce.State{Open: true, Revision: 1}, nil
		},
		Release: func(_ context.Context, key string) error {
			o.held = slices.DeleteFunc(o.held, func(k announce.Kept) bool { return k.Key == key })
			return nil
		},
		Broken: func(_ context.Context, _ announce.Kept, reason error) error { return reason },
	}
	return f.Run(ctx, slices.Clone(o.held))
}
