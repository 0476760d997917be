package auditor_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/sweeper"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// What is played: an organisation, and how the stack is deployed and AWS answers. The time is played as well: nobody waits for it.
const (
	workers   = 10 // auditors at the same time
	perBatch  = 10 // messages
	window    = 5 * time.Second
	timeout   = time.Minute
	hidden    = 365 * time.Second // until a message that came back is seen again
	perCall   = 150 * time.Millisecond
	slowCall  = 10 * time.Second
	perKind   = 50                    // resources, in each region
	callsEach = 2                     // that a look at a resource takes: it is 1.1 in make bench
	keeping   = 20 * time.Millisecond // what it takes in the ledger and in CPU time, at 7 % of a core
	abreast   = 8                     // readings at the same time
	slowpoke  = "000000000500"        // answers after slowCall
	sweeps    = 6 * time.Hour         // from one to the next
	bearable  = 5 * time.Minute       // that a message waits longer than it has to, at most: events come through the same queue
)

// played is the queue, what waits in it, and what came of it.
type played struct {
	mu       sync.Mutex
	waiting  []letter // by when they may be seen
	busy     int
	steps    int
	looked   map[string]int // resources, by account
	tried    int            // looks that came back, of the slow account
	waited   time.Duration  // the longest that a message waited beyond its time
	crowd    map[string]int // calls that list, under way, by account
	most     int
	finished time.Time
}

type letter struct {
	body     string
	account  string
	refs     int // that it asks to look at; 0: it is none of those
	due      time.Time
	receives int
}

func (p *played) Send(_ context.Context, bodies []string, delay time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, body := range bodies {
		one := letter{body: body, due: time.Now().Add(delay)}
		_, rest, _ := strings.Cut(body, `"account":"`)
		one.account, _, _ = strings.Cut(rest, `"`)
		if strings.HasPrefix(body, `{"look":`) {
			one.refs = strings.Count(body, `"kind":`)
			one.body = "" // only how many they are is played
		}
		p.put(one)
	}
	return nil
}

func (p *played) put(one letter) {
	i, _ := slices.BinarySearchFunc(p.waiting, one, func(a, b letter) int { return cmp.Or(a.due.Compare(b.due), -1) })
	p.waiting = slices.Insert(p.waiting, i, one)
}

// take gives up to so many messages that may be seen, and says whether any is left or under way.
func (p *played) take(n int) (batch []letter, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for len(batch) < n && len(p.waiting) > 0 && !p.waiting[0].due.After(now) {
		one := p.waiting[0]
		p.waiting = p.waiting[1:]
		if one.receives++; one.receives == 1 {
			p.waited = max(p.waited, now.Sub(one.due))
		}
		batch = append(batch, one)
	}
	return batch, len(p.waiting) > 0 || p.busy > 0 || len(batch) > 0
}

func (p *played) work(t *testing.T, a *auditor.Auditor) {
	for {
		batch, more := p.take(perBatch)
		if !more {
			return
		}
		if len(batch) == 0 {
			time.Sleep(time.Second)
			continue
		}
		p.mu.Lock()
		p.busy++
		p.mu.Unlock()
		for until := time.Now().Add(window); len(batch) < perBatch && time.Now().Before(until); {
			time.Sleep(time.Second)
			others, _ := p.take(perBatch - len(batch))
			batch = append(batch, others...)
		}
		p.handle(t, a, batch)
		p.mu.Lock()
		p.busy--
		p.finished = time.Now()
		p.mu.Unlock()
	}
}

// handle gives the auditor the steps, and plays looks: they are read several at a time. Those of the slow account are cut off by its rules:
// one of them takes its share in vain, and the others of the batch come back at once, until their last try.
func (p *played) handle(t *testing.T, a *auditor.Auditor, batch []letter) {
	var messages []queue.Message
	resources, slow := 0, false
	for i, one := range batch {
		switch {
		case one.refs == 0:
			messages = append(messages, queue.Message{ID: fmt.Sprint(i), Receives: one.receives, Body: one.body})
		case one.account != slowpoke:
			resources += one.refs
			p.count(one)
		case !slow || one.receives == 5:
			took := 15 * time.Second
			if slow {
				took = time.Second
			}
			slow = true
			time.Sleep(took)
			p.back(one)
		default:
			p.back(one)
		}
	}
	time.Sleep(time.Duration(resources) * (callsEach*perCall/abreast + keeping))
	ctx, done := context.WithTimeout(t.Context(), timeout)
	defer done()
	for _, id := range a.Handle(ctx, messages) {
		for i, one := range batch {
			if fmt.Sprint(i) == id {
				p.mu.Lock()
				one.due = time.Now().Add(hidden)
				p.put(one)
				p.mu.Unlock()
			}
		}
	}
	p.mu.Lock()
	p.steps += len(messages)
	p.mu.Unlock()
}

func (p *played) count(one letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looked[one.account] += one.refs
}

