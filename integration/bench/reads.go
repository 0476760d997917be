package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// sizes of the estate between which the number of reads must not differ.
const (
	small = 1
	large = 100
)

// reading counts what one event asks of AWS, in a small and in a large account.
func (b *bench) reading(ctx context.Context, w *world) error {
	bySize := map[int][]tally{}
	for _, size := range []int{small, large} {
		if err := w.estate.grow(ctx, size, size, size, size); err != nil {
			return err
		}
		if _, err := w.with(ctx, false, func(r *runner) error { return w.inventory(ctx, r, size) }); err != nil {
			return err
		}
		for _, k := range kinds(w.estate.key) {
			t, err := w.tally(ctx, k)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			bySize[size] = append(bySize[size], t)
		}
	}
	for i, k := range kinds(w.estate.key) {
		few, many := bySize[small][i], bySize[large][i]
		how := fmt.Sprintf("%s; the same with %d of each kind of resource in the account and with %d", said(many.user), small, large)
		if len(few.user) != len(many.user) || len(few.session) != len(many.session) {
			how = fmt.Sprintf("%s with %d of each kind of resource in the account, %s with %d", said(few.user), small, said(many.user), large)
		}
		if extra := len(many.first) - len(many.session); extra > 0 {
			how += fmt.Sprintf("; %d more (%s) where a role made the call that was not read in the last minutes", extra, said(many.first[:extra]))
		}
		reached := max(len(few.user), len(few.session), len(many.user), len(many.session))
		b.add(figure{Budget: "AWS reads, " + k.name, Limit: k.reads, Reached: float64(reached), Unit: "calls", How: how})
	}
	return nil
}

// tally is what one event asks, by operation, in the order of the calls.
type tally struct {
	user    []string // by an IAM user
	session []string // by a session of a role, not for the first time
	first   []string // for the first time
}

// tally lets a fresh process judge one kind of event.
func (w *world) tally(ctx context.Context, k kind) (t tally, err error) {
	_, err = w.with(ctx, false, func(r *runner) error {
		user, err := newHappenings(k, false)
		if err != nil {
			return err
		}
		session := &happenings{kind: k, text: user.text, session: true, made: 1000}
		for _, one := range []struct {
			by   *happenings
			into *[]string
		}{{user, &t.user}, {session, &t.first}, {session, &t.session}} {
			ev, err := one.by.next(0)
			if err != nil {
				return err
			}
			w.aws.ResetCalls()
			if err := r.send(ctx, ev); err != nil {
				return err
			}
			*one.into = w.asked()
		}
		return nil
	})
	return t, err
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
