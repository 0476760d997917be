package auditor_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// An account that was suspended in the middle of a sweep, or left, ends it in all of its regions. One that lets nobody in is looked at itself,
// once; its other regions are tried, as each has a door of its own.
func TestAnAccountThatCannotBeLookedInto(t *testing.T) {
	t.Parallel()
	unreachable := &engine.UnreachableError{Account: member, Why: "its role does not let pipewarden in: access denied", Err: awstest.Error("AccessDenied")}
	throttled := &engine.UnreachableError{Account: member, Why: "its role does not let pipewarden in: AWS throttled the call", Err: awstest.Error("ThrottlingException")}
	for name, c := range map[string]struct {
		err      error
		receives int
		again    bool
		why      string // in all regions from the second on
		looks    []string
	}{
		"suspended":                 {fmt.Errorf("account %s is SUSPENDED: %w", member, engine.ErrClosed), 1, false, "account 444455556666 is SUSPENDED: " + engine.ErrClosed.Error(), nil},
		"left":                      {fmt.Errorf("account %s left: %w", member, engine.ErrForeign), 1, false, "account 444455556666 left: " + engine.ErrForeign.Error(), nil},
		"lets nobody in":            {unreachable, 1, false, unreachable.Why, []string{"account " + member}},
		"throttled":                 {throttled, 1, true, "", nil},
		"throttled at its last try": {throttled, 5, false, throttled.Why, []string{"account " + member}},
		"no register":               {errors.New("the table is gone"), 1, true, "", nil},
		"no register at last":       {errors.New("the table is gone"), 5, false, "it could not be read", nil},
	} {
		s := newTour(withWhole("account"), listed("bucket", 150))
		s.config = func(_, region string) error {
			if region != "eu-west-1" {
				return c.err
			}
			return nil
		}
		first := s.begin(t, "eu-west-1", "eu-west-2", "eu-west-3")
		s.auditor().Handle(t.Context(), []queue.Message{first})
		s.sent = nil
		second := queue.Message{ID: "second", Receives: c.receives, Body: strings.Replace(first.Body, "eu-west-1", "eu-west-2", 1)}
		again := s.auditor().Handle(t.Context(), []queue.Message{second})
		if (len(again) > 0) != c.again {
			t.Fatalf("%s: %v", name, again)
		}
		for _, m := range s.next() {
			m.Receives = c.receives
			s.auditor().Handle(t.Context(), []queue.Message{m})
		}
		if looks, _ := s.lookedAt(t); !slices.Equal(looks, c.looks) {
			t.Errorf("%s: looks at %q, want %q", name, looks, c.looks)
		}
		legs := s.legs(t)
		if one := legs["eu-west-1"]; one.Resources != 152 || one.Why != "" || one.Ended.IsZero() {
			t.Errorf("%s: what was done before: %+v", name, one)
		}
		for _, region := range []string{"eu-west-2", "eu-west-3"} {
			if leg := legs[region]; leg.Why != c.why || leg.Ended.IsZero() != c.again {
				t.Errorf("%s: %+v", name, leg)
			}
		}
		if steps := s.next(); len(steps) > 0 {
			t.Errorf("%s: goes on with %+v", name, steps)
		}
	}
}

// A session that was given before is good for a while in an account that was suspended: what it lists is refused, which is no gap of the sweep.
func TestAnAccountThatIsClosedWhileItIsListed(t *testing.T) {
	t.Parallel()
	gone := fmt.Errorf("account %s is SUSPENDED: %w", member, engine.ErrClosed)
	for name, c := range map[string]struct {
		refusal, closed error
		why             string
		unlisted        int
	}{
		"suspended":                 {awstest.Error("AccessDenied"), gone, gone.Error(), 0},
		"refused for other reasons": {awstest.Error("AccessDenied"), nil, "", 1},
		"broken for other reasons":  {awstest.Error("ValidationException"), gone, "", 1},
	} {
		s := newTour(listed("bucket", 7), breaking("key", 3, func() error { return c.refusal }), listed("role", 2))
		first := s.begin(t, "eu-west-1", "eu-west-2")
		a := s.auditor()
		a.Engine.Closed = func(_ context.Context, account string) error {
			if account != member {
				t.Errorf("%s: asked of %s", name, account)
			}
			return c.closed
		}
		if again := a.Handle(t.Context(), []queue.Message{first}); len(again) > 0 {
			t.Fatalf("%s: %v", name, again)
		}
		legs := s.legs(t)
		if leg := legs["eu-west-1"]; leg.Why != c.why || len(leg.Unlisted) != c.unlisted || leg.Ended.IsZero() {
			t.Errorf("%s: %+v", name, leg)
		}
		if leg := legs["eu-west-2"]; leg.Why != c.why || leg.Ended.IsZero() != (c.why == "") {
			t.Errorf("%s: the other region: %+v", name, leg)
		}
		if goesOn := len(s.next()) > 0; goesOn != (c.why == "") {
			t.Errorf("%s: goes on: %v", name, goesOn)
		}
	}
}

