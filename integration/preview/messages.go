package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// message is one that people get, and when.
type message struct {
	name, about string // about: what it is, in one sentence
	announce.Message
	at time.Time
}

const (
	project = "payments-api"
	order   = "01K3F7Q2"
)

// messages are those that pictures are taken of. Nothing in them depends on the day.
func messages(ctx context.Context) ([]message, error) {
	opened, err := sample("codebuild/UpdateProjectVisibility-public.json")
	if err != nil {
		return nil, err
	}
	open, err := public(project, opened, nil)
	if err != nil {
		return nil, err
	}
	var all []message
	for _, one := range []struct {
		name, about string
		in          func(context.Context, *office, finding.Finding) error
		after       time.Duration
	}{
		{"found", "Somebody opened a build project to everyone, and pipewarden waits for an approval (mode ask).", found, 23 * time.Second},
		{"fixed", "The same, once it was approved and put right.", fixed, 71 * time.Second},
		{"resolved", "The same, put right by a person before pipewarden was allowed to.", resolved, 0},
		{"several", "What one sweep found, told together.", several, 5 * time.Hour},
		{"digest", "How everything stands, once a day.", digest, 21 * time.Hour},
	} {
		o := &office{now: opened.Time.Add(one.after)}
		if err := one.in(ctx, o, open); err != nil {
			return nil, fmt.Errorf("compose the message %s: %w", one.name, err)
		}
		if len(o.sent) != 1 || len(o.held) > 0 {
			return nil, fmt.Errorf("compose the message %s: %d were sent, %d wait", one.name, len(o.sent), len(o.held))
		}
		all = append(all, message{name: one.name, about: one.about, Message: o.sent[0], at: o.now})
	}
	return all, nil
}

func found(ctx context.Context, o *office, f finding.Finding) error {
	return o.tell(ctx, announce.Item{Finding: f, Kind: announce.Found, Mode: settings.Ask, Order: order, Revision: 1}, nil)
}

func fixed(ctx context.Context, o *office, f finding.Finding) error {
	return o.tell(ctx, announce.Item{Finding: f, Kind: announce.Fixed, Mode: settings.Ask, Order: order, Revision: 1}, &announce.Deed{
		Order: order, Remedy: f.Remedy, Summary: "Make " + project + " private again.", Breaks: "Who follows its builds without an AWS account no longer can.",
		Verified: "Read back: as it should be.", At: o.now.Add(-2 * time.Second), Calls: []string{"codebuild:UpdateProjectVisibility"}, Undoable: true,
		ByHand: f.ByHand, By: "arn:aws:iam::" + account + ":user/carol",
	})
}

func resolved(ctx context.Context, o *office, f finding.Finding) error {
	closed, err := sample("codebuild/UpdateProjectVisibility-private.json")
	if err != nil {
		return err
	}
	o.now = closed.Time.Add(20 * time.Second)
	by(&f, closed)
	return o.tell(ctx, announce.Item{Finding: f, Kind: announce.Resolved, Revision: 2}, nil)
}

// by puts another event below a finding.
func by(f *finding.Finding, e *event.Event) {
	who := identity.Judge(check.Caller(e), identity.Rules{})
	f.Event = &finding.Cause{ID: e.ID, Name: e.Name(), Source: e.Service(), Time: e.Time}
	f.Actor = &finding.Actor{Type: who.Actor.Type, Name: who.Actor.Name, ARN: who.Actor.ARN, Via: who.Actor.Via, SourceIP: who.Actor.SourceIP}
	f.MFA = &finding.MFA{Verdict: string(who.MFA), Row: who.Row, Reason: who.Reason}
}

// pipelines are those whose buckets the sweep finds without versions.
var pipelines = []string{"web-prod", "payments-api", "mobile-app", "search-index", "billing"}

func several(ctx context.Context, o *office, _ finding.Finding) error {
	for i, name := range pipelines {
		f, err := unversioned(name)
		if err != nil {
			return err
		}
		it := announce.Item{Finding: f, Kind: announce.Found, Mode: settings.Propose, Order: fmt.Sprintf("01K3G%dV%d", i+2, 7-i), Revision: 1}
		if err := o.tell(ctx, it, nil); err != nil {
			return err
		}
	}
	return o.flush(ctx)
}

func digest(ctx context.Context, o *office, f finding.Finding) error {
	ago := func(d time.Duration) time.Time { return o.now.Add(-d) }
	const day = 24 * time.Hour
	docs, err := public("docs-site", nil, nil)
	leaky, fault := public("release-tools", nil, withSecret)
	if err := cmp.Or(err, fault); err != nil {
		return err
	}
	view := announce.Overview{
		Since: ago(day), Swept: ago(3 * time.Hour), Heard: ago(20 * time.Minute),
		Open:  []announce.Standing{{Finding: leaky, First: ago(2 * time.Hour)}, {Finding: docs, First: ago(9 * day)}},
		Ended: []announce.Ended{{Finding: f, By: announce.Self, At: ago(20 * time.Hour)}},
		Waits: []announce.Decision{{Order: "01K3H4M9", Summary: "Make release-tools private again.", Until: o.now.Add(2 * day)}},
		Ends: []settings.Exemption{{
			Check: "build-project-public", Resource: "open-source-*", Owner: "carol", Until: settings.Date{Time: o.now.Add(6 * day).Truncate(day)},
		}},
	}
	for i, name := range pipelines {
		one, err := unversioned(name)
		if err != nil {
			return err
		}
		view.Open = append(view.Open, announce.Standing{Finding: one, First: ago(time.Duration(10*i)*day + 16*time.Hour)})
	}
	m, _, err := announce.DigestOf(view, prod, o.now)
	if err != nil {
		return err
	}
	return o.Publish(ctx, m)
}
