package auditor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const member = "444455556666"

// tour is a sweep under way: what the auditor lists, and the queue that it puts looks and steps into.
type tour struct {
	*world
	now     time.Time
	sources []resource.Source
	config  func(account, region string) error // why there are no credentials
	signIns []string
	sent    []sent
	log     bytes.Buffer
}

type sent struct {
	body  string
	delay time.Duration
}

// Send is the auditor's own queue.
func (s *tour) Send(_ context.Context, bodies []string, delay time.Duration) error {
	return s.do(func() error {
		for _, body := range bodies {
			s.sent = append(s.sent, sent{body, delay})
		}
		return nil
	})
}

func newTour(sources ...resource.Source) *tour {
	return &tour{world: newWorld(), now: now(), sources: sources, config: func(string, string) error { return nil }}
}

// auditor is a fresh process of the function.
func (s *tour) auditor() *auditor.Auditor {
	var checks []*check.Check
	for _, source := range s.sources {
		checks = append(checks, &check.Check{ID: "of-" + source.Kind(), Reads: source, Run: func(*check.Pass) {}})
	}
	clock := func() time.Time { return s.now }
	return &auditor.Auditor{
		Engine: engine.New(engine.Engine{Checks: checks, Now: clock, Config: func(_ context.Context, account, region string) (aws.Config, error) {
			return aws.Config{Region: region}, s.config(account, region)
		}}),
		Ledger: ledger.Open(store{s.world}, clock), Settings: settings.Default(), Topic: topic{s.world}, Orders: sender{s.world, &s.orders}, Looks: s,
		Count: telemetry.NewCounter(&s.metrics, "auditor", clock), Log: slog.New(slog.NewTextHandler(&s.log, nil)), Now: clock, LastTry: 5,
		SignIn: func(_ context.Context, account, region string) error {
			s.signIns = append(s.signIns, account+" "+region)
			return nil
		},
	}
}

// begin begins a sweep of one account, and gives the message of its first step.
func (s *tour) begin(t *testing.T, regions ...string) queue.Message {
	t.Helper()
	var legs []ledger.Leg
	for i, region := range regions {
		legs = append(legs, ledger.Leg{Account: member, Region: region, Order: i})
	}
	return s.beginOf(t, legs)
}

func (s *tour) beginOf(t *testing.T, legs []ledger.Leg) queue.Message {
	t.Helper()
	began := ledger.Sweep{ID: ledger.SweepID(s.now), Started: s.now, Legs: len(legs)}
	if err := ledger.Open(s.store, func() time.Time { return s.now }).BeginSweep(t.Context(), began, legs); err != nil {
		t.Fatal(err)
	}
	var first []string
	step := queue.Step{Sweep: began.ID, Account: member, Region: legs[0].Region, Number: 1, Due: s.now}
	if err := queue.SendJSON(t.Context(), sender{newWorld(), &first}, 0, step); err != nil {
		t.Fatal(err)
	}
	return queue.Message{ID: "first", Receives: 1, Body: first[0]}
}

// next takes the steps out of the queue that were sent.
func (s *tour) next() (steps []queue.Message) {
	s.sent = slices.DeleteFunc(s.sent, func(one sent) bool {
		_, is := queue.ParseStep(one.body)
		if is {
			steps = append(steps, queue.Message{ID: fmt.Sprintf("s%d", len(steps)), Receives: 1, Body: one.body})
		}
		return is
	})
	return steps
}

// walk works off a step and those that come of it, and gives how many there were.
func (s *tour) walk(t *testing.T, first queue.Message) int {
	t.Helper()
	n := 0
	for todo := []queue.Message{first}; len(todo) > 0; todo = append(todo, s.next()...) {
		if again := s.auditor().Handle(t.Context(), todo[:1]); len(again) > 0 {
			t.Fatalf("step %d comes again:\n%s", n+1, s.log.String())
		}
		if todo, n = todo[1:], n+1; n > 1000 {
			t.Fatal("it does not end")
		}
	}
	return n
}