// A step does nothing of which the sweep was overtaken, that was done already, or that nobody asked for.
func TestStepsThatAreOver(t *testing.T) {
	t.Parallel()
	begun := func() (*tour, queue.Message) {
		s := newTour(listed("bucket", 130), listed("key", 1))
		return s, s.begin(t, "eu-west-1")
	}
	for name, c := range map[string]func(*tour, queue.Message) queue.Message{
		"a later sweep began": func(s *tour, first queue.Message) queue.Message {
			s.now = s.now.Add(time.Hour)
			s.begin(t, "eu-west-1")
			return first
		},
		"a later sweep began that leaves the account out": func(s *tour, first queue.Message) queue.Message {
			s.now = s.now.Add(time.Hour)
			s.beginOf(t, []ledger.Leg{{Account: "222233334444", Region: "eu-west-1"}})
			return first
		},
		"it was done": func(s *tour, first queue.Message) queue.Message {
			s.auditor().Handle(t.Context(), []queue.Message{first})
			return first
		},
		"a later step was done": func(s *tour, first queue.Message) queue.Message {
			if _, err := ledger.Open(s.store, now).Advance(t.Context(), s.legs(t)["eu-west-1"], 3, func(*ledger.Leg) {}); err != nil {
				t.Fatal(err)
			}
			return first
		},
		"the leg ended": func(s *tour, first queue.Message) queue.Message {
			s.walk(t, first)
			return queue.Message{ID: "x", Receives: 1, Body: strings.Replace(first.Body, `"number":1`, `"number":9`, 1)}
		},
		"no such leg": func(_ *tour, first queue.Message) queue.Message {
			return queue.Message{ID: "x", Receives: 1, Body: strings.Replace(first.Body, "eu-west-1", "eu-west-9", 1)}
		},
		"no such sweep": func(_ *tour, first queue.Message) queue.Message {
			return queue.Message{ID: "x", Receives: 1, Body: strings.Replace(first.Body, `"step":"2026`, `"step":"2096`, 1)}
		},
	} {
		s, first := begun()
		m := c(s, first)
		s.sent, s.signIns = nil, nil
		again := s.auditor().Handle(t.Context(), []queue.Message{m})
		if len(again) > 0 || len(s.sent) > 0 || len(s.signIns) > 0 {
			t.Errorf("%s: again %v, sent %d, signed in %q", name, again, len(s.sent), s.signIns)
		}
	}
}

// TestACrashInASweepLosesNothing ends the process before and after each step towards the outside, and delivers the message again: at once, or
// after what it had sent before it ended. All is found in the end, and written down once.
func TestACrashInASweepLosesNothing(t *testing.T) {
	t.Parallel()
	estate := func() *tour {
		denied := breaking("bucket", 2, func() error { return awstest.Error("AccessDenied") })
		return newTour(denied, listed("key", 110), listed("project", 120), worldwide("role", 3))
	}
	calm := estate()
	calm.walk(t, calm.begin(t, "eu-west-1", "us-east-1"))
	want, _ := calm.lookedAt(t)
	const begins = 0 // what beginning the sweep writes goes to the store itself
	if calm.step < 12 {
		t.Fatalf("only %d steps: the test sees too little", calm.step)
	}
	for crashAt := begins + 1; crashAt <= calm.step; crashAt++ {
		for _, after := range []bool{false, true} {
			for _, atOnce := range []bool{false, true} {
				name := fmt.Sprintf("step %d, after it %v, delivered at once %v", crashAt, after, atOnce)
				s := estate()
				todo := []queue.Message{s.begin(t, "eu-west-1", "us-east-1")}
				s.crashAt, s.after = crashAt, after
				for n := 0; len(todo) > 0; n++ {
					m := todo[0]
					again := s.auditor().Handle(t.Context(), todo[:1])
					sent := s.next()
					todo = todo[1:]
					if len(again) > 0 && atOnce {
						todo = append([]queue.Message{m}, todo...)
					}
					todo = append(todo, sent...)
					if len(again) > 0 && !atOnce {
						todo = append(todo, m)
					}
					if n > 40 {
						t.Fatalf("%s: it does not end", name)
					}
				}
				got, _ := s.lookedAt(t)
				if got = slices.Compact(got); !slices.Equal(got, want) {
					t.Errorf("%s: %d resources are looked at, want %d", name, len(got), len(want))
				}
				for region, leg := range s.legs(t) {
					if calm := calm.legs(t)[region]; leg.Ended.IsZero() || leg.Resources != calm.Resources || len(leg.Unlisted) != 1 || leg.Steps != calm.Steps {
						t.Errorf("%s: %+v, want %+v", name, leg, calm)
					}
				}
			}
		}
	}
}

