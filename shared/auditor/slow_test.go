package auditor_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const silent = "777788889999"

// hanging is a kind of which one account's resources never answer, and which another's do at once.
func hanging() *resource.Kind[string] {
	return &resource.Kind[string]{Name: "door", Read: func(ctx context.Context, _ aws.Config, ref resource.Ref) (string, error) {
		if ref.Account == silent {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "open", nil
	}}
}

// amid has an auditor in a bubble, whose checks fail whatever it can read.
func amid(t *testing.T, source resource.Source) (*tour, *auditor.Auditor) {
	t.Helper()
	s := newTour(source)
	s.world.store = ledger.NewMemory(time.Now)
	a := s.auditor()
	a.Ledger, a.Now = ledger.Open(store{s.world}, time.Now), time.Now
	a.Engine.Now = time.Now
	a.Engine.Checks[0].Severity = finding.High
	a.Engine.Checks[0].Run = func(p *check.Pass) { p.Fail(check.Report{Title: "the door " + p.Ref.ID + " is open"}) }
	return s, a
}

func lookAt(t *testing.T, id, account string, receives int, n int) queue.Message {
	t.Helper()
	var refs []resource.Ref
	for i := range n {
		refs = append(refs, resource.Ref{Kind: "door", ID: fmt.Sprintf("%s-%d", id, i), Account: account, Region: "eu-west-1"})
	}
	var to []string
	if err := queue.SendJSON(t.Context(), sender{newWorld(), &to}, 0, queue.Looks(refs, nil)...); err != nil || len(to) != 1 {
		t.Fatal(err, len(to))
	}
	return queue.Message{ID: id, Receives: receives, Body: to[0]}
}

// outcomes are what was recorded, by the account.
func outcomes(t *testing.T, a *auditor.Auditor) map[string]map[finding.Outcome]int {
	t.Helper()
	all := map[string]map[finding.Outcome]int{}
	for entry, err := range a.Ledger.Findings(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if of := entry.Finding.Resource.Account; all[of] == nil {
			all[of] = map[finding.Outcome]int{}
		}
		all[entry.Finding.Resource.Account][entry.Finding.Outcome]++
	}
	return all
}

// An account that does not answer takes its share of the time, and no more, however many messages of the batch are about it: the others are
// done with. At their last try what it holds is unknown, and that is written down.
func TestASilentAccountCostsTheOthersNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		receives int
		again    []string
		unknown  int
		within   time.Duration
	}{
		"tried again":       {1, []string{"a1", "a2", "a3", "a4"}, 0, 22 * time.Second},
		"at their last try": {5, nil, 40, 25 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, a := amid(t, hanging())
			ctx, done := context.WithTimeout(t.Context(), time.Minute)
			defer done()
			began := time.Now()
			again := a.Handle(ctx, []queue.Message{
				lookAt(t, "a1", silent, c.receives, 10), lookAt(t, "b1", account, 1, 10), lookAt(t, "a2", silent, c.receives, 10), lookAt(t, "c1", member, 1, 10),
				lookAt(t, "a3", silent, c.receives, 10), lookAt(t, "a4", silent, c.receives, 10), lookAt(t, "b2", account, 1, 10),
			})
			took := time.Since(began)
			got := outcomes(t, a)
			if !slices.Equal(again, c.again) || got[account][finding.Fail] != 20 || got[member][finding.Fail] != 10 || got[silent][finding.Unknown] != c.unknown {
				t.Errorf("%s: after %s %v come again, found %v", name, took, again, got)
			}
			if took > c.within {
				t.Errorf("%s: it took %s", name, took)
			}
		})
	}
}

// What was read for a message that comes again is forgotten: then the ledger is asked anew, for which there is time.
func TestTheLedgerIsReadThoughAnAccountIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a := amid(t, hanging())
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		again := a.Handle(ctx, []queue.Message{lookAt(t, "a1", silent, 1, 10), lookAt(t, "a2", silent, 5, 10), lookAt(t, "b1", account, 1, 10)})
		if got := outcomes(t, a); !slices.Equal(again, []string{"a1"}) || got[silent][finding.Unknown] != 10 || got[account][finding.Fail] != 10 {
			t.Errorf("%v come again, found %v", again, got)
		}
	})
}

// Where nobody else waits, all the time is its own, but for what it takes to write down what was found.
func TestAnAccountThatIsAloneHasAllTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a := amid(t, hanging())
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		began := time.Now()
		again := a.Handle(ctx, []queue.Message{lookAt(t, "a1", silent, 5, 10), lookAt(t, "a2", silent, 5, 10)})
		if took := time.Since(began); took != 55*time.Second || !slices.Equal(again, []string{"a2"}) || outcomes(t, a)[silent][finding.Unknown] != 10 {
			t.Errorf("after %s %v come again, found %v", took, again, outcomes(t, a))
		}
	})
}

// A step is a message like the others: an account that cannot be listed in its share of the time lets the next one be.
func TestASilentAccountLetsOthersBeListed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := listed("door", 5)
		all := stuck.List
		stuck.List = func(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
			if in.Account == silent {
				<-ctx.Done()
				return func(yield func(resource.Ref, error) bool) { yield(resource.Ref{}, ctx.Err()) }
			}
			return all(ctx, cfg, in)
		}
		s, a := amid(t, stuck)
		s.now = time.Now()
		s.beginOf(t, []ledger.Leg{{Account: silent, Region: "eu-west-1"}, {Account: member, Region: "eu-west-1"}})
		step := func(id, of string) queue.Message {
			var to []string
			one := queue.Step{Sweep: ledger.SweepID(s.now), Account: of, Region: "eu-west-1", Number: 1}
			if err := queue.SendJSON(t.Context(), sender{newWorld(), &to}, 0, one); err != nil {
				t.Fatal(err)
			}
			return queue.Message{ID: id, Receives: 1, Body: to[0]}
		}
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		if again := a.Handle(ctx, []queue.Message{step("a", silent), step("b", member)}); !slices.Equal(again, []string{"a"}) {
			t.Errorf("%v come again", again)
		}
		if leg := s.legs(t)["eu-west-1"]; leg.Ended.IsZero() || leg.Resources != 5 {
			t.Errorf("the other account: %+v", leg)
		}
	})
}
