package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
	robot   = "arn:aws:iam::" + account + ":role/pipewarden-remediator"
	person  = "arn:aws:iam::" + account + ":user/alice"
)

// machine plays an account with pipewarden in it: people change projects, events come twice, late, or never, functions crash.
type machine struct {
	rng  *rand.Rand
	odds float64 // that a call of a function goes wrong
	now  time.Time
	ids  int

	cfg           aws.Config   // as people call AWS
	store         ledger.Store // as it is
	projects      []string
	looks, orders *line
	running       *invocation // nil: no function runs
	peace         bool        // nothing goes wrong any more
	fights        int         // for so many steps something opens one project again and again
	fought        string
	auditor       *auditor.Auditor
	remediator    *remediator.Remediator

	wrote   []write           // by the remediator
	handed  []hand            // by people
	stopped []span            // when people had stopped it
	told    map[string]letter // by what it tells
	faults  []string          // of pipewarden
	counts  map[string]int    // steps by what they were
}

// span is a time during which something held; the end is zero as long as it holds.
type span struct{ from, to time.Time }

// newMachine sets up. The configuration is that of an account without projects of those names.
func newMachine(ctx context.Context, seed uint64, cfg aws.Config, store func(now func() time.Time) ledger.Store) (*machine, error) {
	m := &machine{
		rng: rand.New(rand.NewPCG(seed, seed)), odds: 0.01, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		cfg: cfg, told: map[string]letter{}, counts: map[string]int{},
	}
	m.cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	m.store = store(func() time.Time { return m.now })
	m.looks, m.orders = &line{m: m}, &line{m: m}
	for i := range 6 {
		m.projects = append(m.projects, fmt.Sprintf("soak-%d-%d", seed%1e6, i))
	}
	m.deploy()
	return m, m.build(ctx)
}

// deploy makes the two functions as they are deployed, but for the troubles of what they reach.
func (m *machine) deploy() {
	set := settings.Default()
	set.Scope = settings.Account
	set.Modes = []settings.Rule{
		{Remedy: "build-make-private", Mode: settings.Apply}, {Remedy: "build-encrypt-artifacts", Mode: settings.Ask},
	}
	set.Approvals.WaitHours, set.Limits.ChangesPerHour = 4, 1000
	clock := func() time.Time { return m.now }
	there := m.cfg.Copy()
	there.APIOptions = append(slices.Clone(there.APIOptions), m.calls)
	reach := func(_ context.Context, _, _ string) (aws.Config, error) { return there, nil }
	judged := slices.DeleteFunc(checks.All(), func(c *check.Check) bool {
		return c.ID != "build-project-public" && c.ID != "build-artifacts-unencrypted"
	})
	log := slog.New(slog.DiscardHandler)
	count := func(function string) *telemetry.Counter { return telemetry.NewCounter(io.Discard, function, clock) }
	book := ledger.Open(troubled{m.store, m}, clock)
	m.auditor = &auditor.Auditor{
		Engine: deployment.Engine(judged, set, reach, []string{robot}, clock), Ledger: book, Settings: set, Topic: post{m},
		Orders: m.orders, Looks: m.looks, Count: count("auditor"), Log: log, Now: clock, Account: account, LastTry: deployment.Tries,
	}
	m.remediator = &remediator.Remediator{
		Remedies: remedies.All(), Engine: deployment.Engine(judged, set, reach, []string{robot}, clock), Ledger: book, Settings: set, Config: reach,
		Orders: m.orders, Topic: post{m}, Count: count("remediator"), Log: log, Now: clock, By: "pipewarden", LastTry: deployment.Tries,
	}
}

func (m *machine) id() string { return fmt.Sprintf("message-%d", m.ids) }

// ledger is as people read it, without troubles.
func (m *machine) ledger() *ledger.Ledger {
	return ledger.Open(m.store, func() time.Time { return m.now })
}

// deliver gives a function some of what waits, in any order. What it does not ask for again is gone, unless the queue delivers it twice.
func (m *machine) deliver(ctx context.Context, l *line, handle func(context.Context, []queue.Message) []string) {
	some, batch := m.some(l)
	if len(some) == 0 {
		return
	}
	m.running = &invocation{m: m}
	again := handle(ctx, batch)
	crashed := m.running.crashed
	m.running = nil
	for _, w := range some {
		kept := crashed || slices.Contains(again, w.id)
		switch {
		case kept && w.receives >= deployment.Tries:
			l.dead++ // an alarm tells people of it, and they have it delivered again
			w.receives, w.visible = 0, m.now.Add(time.Hour)
		case kept:
			w.visible = m.now.Add(6 * time.Minute)
		case !m.peace && m.rng.IntN(20) == 0: // delivered once more, although it was worked off
			w.visible = m.now.Add(time.Minute)
		default:
			l.messages = slices.DeleteFunc(l.messages, func(other *waiting) bool { return other == w })
		}
	}
}

// some are up to ten of the messages that can be received, in any order.
func (m *machine) some(l *line) (some []*waiting, batch []queue.Message) {
	for _, i := range m.rng.Perm(len(l.messages)) {
		if w := l.messages[i]; !w.visible.After(m.now) && len(some) < 10 {
			w.receives++
			some, batch = append(some, w), append(batch, queue.Message{ID: w.id, Body: w.body, Receives: w.receives})
		}
	}
	return some, batch
}
