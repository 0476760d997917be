package main

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// The ways in which a call of a function goes wrong.
var (
	errCrashed = errors.New("the function has ended")
	errRefused = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded", Fault: smithy.FaultClient}
	errDenied  = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized", Fault: smithy.FaultClient}
	errLost    = &smithy.GenericAPIError{Code: "ServiceUnavailable", Message: "the answer was lost", Fault: smithy.FaultServer}
)

// invocation is one run of a function. Once it has crashed nothing that it does has an effect any more.
type invocation struct {
	m       *machine
	crashed bool
	trouble int // calls that went wrong
}

// do makes a call of a function, or has it go wrong: refused, done with its answer lost, or the end of the function, before it or after.
func (v *invocation) do(call func() error) error {
	if v == nil || v.m.peace {
		return call()
	}
	if v.crashed {
		return errCrashed
	}
	if v.m.rng.Float64() >= v.m.odds {
		return call()
	}
	defer func() { v.trouble++ }() // after the call, where it is made: what it does comes before its trouble
	switch v.m.rng.IntN(5) {
	case 0:
		v.crashed = true
		return errCrashed
	case 1:
		_ = call()
		v.crashed = true
		return errCrashed
	case 2:
		_ = call()
		return errLost
	case 3:
		return errDenied
	}
	return errRefused
}

// troubled is a ledger's store as a function reaches it.
type troubled struct {
	ledger.Store
	m *machine
}

func (s troubled) Get(ctx context.Context, pk, sk string) (item ledger.Item, ok bool, err error) {
	err = s.m.running.do(func() (err error) {
		item, ok, err = s.Store.Get(ctx, pk, sk)
		return err
	})
	return item, ok, err
}

func (s troubled) Put(ctx context.Context, item ledger.Item) error {
	return s.m.running.do(func() error { return s.Store.Put(ctx, item) })
}

func (s troubled) Delete(ctx context.Context, pk, sk string) error {
	return s.m.running.do(func() error { return s.Store.Delete(ctx, pk, sk) })
}

func (s troubled) Last(ctx context.Context, pk, prefix string) (item ledger.Item, ok bool, err error) {
	err = s.m.running.do(func() (err error) {
		item, ok, err = s.Store.Last(ctx, pk, prefix)
		return err
	})
	return item, ok, err
}

func (s troubled) Query(ctx context.Context, pk, prefix string) iter.Seq2[ledger.Item, error] {
	return func(yield func(ledger.Item, error) bool) {
		if err := s.m.running.do(func() error { return nil }); err != nil {
			yield(ledger.Item{}, err)
			return
		}
		s.Store.Query(ctx, pk, prefix)(yield)
	}
}

// calls has the functions' calls of AWS go wrong, and keeps what they change.
func (m *machine) calls(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("trouble", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
		err = m.running.do(func() error {
			before, written := m.about(ctx, in.Parameters)
			out, meta, err = next.HandleInitialize(ctx, in)
			if written && err == nil {
				m.keep(ctx, before)
			}
			return err
		})
		return out, meta, err
	}), middleware.Before)
}

// post is what people get to read.
type post struct{ m *machine }

func (p post) Publish(ctx context.Context, message announce.Message) error {
	return p.m.running.do(func() error { return p.m.read(ctx, message) })
}

// line is a queue. A message stays until it was worked off, and may be delivered once more all the same.
type line struct {
	m        *machine
	messages []*waiting
	dead     int
}

type waiting struct {
	id, body string
	receives int
	visible  time.Time
}

// Send puts messages on the queue.
func (l *line) Send(_ context.Context, bodies []string, delay time.Duration) error {
	return l.m.running.do(func() error {
		l.put(delay, bodies...)
		return nil
	})
}

func (l *line) put(delay time.Duration, bodies ...string) {
	for _, body := range bodies {
		l.m.ids++
		l.messages = append(l.messages, &waiting{id: l.m.id(), body: body, visible: l.m.now.Add(delay)})
	}
}
