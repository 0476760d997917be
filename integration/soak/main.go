// Command soak plays an account for a long time: people change projects, events come twice, late or never, functions crash, calls fail. In the
// end every promise is held to what happened.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(out)
	steps := flags.Int("steps", 1000, "how many steps are played")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "what chance starts from: the same seed plays the same")
	if err := flags.Parse(args); err != nil {
		return err
	}
	a, err := emulator.Start(ctx, emulator.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	cfg := a.Config(account, region)
	if err := table(ctx, cfg); err != nil {
		return err
	}
	m, err := newMachine(ctx, *seed, cfg, func(now func() time.Time) ledger.Store { return ledger.NewDynamoDB(cfg, tableName, now) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Playing %d steps on the emulator, seed %d ...\n", *steps, *seed)
	if err := m.play(ctx, *steps); err != nil {
		return fmt.Errorf("seed %d: %w", *seed, err)
	}
	fmt.Fprintln(out, m.summary())
	if len(m.faults) > 0 {
		return fmt.Errorf("seed %d: %d promises were broken: %w", *seed, len(m.faults), m.broken())
	}
	return nil
}

// broken are the promises that were broken, ten of them at most.
func (m *machine) broken() error {
	var all []error
	for _, fault := range m.faults[:min(10, len(m.faults))] {
		all = append(all, errors.New(fault))
	}
	return errors.Join(all...)
}

// play takes steps at random, lets everything come to rest, and holds what happened to the promises.
func (m *machine) play(ctx context.Context, steps int) error {
	for range steps {
		if err := m.step(ctx); err != nil {
			return err
		}
	}
	if err := m.rest(ctx); err != nil {
		return err
	}
	return m.verify(ctx)
}

func (m *machine) step(ctx context.Context) error {
	pause := 300
	if m.fights > 0 {
		m.fights, pause = m.fights-1, 20
	} else if m.rng.IntN(300) == 0 {
		m.fights, m.fought = 200, m.projects[m.rng.IntN(len(m.projects))]
	}
	m.now = m.now.Add(time.Duration(m.rng.IntN(pause)) * time.Second)
	kinds := []kind{
		{"change", 20, func() error { return m.meddle(ctx) }},
		{"audit", 40, func() error { m.deliver(ctx, m.looks, m.auditor.Handle); return nil }},
		{"remedy", 30, func() error { m.deliver(ctx, m.orders, m.remediator.Handle); return nil }},
		{"decision", 8, func() error { return m.decide(ctx) }},
		{"sweep", 2, m.sweep},
		{"stop or start", 1, func() error { return m.toggle(ctx) }},
	}
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	at := m.rng.IntN(total)
	k := kinds[slices.IndexFunc(kinds, func(k kind) bool {
		at -= k.weight
		return at < 0
	})]
	m.counts[k.name]++
	return k.do()
}

// kind is one kind of step, and how often it is taken among all.
type kind struct {
	name   string
	weight int
	do     func() error
}

// rest has nothing go wrong any more, and everything that waits be worked off: it must come to an end.
func (m *machine) rest(ctx context.Context) error {
	m.peace = true
	if n := len(m.stopped); n > 0 && m.stopped[n-1].to.IsZero() {
		if err := m.toggle(ctx); err != nil {
			return err
		}
	}
	const rounds = 500
	for round := range rounds {
		m.now = m.now.Add(10 * time.Minute)
		if round == 0 || round == 5 {
			if err := m.sweep(); err != nil {
				return err
			}
		}
		m.deliver(ctx, m.looks, m.auditor.Handle)
		m.deliver(ctx, m.orders, m.remediator.Handle)
		if round > 5 && len(m.looks.messages)+len(m.orders.messages) == 0 {
			return nil
		}
	}
	m.fault("it does not come to rest: %d looks and %d orders wait", len(m.looks.messages), len(m.orders.messages))
	return nil
}

func (m *machine) summary() string {
	return fmt.Sprintf("%d changes by people, %d deliveries to the auditor and %d to the remediator, %d decisions, %d stops; %d changes by the remediator, %d things told.",
		m.counts["change"], m.counts["audit"], m.counts["remedy"], m.counts["decision"], len(m.stopped), len(m.wrote), len(m.told))
}
