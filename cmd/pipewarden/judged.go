package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// judging judges the records that were put aside, and gives the findings away as they come: in the order of time.
type judging struct {
	settings *settings.Settings
	now      time.Time
	all      bool
	give     func(finding.Finding) error

	judged   int
	failures int
	exempted int
	seen     map[string]bool
	pending  []finding.Finding // of one second, whose order is not known yet
}

func (j *judging) run(ctx context.Context, in *intake) error {
	var past engine.Recollection
	judge := in.engine.Batch(past.Recall)
	var buffer []byte
	var at int64
	for _, t := range in.spool.sorted() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if t.at != at {
			if err := j.flush(); err != nil {
				return err
			}
			at = t.at
		}
		text, err := in.spool.text(t, buffer)
		if err != nil {
			return err
		}
		if t.offset < in.spool.written {
			buffer = text
		}
		ev, err := decode(text)
		if err != nil {
			in.fault(t, err)
			continue
		}
		result, err := judge.Judge(ctx, ev)
		if err != nil {
			return fmt.Errorf("judge event %s: %w", ev.ID, err)
		}
		past.Take(result, ev.Time)
		judge.ForgetAll()
		j.take(in, result)
	}
	return j.flush()
}

func (j *judging) take(in *intake, result engine.Result) {
	if result.Woken == 0 {
		in.ignored++
		return
	}
	j.judged++
	for _, f := range result.Findings {
		if j.add(f) {
			j.failures++
		}
	}
}

// add keeps a finding unless it is told already: trails deliver an event more than once, and an act counts once.
// It says whether it is a failure that was kept.
func (j *judging) add(f finding.Finding) bool {
	if f.Outcome != finding.Fail && !j.all {
		return false
	}
	id := f.Key()
	if f.Once == "" && f.Event != nil {
		id += " " + f.Event.ID // another event about the same state is news
	}
	if j.seen[id] {
		return false
	}
	j.seen[id] = true
	if f.Outcome == finding.Fail {
		f.Exemption = j.settings.Exempts(f, settings.Place{NoTags: unread, NoOUs: unread}, j.now)
	}
	if f.Exemption != nil {
		j.exempted++
	}
	j.pending = append(j.pending, f)
	return f.Outcome == finding.Fail
}

func (j *judging) flush() error {
	slices.SortStableFunc(j.pending, func(a, b finding.Finding) int {
		return cmp.Or(happened(a).Compare(happened(b)), cmp.Compare(a.Key(), b.Key()))
	})
	for _, f := range j.pending {
		if err := j.give(f); err != nil {
			return err
		}
	}
	clear(j.pending)
	j.pending = j.pending[:0]
	return nil
}

func happened(f finding.Finding) time.Time {
	if f.Event == nil {
		return time.Time{}
	}
	return f.Event.Time
}

// buffered writes through a buffer, which is written out however it ends.
func buffered(out io.Writer, write func(io.Writer) error) error {
	buffer := bufio.NewWriter(out)
	err := write(buffer)
	if broken := buffer.Flush(); broken != nil {
		return errors.Join(err, fmt.Errorf("write: %w", broken))
	}
	return err
}

func line(out io.Writer, text string) error {
	_, err := fmt.Fprintln(out, text)
	return err
}