// lookedAt is what looks were asked for at, by "kind id region", sorted, and how long they wait, by kind.
func (s *tour) lookedAt(t *testing.T) (refs []string, delays map[string]time.Duration) {
	t.Helper()
	delays = map[string]time.Duration{}
	for _, one := range s.sent {
		look, ok := queue.ParseLook(one.body)
		if !ok || look.Cause != nil {
			t.Errorf("message %s", one.body)
		}
		for _, ref := range look.Refs {
			if ref.Account != member {
				t.Errorf("a resource of account %s", ref.Account)
			}
			refs = append(refs, strings.TrimSpace(ref.Kind+" "+ref.ID+" "+ref.Region))
			delays[ref.Kind] = one.delay
		}
	}
	slices.Sort(refs)
	return refs, delays
}

func (s *tour) legs(t *testing.T) map[string]ledger.Leg {
	t.Helper()
	all := map[string]ledger.Leg{}
	for leg, err := range ledger.Open(s.store, func() time.Time { return s.now }).Legs(t.Context(), member) {
		if err != nil {
			t.Fatal(err)
		}
		all[leg.Region] = leg
	}
	return all
}

// listed is a kind of which there are n in each region.
func listed(name string, n int) *resource.Kind[string] {
	return &resource.Kind[string]{Name: name, List: func(_ context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			for i := range n {
				if !yield(resource.Ref{Kind: in.Kind, ID: fmt.Sprintf("%s-%d", name, i), Account: in.Account, Region: cfg.Region}, nil) {
					return
				}
			}
		}
	}}
}

// breaking is a kind that lists n and then breaks, if it is told why.
func breaking(name string, n int, why func() error) *resource.Kind[string] {
	k := listed(name, n)
	all := k.List
	k.List = func(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			for ref, err := range all(ctx, cfg, in) {
				if !yield(ref, err) {
					return
				}
			}
			if err := why(); err != nil {
				yield(resource.Ref{}, fmt.Errorf("list %ss: %w", name, err))
			}
		}
	}
	return k
}

// worldwide is a kind without a region, and withWhole one of which a single resource has none.
func worldwide(name string, n int) *resource.Kind[string] {
	k := listed(name, n)
	k.Global, k.Scoped = true, true
	k.List = func(_ context.Context, _ aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			for i := range n {
				if !yield(resource.Ref{Kind: in.Kind, ID: fmt.Sprintf("%s-%d", name, i), Account: in.Account}, nil) {
					return
				}
			}
		}
	}
	return k
}

func withWhole(name string) *resource.Kind[string] {
	return &resource.Kind[string]{Name: name, List: func(_ context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
		return func(yield func(resource.Ref, error) bool) {
			ref := resource.Ref{Kind: in.Kind, ID: in.Account, Account: in.Account, Region: cfg.Region}
			if yield(ref, nil) {
				ref.Region = ""
				yield(ref, nil)
			}
		}
	}}
}

func TestASweepOfAnAccount(t *testing.T) {
	t.Parallel()
	bucket := listed("bucket", 230)
	bucket.Scoped = true
	s := newTour(bucket, listed("project", 60), worldwide("role", 3), withWhole("account"), &resource.Kind[string]{Name: "unlisted"})
	steps := s.walk(t, s.begin(t, "eu-west-1", "us-east-1"))
	var want []string
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for i := range 230 {
			want = append(want, fmt.Sprintf("bucket bucket-%d %s", i, region))
		}
		for i := range 60 {
			want = append(want, fmt.Sprintf("project project-%d %s", i, region))
		}
		want = append(want, "account "+member+" "+region)
	}
	want = append(want, "account "+member, "role role-0", "role role-1", "role role-2")
	slices.Sort(want)
	got, delays := s.lookedAt(t)
	if !slices.Equal(got, want) {
		t.Errorf("%d looks, want %d: %q", len(got), len(want), got)
	}
	for kind, want := range map[string]time.Duration{"account": 0, "project": 0, "bucket": auditor.Settle, "role": auditor.Settle} {
		if delays[kind] != want {
			t.Errorf("looks at a %s wait %s, want %s", kind, delays[kind], want)
		}
	}
	legs := s.legs(t)
	if here, there := legs["eu-west-1"], legs["us-east-1"]; here.Resources != 295 || there.Resources != 291 || here.Ended.IsZero() || there.Ended.IsZero() ||
		!here.Well() || !there.Well() || here.Steps+there.Steps != steps || steps != 3 {
		t.Errorf("%d steps: %+v, %+v", steps, here, there)
	}
	if !slices.Equal(s.signIns, []string{member + " eu-west-1", member + " us-east-1"}) {
		t.Errorf("signed in to %q, want once in each region", s.signIns)
	}
}