// back puts a message of the slow account back; at its last try what it asks for is unknown.
func (p *played) back(one letter) {
	if one.receives == 5 {
		p.count(one)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried++
	one.due = time.Now().Add(hidden)
	p.put(one)
}

// list is what a kind lists in an account and region: one call.
func (p *played) list(source resource.Source) *resource.Kind[string] {
	k := &resource.Kind[string]{Name: source.Kind(), Scoped: source.NeedsUse(), Global: source.Everywhere()}
	k.List = func(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			p.enter(in.Account, 1)
			defer p.enter(in.Account, -1)
			takes := perCall
			if in.Account == slowpoke {
				takes = slowCall
			}
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				yield(resource.Ref{}, ctx.Err())
				return
			}
			region := cfg.Region
			if k.Global {
				region = ""
			}
			for i := range perKind {
				if !yield(resource.Ref{Kind: k.Name, ID: fmt.Sprintf("%s-%d", k.Name, i), Account: in.Account, Region: region}, nil) {
					return
				}
			}
		}
	}
	return k
}

func (p *played) enter(account string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.crowd[account] += n
	p.most = max(p.most, p.crowd[account])
}

// play sweeps an organisation of so many accounts in three regions, and gives how that went.
func play(t *testing.T, accounts int) (p *played, legs []ledger.Leg, took time.Duration) {
	p = &played{looked: map[string]int{}, crowd: map[string]int{}}
	var judged []*check.Check
	for _, source := range engine.New(engine.Engine{Checks: checks.All()}).Sources() {
		if source.Lists() {
			judged = append(judged, &check.Check{ID: "of-" + source.Kind(), Reads: p.list(source), Run: func(*check.Pass) {}})
		}
	}
	book := ledger.Open(ledger.NewMemory(time.Now), time.Now)
	s := &sweeper.Sweeper{
		Ledger: book, Looks: p, Account: "000000000000", Regions: []string{"eu-west-1", "eu-central-1", "us-east-1"}, Units: []string{"r-1"},
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Walk: func(context.Context) iter.Seq2[organization.Account, error] {
			return func(yield func(organization.Account, error) bool) {
				for i := range accounts {
					if !yield(organization.Account{ID: fmt.Sprintf("%012d", i), State: organization.Active, Units: []string{"r-1"}}, nil) {
						return
					}
				}
			}
		},
	}
	began := time.Now()
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range workers {
		a := &auditor.Auditor{
			Engine: engine.New(engine.Engine{Checks: judged, Now: time.Now, Config: func(_ context.Context, _, region string) (aws.Config, error) {
				return aws.Config{Region: region}, nil
			}}),
			Ledger: book, Settings: settings.Default(), Looks: p, Orders: p, LastTry: 5,
			Count: telemetry.NewCounter(io.Discard, "auditor", time.Now), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		}
		group.Go(func() { p.work(t, a) })
	}
	group.Wait()
	for leg, err := range book.Legs(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		legs = append(legs, leg)
	}
	return p, legs, p.finished.Sub(began)
}

// TestASweepOfAThousandAccountsEndsInItsWindow plays one on a clock of its own: 1,000 accounts, three regions, and 50 resources of every kind that
// is listed in each of them. By hand: a look takes two calls of 150 ms, eight at a time, and 20 ms of its own, which is 58 ms; ten auditors do
// 174 in a second, and 2.5 million in four hours. One account answers each call after ten seconds, and holds up nobody.
func TestASweepOfAThousandAccountsEndsInItsWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, legs, took := play(t, 1000)
		others := time.Duration(0)
		began := time.Time{}
		total := 0
		for _, leg := range legs {
			if leg.Ended.IsZero() || !leg.Well() {
				t.Errorf("a leg is not done: %+v", leg)
			}
			total += leg.Resources
			if began.IsZero() {
				began, _ = time.Parse(time.RFC3339, leg.Sweep)
			}
			if leg.Account != slowpoke {
				others = max(others, leg.Ended.Sub(began))
			}
		}
		looked := 0
		for _, n := range p.looked {
			looked += n
		}
		t.Logf("%d resources of %d legs in %d steps: listed after %s, looked at after %s; a message waited %s at most; %d looks at the slow account came back",
			total, len(legs), p.steps, others.Round(time.Minute), took.Round(time.Minute), p.waited.Round(time.Second), p.tried)
		if len(legs) != 3000 || looked != total || total < 2_000_000 {
			t.Errorf("%d legs; %d of %d resources were looked at", len(legs), looked, total)
		}
		if took > sweeps {
			t.Errorf("it takes %s, and the next begins after %s", took, sweeps)
		}
		if p.most > 1 {
			t.Errorf("an account is listed by %d calls at the same time", p.most)
		}
		if p.waited > bearable {
			t.Errorf("a message waited %s longer than it had to", p.waited)
		}
	})
}
