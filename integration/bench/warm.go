package main

import (
	"context"
	"fmt"
	"time"
)

// How many invocations are measured, after how many that are not.
const (
	warmUp    = 60
	singles   = 400
	tens      = 60
	rotate    = 50 // resources that the events are about in turn
	coldTries = 9
	lasting   = 1000
)

// warm measures the CPU time of events that find nothing new in a process that has judged such events before.
func (b *bench) warm(ctx context.Context, w *world) error {
	b.seen.eventCalls = map[string]float64{}
	judged := 0.0
	for _, k := range kinds() {
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
			calls, written := w.recorder.count(), one.written
			ten, err := w.cpu(ctx, r, h, tens, 10)
			if err != nil {
				return err
			}
			b.add(figure{
				Budget: "CPU of a warm event, " + k.name, Limit: k.cpu, Reached: max(one.each, ten.each), Unit: "ms",
				How: fmt.Sprintf("%.2f ms alone (%d invocations), %.2f ms in batches of ten (%d); user and system time of the auditor's process, plain HTTP to a recorded AWS, by a session of a role, about %d resources in turn, nothing new found",
					one.each, singles, ten.each, tens, rotate),
			})
			if k.by != nil {
				judged++
				b.seen.warmCPU += one.each
				b.seen.eventBytes += written
				for service, n := range perInvocation(calls, singles) {
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
	each    float64 // ms of CPU
	written float64 // bytes of log
}

// cpu measures n invocations of so many messages each.
func (w *world) cpu(ctx context.Context, r *runner, h *happenings, n, messages int) (effort, error) {
	send := func(times int) error {
		for i := range times {
			batch, err := h.some(i*messages, messages, rotate)
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
	before := r.host.Stats()[auditor].CPU
	written, findings := r.log.told()
	if err := send(n); err != nil {
		return effort{}, err
	}
	spent := r.host.Stats()[auditor].CPU - before
	wrote, found := r.log.told()
	if found != findings {
		return effort{}, fmt.Errorf("%d events led to new findings, which is not what is measured", found-findings)
	}
	all := float64(n * messages)
	return effort{each: float64(spent) / float64(time.Millisecond) / all, written: float64(wrote-written) / all}, nil
}

// cold measures fresh processes up to the end of their first event.
func (b *bench) cold(ctx context.Context, w *world) error {
	var worst float64
	var each string
	for _, k := range kinds()[:3] {
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
			all = append(all, float64(stats.CPU)/float64(time.Millisecond))
		}
		m := median(all)
		worst = max(worst, m)
		each += fmt.Sprintf("%s %.1f ms, ", k.name, m)
	}
	b.add(figure{
		Budget: "CPU of a cold start with its first event", Limit: 24, Reached: worst, Unit: "ms",
		How: fmt.Sprintf("%sthe median of %d fresh processes each, user and system time from their start to the answer; plain HTTP, so without TLS handshakes", each, coldTries),
	})
	return nil
}

// memory measures what a process holds at most.
func (b *bench) memory(ctx context.Context, w *world) error {
	var all []*happenings
	for _, k := range kinds() {
		h, err := newHappenings(k, true)
		if err != nil {
			return err
		}
		all = append(all, h)
	}
	stats, err := w.with(ctx, true, func(r *runner) error {
		for i := range lasting {
			batch, err := all[i%len(all)].some(i, 1+9*(i/len(all)%2), rotate)
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
		Budget: "memory of the auditor", Limit: 32, Reached: float64(stats.PeakRSS) / mega, Unit: "MB",
		How: fmt.Sprintf("the most that was resident (VmHWM) over %d invocations of all kinds in turn, half of them with one message and half with ten", lasting),
	})
	return nil
}
