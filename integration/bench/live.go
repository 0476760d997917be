package main

import (
	"context"
	"errors"
	"slices"
)

// observed is what the measurements tell the arithmetic of the running cost.
type observed struct {
	warmCPU    float64            // ms of an event that is judged, on average over the kinds
	eventCalls map[string]float64 // calls of such an event, by service
	eventBytes float64            // that it writes into the logs
	sweepCPU   float64            // ms for each resource
	sweepCalls map[string]float64 // calls for each resource, by service
	sweepBytes float64            // log for each resource
}

// part is one of the things that are measured.
type part struct {
	id, name string
	do       func(context.Context, *world) error
	takes    int // of each kind of resource at least
}

// loadPart is asked for by itself.
const loadPart = "load"

// live measures what runs against an emulated AWS.
func (b *bench) live(ctx context.Context) (err error) {
	all := []part{
		{"reads", "counting the reads of each kind of event", b.reading, 0},
		{"warm", "measuring warm events", b.warm, large},
		{"cold", "measuring cold starts", b.cold, large},
		{"memory", "measuring memory over 1,000 invocations", b.memory, large},
		{"sweep", "sweeping 400 buckets, 200 projects, 200 pipelines and 400 log groups", b.sweep, 0},
	}
	if b.only.String() == loadPart { // it takes minutes, and is no budget
		all = append(all, part{loadPart, "playing 50,000 events of 100 accounts, and what they are compared with", b.loading, rotate})
	}
	all = slices.DeleteFunc(all, func(p part) bool { return !b.only.MatchString(p.id) })
	if len(all) == 0 {
		return nil
	}
	binaries := map[string]string{auditor: b.binary(auditor), sweeper: b.binary(sweeper)}
	var w *world
	if err := b.step("starting the emulated AWS", func() (err error) { w, err = newWorld(ctx, binaries); return err }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for _, one := range all {
		if err := b.step(one.name, func() error {
			if err := w.estate.grow(ctx, one.takes, one.takes, one.takes, one.takes); err != nil {
				return err
			}
			return one.do(ctx, w)
		}); err != nil {
			return err
		}
	}
	return nil
}

// perInvocation spreads a count.
func perInvocation(calls map[string]int, n int) map[string]float64 {
	out := map[string]float64{}
	for service, c := range calls {
		out[service] = float64(c) / float64(n)
	}
	return out
}

// ours are services that hold what pipewarden itself keeps and sends: calls to them are no reads of what it watches.
var ours = []string{"dynamodb", "sqs", "sns"}

func isOurs(service string) bool { return slices.Contains(ours, service) }

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// mostResident is how many MB a function may hold that read a project or a pipeline: half of it are the rules for secrets.
const mostResident = 64
