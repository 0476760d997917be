package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// sizes of the estate between which the number of reads must not differ.
const (
	small = 1
	large = 100
)

// tally is the reads of one event.
type tally struct {
	calls []string // operations, in their order
	sizes map[int]int
}

// reading counts what one event asks of AWS, in a small and in a large account.
func (b *bench) reading(ctx context.Context, w *world) error {
	counted := map[string]map[bool]*tally{}
	for _, size := range []int{small, large} {
		if err := w.estate.grow(ctx, size, size, size); err != nil {
			return err
		}
		_, err := w.with(ctx, false, func(r *runner) error {
			if err := w.inventory(ctx, r, size); err != nil {
				return err
			}
			return w.readings(ctx, r, size, counted)
		})
		if err != nil {
			return err
		}
	}
	for _, k := range kinds() {
		user, session := counted[k.name][false], counted[k.name][true]
		worst := max(len(user.calls), len(session.calls))
		how := fmt.Sprintf("emulator, calls but for the ledger and queues: %s by an IAM user", said(user.calls))
		if k.by == nil {
			how = "emulator, calls but for the ledger and queues: " + said(user.calls)
		} else if !slices.Equal(user.calls, session.calls) {
			how += fmt.Sprintf(", %s by a session of a role", said(session.calls))
		}
		for _, t := range []*tally{user, session} {
			worst = max(worst, t.sizes[small], t.sizes[large])
		}
		how += fmt.Sprintf("; %d and %d with %d of each kind in the account, %d and %d with %d", user.sizes[small], session.sizes[small], small, user.sizes[large], session.sizes[large], large)
		b.add(figure{Budget: "AWS reads, " + k.name, Limit: k.reads, Reached: float64(worst), Unit: "calls", How: how})
	}
	return nil
}

// inventory lets the auditor look at all pipelines and projects, so that it knows what uses which bucket.
func (w *world) inventory(ctx context.Context, r *runner, size int) error {
	for start := 0; start < size; start += 10 {
		var refs []object
		for i := start; i < min(start+10, size); i++ {
			refs = append(refs,
				object{"kind": "pipeline", "id": pipelineName(i), "account": account, "region": region},
				object{"kind": "buildproject", "id": projectName(i), "account": account, "region": region})
		}
		raw, err := json.Marshal(object{"look": refs})
		if err != nil {
			return fmt.Errorf("write look: %w", err)
		}
		if err := r.send(ctx, raw); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) readings(ctx context.Context, r *runner, size int, counted map[string]map[bool]*tally) error {
	for _, k := range kinds() {
		for _, session := range []bool{false, true} {
			h, err := newHappenings(k, session)
			if err != nil {
				return err
			}
			// The first one may find something out for good, such as the client's clock.
			for range 2 {
				ev, err := h.next(0)
				if err != nil {
					return err
				}
				w.aws.ResetCalls()
				if err := r.send(ctx, ev); err != nil {
					return err
				}
			}
			if counted[k.name] == nil {
				counted[k.name] = map[bool]*tally{}
			}
			t := counted[k.name][session]
			if t == nil {
				t = &tally{sizes: map[int]int{}}
				counted[k.name][session] = t
			}
			t.calls = w.asked()
			t.sizes[size] = len(t.calls)
		}
	}
	return nil
}

// asked is what the auditor asked of AWS since the last ResetCalls.
func (w *world) asked() []string {
	var all []string
	for _, call := range w.aws.Calls() {
		if strings.Contains(call.Principal, "/auditor/") && !isOurs(call.Service) {
			all = append(all, call.Operation)
		}
	}
	return all
}

func said(calls []string) string {
	if len(calls) == 0 {
		return "none"
	}
	return strings.Join(calls, ", ")
}
