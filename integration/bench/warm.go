package main

import (
	"context"
	"fmt"
	"time"
)

// How many invocations are measured in one round, after how many that are not. The median of the rounds counts: on a busy machine
// the same work takes more CPU time at some moments than at others.
const (
	warmUp    = 60
	rounds    = 3
	singles   = 150
	tens      = 20
	rotate    = 50 // resources that the events are about in turn
	coldTries = 9
	lasting   = 1000
)

// warm measures the CPU time of events that find nothing new in a process that has judged such events before.
func (b *bench) warm(ctx context.Context, w *world) error {
	b.seen.eventCalls = map[string]float64{}
	judged := 0.0
	for _, k := range kinds(w.estate.key) {
		h, err := newHappenings(k, true)
		if err != nil {
			return err
		}
		_, err = w.with(ctx, true, func(r *runner) error {
			if err := w.inventory(ctx, r, rotate); err != nil {
				return err
			}
			one, err := w.cpu(ctx, r, h, singles, 1)
			if err != nil {
				return err
			}
			calls := w.recorder.count()
			ten, err := w.cpu(ctx, r, h, tens, 10)
			if err != nil {
				return err
			}
			b.add(figure{
				Budget: "warm CPU, " + k.name, Limit: k.cpu, Reached: max(one.each, ten.each), Unit: "ms",
				How: fmt.Sprintf("%.2f ms alone (%d rounds of %d invocations, %.1f new connections each), %.2f ms in batches of ten (%d of %d); real auditor, recorded AWS, %d resources in turn, nothing new found",
					one.each, rounds, singles, one.connections, ten.each, rounds, tens, rotate),
			})
			if k.by != nil {
				judged++
				b.seen.warmCPU += one.each
				b.seen.eventBytes += one.written
				for service, n := range perInvocation(calls, rounds*singles) {
					b.seen.eventCalls[service] += n
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	b.seen.warmCPU /= judged
	b.seen.eventBytes /= judged
	for service := range b.seen.eventCalls {
		b.seen.eventCalls[service] /= judged
	}
	return nil
}

// effort is what one event took.
type effort struct {
	each        float64 // ms of CPU
	written     float64 // bytes of log
	connections float64 // that were opened
}

// cpu measures rounds of n invocations of so many messages each.
func (w *world) cpu(ctx context.Context, r *runner, h *happenings, n, messages int) (effort, error) {
	send := func(times int) error {
		for i := range times {
			batch, err := h.some(i*messages, messages)
			if err == nil {
				err = r.send(ctx, batch...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := send(max(warmUp/messages, 10)); err != nil {
		return effort{}, err
	}
	w.recorder.forget(false)
	written, findings := r.log.told()
	var all []float64
	for range rounds {
		before := r.host.Stats()[auditor].CPU
		if err := send(n); err != nil {
			return effort{}, err
		}
		all = append(all, milliseconds(r.host.Stats()[auditor].CPU-before)/float64(n*messages))
	}
	wrote, found := r.log.told()
	if found != findings {
		return effort{}, fmt.Errorf("%d events led to new findings, which is not what is measured", found-findings)
	}
	sent := float64(rounds * n * messages)
	return effort{each: median(all), written: float64(wrote-written) / sent, connections: float64(w.recorder.connections.Load()) / sent}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// cold measures fresh processes up to the end of their first event.
func (b *bench) cold(ctx context.Context, w *world) error {
	var worst float64
	var each string
	for _, k := range kinds(w.estate.key)[:3] {
		h, err := newHappenings(k, true)
		if err != nil {
			return err
		}
		var all []float64
		for range coldTries {
			stats, err := w.with(ctx, true, func(r *runner) error {
				ev, err := h.next(0)
				if err != nil {
					return err
				}
				return r.send(ctx, ev)
			})
			if err != nil {
				return err
			}
			all = append(all, milliseconds(stats.CPU))
		}
		m := median(all)
		worst = max(worst, m)
		each += fmt.Sprintf("%s %.1f ms, ", k.name, m)
	}
	b.add(figure{
		Budget: "cold start with its first event", Limit: 24, Reached: worst, Unit: "ms",
		How: fmt.Sprintf("%sthe median of %d fresh processes each, from their start to the answer", each, coldTries),
	})
	return nil
}

// memory measures what a process holds at most.
func (b *bench) memory(ctx context.Context, w *world) error {
	var all []*happenings
	for _, k := range kinds(w.estate.key) {
		h, err := newHappenings(k, true)
		if err != nil {
			return err
		}
		all = append(all, h)
	}
	w.recorder.forget(false)
	stats, err := w.with(ctx, true, func(r *runner) error {
		for i := range lasting {
			batch, err := all[i%len(all)].some(i, 1+9*(i/len(all)%2))
			if err == nil {
				err = r.send(ctx, batch...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.add(figure{
		Budget: "memory of the auditor", Limit: mostResident, Reached: float64(stats.PeakRSS) / mega, Unit: "MB",
		How: fmt.Sprintf("the most that was resident (VmHWM) over %s invocations of all kinds in turn, half of them with one message and half with ten; %s connections opened",
			thousands(lasting), thousands(w.recorder.connections.Load())),
	})
	return nil
}
