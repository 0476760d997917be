package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/integration/lambdahost"
)

// swept is one sweep: what it asked and took.
type swept struct {
	reads, kept int // calls to what is watched, and to the ledger
	calls       map[string]int
	cpu         time.Duration
	memory      int64
	invocations int
	log, looks  int
}

// sweep measures sweeps: the first meets an empty ledger, the others are as all later ones.
func (b *bench) sweep(ctx context.Context, w *world) error {
	if err := w.estate.grow(ctx, 400, 200, 200, 400); err != nil {
		return err
	}
	w.recorder.forget(true)
	first, err := w.sweepOnce(ctx)
	if err != nil {
		return err
	}
	again, err := w.sweepAgain(ctx)
	if err != nil {
		return err
	}
	const estate = "400 buckets with a policy, 200 projects and 200 pipelines that use them, and 400 log groups, 200 of them the projects'"
	b.add(figure{
		Budget: "AWS calls of a sweep", Limit: 2000, Reached: float64(again.reads), Unit: "calls",
		How: fmt.Sprintf("lists and reads of %s: %s; besides %d calls to the ledger, %d in the first sweep", estate, listed(again.calls), again.kept, first.kept),
	})
	b.add(figure{
		Budget: "CPU of a sweep", Limit: 1, Reached: again.cpu.Seconds(), Unit: "s",
		How: fmt.Sprintf("sweeper and auditor together, the median of %d sweeps by fresh processes, %d invocations each, recorded AWS; %.2f s in the first sweep, which writes the inventory",
			rounds, again.invocations, first.cpu.Seconds()),
	})
	b.add(figure{
		Budget: "memory of a sweep", Limit: mostResident, Reached: float64(again.memory) / mega, Unit: "MB", How: "the most that was resident (VmHWM) in the sweeper or the auditor during it",
	})
	n := float64(again.looks)
	b.seen.sweepCPU, b.seen.sweepBytes = milliseconds(again.cpu)/n, float64(again.log)/n
	b.seen.sweepCalls = perInvocation(again.calls, again.looks)
	return nil
}

// sweepAgain is a sweep that finds what earlier ones left, with the median of the CPU time of several.
func (w *world) sweepAgain(ctx context.Context) (last swept, err error) {
	var all []time.Duration
	for range rounds {
		if last, err = w.sweepOnce(ctx); err != nil {
			return swept{}, err
		}
		all = append(all, last.cpu)
	}
	slices.Sort(all)
	last.cpu = all[len(all)/2]
	return last, nil
}

// sweepOnce lets fresh processes sweep.
func (w *world) sweepOnce(ctx context.Context) (swept, error) {
	w.recorder.forget(false)
	r, err := w.start(ctx, true)
	if err != nil {
		return swept{}, err
	}
	s := swept{}
	err = w.drive(ctx, r, &s)
	if err := errors.Join(err, r.host.Close()); err != nil {
		return swept{}, err
	}
	s.calls = w.recorder.count()
	for service, n := range s.calls {
		if isOurs(service) {
			s.kept += n
			continue
		}
		s.reads += n
	}
	for _, stats := range []lambdahost.Stats{r.host.Stats()[auditor], r.host.Stats()[sweeper]} {
		s.cpu += stats.CPU
		s.memory = max(s.memory, stats.PeakRSS)
		s.invocations += stats.Invocations
	}
	s.log, _ = r.log.told()
	return s, nil
}

// drive lets a sweep begin and works off what it sends, in the order in which SQS would let it be seen: a batch is what may be seen within the
// window that the stack deploys.
func (w *world) drive(ctx context.Context, r *runner, s *swept) error {
	if _, err := r.host.Invoke(ctx, sweeper, []byte("{}")); err != nil {
		return err
	}
	const window = 5 // seconds
	for waiting := w.recorder.sweeping(0); len(waiting) > 0; {
		slices.SortStableFunc(waiting, func(a, b parcel) int { return a.delay - b.delay })
		until := waiting[0].delay + window
		n := min(10, len(waiting))
		for waiting[n-1].delay > until {
			n--
		}
		bodies := make([][]byte, 0, n)
		for _, p := range waiting[:n] {
			bodies = append(bodies, p.body)
			if bytes.HasPrefix(p.body, []byte(`{"look":`)) {
				s.looks += bytes.Count(p.body, []byte(`"kind":`)) // a resource each
			}
		}
		if err := r.send(ctx, bodies...); err != nil {
			return err
		}
		now := waiting[n-1].delay
		waiting = append(waiting[n:], w.recorder.sweeping(now)...)
	}
	return nil
}

// sweeping are the messages of a sweep that were sent in that second: all but the orders to the remediator.
func (r *recorder) sweeping(now int) []parcel {
	all := slices.DeleteFunc(r.taken(), func(p parcel) bool { return bytes.HasPrefix(p.body, []byte(`{"order":`)) })
	for i := range all {
		all[i].delay += now
	}
	return all
}

// listed is the calls to what is watched.
func listed(calls map[string]int) string {
	text := ""
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		if !isOurs(service) {
			text += fmt.Sprintf(", %s %s", service, thousands(int64(calls[service])))
		}
	}
	return text[min(2, len(text)):]
}