// The same message may be worked off twice at the same time: whoever ends later sends no step.
func TestAStepThatIsWorkedOffTwiceAtTheSameTime(t *testing.T) {
	t.Parallel()
	var first queue.Message
	var s *tour
	twice := false
	s = newTour(listed("a", 130), breaking("b", 1, func() error {
		if !twice {
			twice = true
			s.auditor().Handle(t.Context(), []queue.Message{first})
		}
		return nil
	}), listed("c", 1))
	s.sources[0], s.sources[1] = s.sources[1], s.sources[0]
	first = s.begin(t, "eu-west-1")
	s.sources = []resource.Source{s.sources[0], listed("bb", 130), listed("c", 1)}
	s.auditor().Handle(t.Context(), []queue.Message{first})
	if steps := s.next(); !twice || len(steps) != 1 {
		t.Errorf("%d steps come next", len(steps))
	}
}

// asksFor is what a call asks for that lists some pages.
type asksFor struct{ NextToken *string }

// call makes a call as the clients of the SDK do.
func call(ctx context.Context, cfg aws.Config, in *asksFor, answer func(page string) error) error {
	stack := middleware.NewStack("ListThings", func() any { return nil })
	for _, option := range cfg.APIOptions {
		if err := option(stack); err != nil {
			return err
		}
	}
	_, _, err := stack.Initialize.HandleMiddleware(ctx, in, middleware.HandlerFunc(func(_ context.Context, in any) (any, middleware.Metadata, error) {
		return nil, middleware.Metadata{}, answer(aws.ToString(in.(*asksFor).NextToken))
	}))
	return err
}

// inPages is a kind of which there are 50 on each of five pages.
func inPages(answer func(page string) error) *resource.Kind[string] {
	return &resource.Kind[string]{Name: "thing", List: func(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			input := &asksFor{}
			for page := 0; page < 5; page++ {
				if err := call(ctx, cfg, input, answer); err != nil {
					yield(resource.Ref{}, fmt.Errorf("list things: %w", err))
					return
				}
				page, _ = strconv.Atoi(aws.ToString(input.NextToken)) // where it goes on may be elsewhere than where it began
				for i := range 50 {
					if !yield(resource.Ref{Kind: in.Kind, ID: fmt.Sprintf("%d-%d", page, i), Account: in.Account, Region: in.Region}, nil) {
						return
					}
				}
				input = &asksFor{NextToken: aws.String(strconv.Itoa(page + 1))}
			}
		}
	}}
}

// A kind is listed page by page, over as many steps as it takes. Where AWS takes a page's name no more, the kind is listed once more.
func TestPagesOfAKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse  int // so many of the calls that name a page
		unlike  string
		steps   int
		calls   int
		found   int
		lacking string
	}{
		"all goes well":                 {0, "", 3, 5, 250, ""},
		"a name that expired":           {1, "InvalidMarkerException", 3, 7, 300, ""},
		"names are refused for good":    {9, "InvalidMarkerException", 2, 4, 100, "AWS answered InvalidMarkerException"},
		"denied, and not for its name":  {9, "AccessDeniedException", 1, 2, 50, "access denied"},
		"throttled, and not for a name": {1, "ThrottlingException", 3, 6, 250, ""},
	} {
		refused, calls := 0, 0
		s := newTour(inPages(func(page string) error {
			if calls++; page != "" {
				if refused++; refused <= c.refuse {
					return awstest.Error(c.unlike)
				}
			}
			return nil
		}))
		steps := s.walk(t, s.begin(t, "eu-west-1"))
		leg := s.legs(t)["eu-west-1"]
		lacking := ""
		for _, one := range leg.Unlisted {
			lacking = one.Why
		}
		if steps != c.steps || calls != c.calls || leg.Resources != c.found || leg.Ended.IsZero() || lacking != c.lacking {
			t.Errorf("%s: %d steps, %d calls, %+v", name, steps, calls, leg)
		}
	}
}