// What counts only while something uses it comes after its users, whatever the kinds are called.
func TestUsersAreListedFirst(t *testing.T) {
	t.Parallel()
	bucket := listed("bucket", 1)
	bucket.Scoped = true
	s := newTour(bucket, listed("pipeline", 1))
	s.walk(t, s.begin(t, "eu-west-1"))
	first, _ := queue.ParseLook(s.sent[0].body)
	if len(s.sent) != 2 || first.Refs[0].Kind != "pipeline" {
		t.Errorf("sent %+v", s.sent)
	}
}

// A leg may be limited to some kinds, and then says nothing of the account as a whole.
func TestALegOfSomeKinds(t *testing.T) {
	t.Parallel()
	s := newTour(withWhole("account"), listed("bucket", 1))
	s.walk(t, s.beginOf(t, []ledger.Leg{{Account: member, Region: "eu-west-1"}, {Account: member, Region: "us-east-1", Order: 1, Only: []string{"account"}}}))
	got, _ := s.lookedAt(t)
	if want := []string{"account " + member, "account " + member + " eu-west-1", "account " + member + " us-east-1", "bucket bucket-0 eu-west-1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The next step goes on where this one stopped, and waits the longer the more this one found, and the later it came itself.
func TestHowStepsFollow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first    int
		late     time.Duration
		pause    string // before
		receives int
		want     time.Duration
	}{
		"few":                       {101, 0, "", 1, 10 * time.Second},
		"many":                      {700, 0, "", 1, time.Minute},
		"as late as batches are":    {700, 5 * time.Second, "", 1, time.Minute},
		"later":                     {700, 25 * time.Second, "", 1, 5 * time.Minute},
		"later, and so before":      {700, 25 * time.Second, "600000000000", 1, 10 * time.Minute},
		"later than SQS lets wait":  {101, time.Hour, "900000000000", 1, 15 * time.Minute},
		"punctual again":            {700, 0, "240000000000", 1, 150 * time.Second},
		"late as it is tried again": {101, time.Hour, "", 2, 10 * time.Second},
	} {
		s := newTour(listed("a", c.first), listed("b", 7))
		first := s.begin(t, "eu-west-1")
		first.Receives = c.receives
		if c.pause != "" {
			first.Body = strings.TrimSuffix(first.Body, "}") + `,"pause":` + c.pause + "}"
		}
		s.now = s.now.Add(c.late)
		if again := s.auditor().Handle(t.Context(), []queue.Message{first}); len(again) > 0 {
			t.Fatalf("%s: %v", name, again)
		}
		sent := s.sent[len(s.sent)-1]
		step, ok := queue.ParseStep(sent.body)
		if !ok || sent.delay != c.want || step.Number != 2 || step.Kind != "b" || step.Page != "" || step.Found != c.first || !step.Due.Equal(s.now.Add(c.want)) {
			t.Errorf("%s: after %s comes %+v", name, sent.delay, step)
		}
		if leg := s.legs(t)["eu-west-1"]; leg.Steps != 1 || leg.Kind != "b" || leg.Resources != c.first || !leg.Ended.IsZero() {
			t.Errorf("%s: written down %+v", name, leg)
		}
	}
}

