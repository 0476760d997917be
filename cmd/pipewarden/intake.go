package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pipewarden/pipewarden/shared/archive"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
)

// intake reads files, several at a time, and puts aside the records that may wake a check.
type intake struct {
	engine *engine.Engine
	files  []string
	stdin  io.Reader
	spool  *spool
	most   int // how many faults of one file are kept

	records atomic.Int64 // for the progress, as is done
	done    atomic.Int64

	mu        sync.Mutex
	ignored   int
	malformed int
	faults    []archive.Fault
}

func (in *intake) read(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	group.Go(func() error {
		defer close(next)
		for i := range in.files {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(runtime.GOMAXPROCS(0), len(in.files)) {
		group.Go(func() error {
			w := newWorker(in)
			for i := range next {
				if err := w.take(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// worker reads one file at a time.
type worker struct {
	in      *intake
	reader  *archive.Reader
	wants   map[[2]string]bool
	file    int
	ignored int
	counted int
	faults  faults
	broken  error // what ends the whole run
}

// faults are the first faults of a file, and how many there were.
type faults struct {
	n    int
	most int
	list []archive.Fault
}

func (f *faults) add(one archive.Fault) {
	f.n++
	f.list = append(f.list, one)
	if len(f.list) >= 2*f.most {
		f.list = archive.Sorted(f.list, nil)[:f.most]
	}
}

func newWorker(in *intake) *worker {
	w := &worker{in: in, wants: map[[2]string]bool{}, faults: faults{most: in.most}}
	w.reader = archive.NewReader(w.record, w.faults.add)
	return w
}

func (w *worker) take(ctx context.Context, i int) error {
	w.file, w.ignored, w.counted = i, 0, 0
	w.faults.n, w.faults.list = 0, nil
	err := w.reader.Read(ctx, w.in.files[i], w.in.stdin)
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.in.ignored += w.ignored
	w.in.malformed += w.faults.n
	w.in.faults = append(w.in.faults, w.faults.list...)
	w.in.records.Add(int64(w.counted))
	w.in.done.Add(1)
	return errors.Join(err, w.broken)
}

// batch is after how many records the progress is told of them.
const batch = 1 << 12

// record sieves one record. Most wake nobody and are never decoded; what they lack would have been told all the same.
func (w *worker) record(rec archive.Record) error {
	if w.counted++; w.counted == batch {
		w.in.records.Add(batch)
		w.counted = 0
	}
	at := rec.Time
	if at.IsZero() {
		ev, err := decode(rec.Text)
		if err != nil {
			return err
		}
		at = ev.Time
	}
	if rec.Service != "" && rec.Name != "" && !w.wanted(rec.Service, rec.Name) {
		w.ignored++
		return nil
	}
	if err := w.in.spool.add(tip{at: at.Unix(), file: int32(w.file), number: int32(rec.Number)}, rec.Text); err != nil {
		w.broken = err
	}
	return nil
}

func (w *worker) wanted(service, name string) bool {
	key := [2]string{service, name}
	wanted, known := w.wants[key]
	if !known {
		wanted = w.in.engine.Wants(service, name)
		if len(w.wants) < 1<<14 {
			w.wants[key] = wanted
		}
	}
	return wanted
}

// decode reads a record, with an error that says what is wrong and nothing else.
func decode(text []byte) (*event.Event, error) {
	ev, err := event.Decode(text)
	if err != nil {
		if reason := errors.Unwrap(err); reason != nil {
			err = reason
		}
		return nil, err
	}
	return ev, nil
}

// first are the faults in the order of files and records: at most so many, and how many there are.
func (in *intake) first(most int) (list []archive.Fault, all int) {
	list = archive.Sorted(in.faults, in.files)
	return slices.Clip(list[:min(most, len(list))]), in.malformed
}

// fault keeps a fault that was found when the record was judged.
func (in *intake) fault(t tip, err error) {
	in.malformed++
	in.faults = append(in.faults, archive.Fault{File: in.files[t.file], Number: int(t.number), Err: fmt.Errorf("%w", err)})
}