// A kind that cannot be listed does not hold up the others. What may pass is tried again by the queue, until it is the last time.
func TestKindsThatCannotBeListed(t *testing.T) {
	t.Parallel()
	throttled := awstest.Error("ThrottlingException")
	for name, c := range map[string]struct {
		why      error
		kinds    []string // in their order; the one that breaks is b
		receives int
		again    bool
		lacks    string
		next     string // the kind with which the next step begins
		found    int
	}{
		"denied":                          {awstest.Error("AccessDeniedException"), []string{"a", "b", "c"}, 1, false, "b: access denied", "", 23},
		"throttled, first":                {throttled, []string{"b", "c"}, 1, true, "", "", 3},
		"throttled, after others":         {throttled, []string{"a", "b", "c"}, 1, false, "", "b", 13},
		"throttled, first and last try":   {throttled, []string{"b", "c"}, 5, false, "b: AWS throttled the call", "", 13},
		"throttled, after others, at it":  {throttled, []string{"a", "b", "c"}, 5, false, "", "b", 13},
		"no such service":                 {&net.DNSError{Err: "no such host", IsNotFound: true}, []string{"b", "c"}, 1, false, "", "", 13},
		"names that cannot be looked up":  {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, []string{"b", "c"}, 1, true, "", "", 3},
		"an error that is none of AWS's":  {errors.New("torn"), []string{"b"}, 1, false, "b: it could not be read", "", 3},
		"nothing is wrong with it at all": {nil, []string{"a", "b", "c"}, 1, false, "", "", 23},
	} {
		var sources []resource.Source
		for _, kind := range c.kinds {
			if kind == "b" {
				sources = append(sources, breaking("b", 3, func() error { return c.why }))
				continue
			}
			sources = append(sources, listed(kind, 10))
		}
		s := newTour(sources...)
		first := s.begin(t, "eu-west-1")
		first.Receives = c.receives
		again := s.auditor().Handle(t.Context(), []queue.Message{first})
		steps := s.next()
		leg := s.legs(t)["eu-west-1"]
		lacks := ""
		for _, one := range leg.Unlisted {
			lacks += one.Kind + ": " + one.Why
		}
		if (len(again) > 0) != c.again || lacks != c.lacks || leg.Ended.IsZero() != (c.again || c.next != "") {
			t.Errorf("%s: again %v, written down %+v", name, again, leg)
		}
		if refs, _ := s.lookedAt(t); len(refs) != c.found {
			t.Errorf("%s: %d resources are looked at, want %d", name, len(refs), c.found)
		}
		if (len(steps) == 1) != (c.next != "") {
			t.Fatalf("%s: %d steps come next", name, len(steps))
		}
		if c.next == "" {
			continue
		}
		step, _ := queue.ParseStep(steps[0].Body)
		if step.Kind != c.next {
			t.Errorf("%s: %+v comes next", name, step)
		}
		// Once it passed, everything is found.
		c.why = nil
		s.walk(t, steps[0])
		if refs, _ := s.lookedAt(t); len(slices.Compact(refs)) != 23 || !s.legs(t)["eu-west-1"].Well() {
			t.Errorf("%s: in the end %d resources, %+v", name, len(slices.Compact(refs)), s.legs(t))
		}
	}
}

// What could not be listed by one step is known to those after it, and written down by each.
func TestWhatIsLackingGoesAlong(t *testing.T) {
	t.Parallel()
	s := newTour(breaking("a", 0, func() error { return awstest.Error("AccessDenied") }), listed("b", 150), listed("c", 150), listed("d", 1))
	if n := s.walk(t, s.begin(t, "eu-west-1")); n != 3 {
		t.Errorf("%d steps", n)
	}
	leg := s.legs(t)["eu-west-1"]
	if len(leg.Unlisted) != 1 || leg.Unlisted[0] != (ledger.Unlisted{Kind: "a", Why: "access denied"}) || leg.Resources != 301 || leg.Ended.IsZero() {
		t.Errorf("%+v", leg)
	}
}

// A deployment may come between two steps: a kind that is listed no more ends nothing.
func TestAStepWithAKindThatIsListedNoMore(t *testing.T) {
	t.Parallel()
	s := newTour(listed("a", 150), listed("b", 1))
	s.auditor().Handle(t.Context(), []queue.Message{s.begin(t, "eu-west-1")})
	steps := s.next()
	s.sources = s.sources[:1]
	s.walk(t, steps[0])
	if leg := s.legs(t)["eu-west-1"]; leg.Ended.IsZero() || !leg.Well() {
		t.Errorf("%+v", leg)
	}
}
