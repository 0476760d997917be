package sweeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/sweeper"
)

const (
	central    = "111122223333"
	management = "123456789012"
	web        = "444455556666"
	test       = "777788889999"
	away       = "222233334444"
)

var start = time.Date(2026, 11, 20, 6, 0, 0, 300, time.UTC)

// outbox is a queue that refuses the sendings of some numbers, from 1.
type outbox struct {
	sendings []sending
	refuse   map[int]error
}

type sending struct {
	bodies []string
	delay  time.Duration
}

func (o *outbox) Send(_ context.Context, bodies []string, delay time.Duration) error {
	o.sendings = append(o.sendings, sending{slices.Clone(bodies), delay})
	return o.refuse[len(o.sendings)]
}

// steps lists what was sent as "account region number, after delay", and how many upkeeps.
func (o *outbox) steps(t *testing.T) (steps []string, upkeeps int) {
	t.Helper()
	for _, s := range o.sendings {
		for _, body := range s.bodies {
			step, ok := queue.ParseStep(body)
			if _, upkeep := queue.ParseUpkeep(body); upkeep {
				upkeeps++
				continue
			}
			if !ok || step.Kind != "" || step.Page != "" || !step.Due.Equal(start.Add(s.delay)) {
				t.Errorf("message %s, after %s", body, s.delay)
			}
			steps = append(steps, fmt.Sprintf("%s %s %d, after %s", step.Account, step.Region, step.Number, s.delay))
		}
	}
	return steps, upkeeps
}

type world struct {
	*sweeper.Sweeper
	looks *outbox
	log   *bytes.Buffer
	clock time.Time
}

func newWorld() *world {
	w := &world{looks: &outbox{refuse: map[int]error{}}, log: &bytes.Buffer{}, clock: start}
	now := func() time.Time { return w.clock }
	w.Sweeper = &sweeper.Sweeper{
		Ledger: ledger.Open(ledger.NewMemory(now), now), Looks: w.looks, Account: central, Name: "audit", Regions: []string{"eu-west-1", "eu-central-1"},
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: now,
	}
	return w
}

// organized has an organisation with these accounts, which breaks off where it is told to.
func (w *world) organized(broken error, accounts ...organization.Account) *world {
	w.Units, w.Global = []string{"ou-ab12-prod"}, "us-east-1"
	w.Walk = func(context.Context) iter.Seq2[organization.Account, error] {
		return func(yield func(organization.Account, error) bool) {
			for _, a := range accounts {
				if !yield(a, nil) {
					return
				}
			}
			if broken != nil {
				yield(organization.Account{}, broken)
			}
		}
	}
	return w
}

func (w *world) sweep(t *testing.T) ledger.Sweep {
	t.Helper()
	w.looks.sendings = nil
	s, err := w.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) members(t *testing.T) map[string]ledger.Member {
	t.Helper()
	all := map[string]ledger.Member{}
	for m, err := range w.Ledger.Members(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all[m.Account] = m
	}
	return all
}

func (w *world) legs(t *testing.T, sweep string) (legs []string) {
	t.Helper()
	for l, err := range w.Ledger.Legs(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if l.Sweep == sweep {
			legs = append(legs, fmt.Sprintf("%s %d %s %s", l.Account, l.Order, l.Region, strings.Join(l.Only, ",")))
		}
	}
	return legs
}

func active(id, name string, units ...string) organization.Account {
	return organization.Account{ID: id, Name: name, State: organization.Active, Units: units, Management: id == management}
}

func TestASingleAccount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.Regions = w.Regions[:1]
	w.Global = "us-east-1" // without an organisation there are no members with rules there
	s := w.sweep(t)
	if s.ID != "2026-11-20T06:00:00Z" || s.Accounts != 1 || s.Legs != 1 {
		t.Errorf("%+v", s)
	}
	steps, upkeeps := w.looks.steps(t)
	if want := []string{central + " eu-west-1 1, after 0s"}; !slices.Equal(steps, want) || upkeeps != 1 {
		t.Errorf("sent %q, and %d upkeeps", steps, upkeeps)
	}
	want := map[string]ledger.Member{central: {Account: central, Name: "audit", State: "ACTIVE", Watched: true, Regions: []string{"eu-west-1"}}}
	if diff := cmp.Diff(want, w.members(t), cmpopts.IgnoreFields(ledger.Member{}, "Since")); diff != "" {
		t.Error(diff)
	}
	if newest, found, err := w.Ledger.NewestSweep(t.Context()); err != nil || !found || newest != s {
		t.Errorf("%+v, %v, %v", newest, found, err)
	}
}

// Where settings ask for units, it is written down where the account lies, or why that is not known.
func TestWhereASingleAccountLies(t *testing.T) {
	t.Parallel()
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	for name, c := range map[string]struct {
		units []string
		err   error
		want  ledger.Member
	}{
		"known":  {[]string{"ou-1", "r-1"}, nil, ledger.Member{Units: []string{"ou-1", "r-1"}}},
		"denied": {nil, denied, ledger.Member{NoUnits: "access denied"}},
	} {
		w := newWorld()
		w.Above = func(_ context.Context, account string) ([]string, error) {
			if account != central {
				t.Errorf("asked for %s", account)
			}
			return c.units, c.err
		}
		w.sweep(t)
		if got := w.members(t)[central]; !slices.Equal(got.Units, c.want.Units) || got.NoUnits != c.want.NoUnits || !got.Watched {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAnOrganization(t *testing.T) {
	t.Parallel()
	suspended := organization.Account{ID: away, Name: "old", State: "SUSPENDED", Units: []string{"ou-ab12-prod", "r-1"}}
	w := newWorld().organized(nil,
		active(management, "root", "r-1"), active(central, "audit-tools", "ou-ab12-sec", "r-1"), active(web, "web", "ou-ab12-blue", "ou-ab12-prod", "r-1"),
		active(test, "test", "ou-ab12-test", "r-1"), suspended)
	s := w.sweep(t)
	regions := []string{"eu-west-1", "eu-central-1"}
	want := map[string]ledger.Member{
		management: {Account: management, Name: "root", State: "ACTIVE", Units: []string{"r-1"}, Management: true, Watched: true, Regions: regions},
		central:    {Account: central, Name: "audit-tools", State: "ACTIVE", Units: []string{"ou-ab12-sec", "r-1"}, Watched: true, Regions: regions},
		web:        {Account: web, Name: "web", State: "ACTIVE", Units: []string{"ou-ab12-blue", "ou-ab12-prod", "r-1"}, Watched: true, Regions: regions},
		test:       {Account: test, Name: "test", State: "ACTIVE", Units: []string{"ou-ab12-test", "r-1"}},
		away:       {Account: away, Name: "old", State: "SUSPENDED", Units: []string{"ou-ab12-prod", "r-1"}},
	}
	if diff := cmp.Diff(want, w.members(t), cmpopts.IgnoreFields(ledger.Member{}, "Since")); diff != "" {
		t.Error(diff)
	}
	var legs []string
	for _, account := range []string{central, management, web} {
		legs = append(legs, account+" 1 eu-central-1 ", account+" 0 eu-west-1 ", account+" 2 us-east-1 account")
	}
	if diff := cmp.Diff(legs, w.legs(t, s.ID)); diff != "" || s.Legs != 9 || s.Accounts != 3 {
		t.Errorf("%+v: %s", s, diff)
	}
	steps, upkeeps := w.looks.steps(t)
	if want := []string{central + " eu-west-1 1, after 0s", management + " eu-west-1 1, after 1s", web + " eu-west-1 1, after 2s"}; !slices.Equal(steps, want) || upkeeps != 1 {
		t.Errorf("sent %q, and %d upkeeps; want one step in each account", steps, upkeeps)
	}
	// Where the region of services without one is watched anyway, it is one like the others.
	w.clock = start.Add(6 * time.Hour)
	w.Regions = []string{"eu-west-1", "us-east-1"}
	w.looks.sendings = nil
	again, err := w.Sweep(t.Context())
	if err != nil || again.Legs != 6 || slices.ContainsFunc(w.legs(t, again.ID), func(leg string) bool { return strings.HasSuffix(leg, "account") }) {
		t.Errorf("%v: %q", err, w.legs(t, again.ID))
	}
}

// Who came is watched, who left is not, and comes back.
func TestAccountsThatComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld().organized(nil, active(central, "audit", "r-1"), active(web, "web", "ou-ab12-prod", "r-1"))
	w.sweep(t)
	since := w.members(t)[web].Since
	w.clock = start.Add(6 * time.Hour)
	w.organized(nil, active(central, "audit", "r-1"), active(test, "new", "ou-ab12-prod", "r-1"))
	if _, err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	members := w.members(t)
	if left := members[web]; left.State != ledger.Left || left.Watched || left.Name != "web" || left.Regions != nil || !left.Since.After(since) {
		t.Errorf("who left: %+v", left)
	}
	if came := members[test]; !came.Watched || came.Name != "new" {
		t.Errorf("who came: %+v", came)
	}
	newest, _, _ := w.Ledger.NewestSweep(t.Context())
	if legs := strings.Join(w.legs(t, newest.ID), "\n"); strings.Contains(legs, web) || !strings.Contains(legs, test) {
		t.Errorf("swept:\n%s", legs)
	}
	w.clock = start.Add(12 * time.Hour)
	w.organized(nil, active(central, "audit", "r-1"), active(web, "web", "ou-ab12-prod", "r-1"))
	if _, err := w.Sweep(t.Context()); err != nil || !w.members(t)[web].Watched {
		t.Errorf("%v: back again: %+v", err, w.members(t)[web])
	}
}

// An organisation that cannot be listed to its end leaves nobody out: what was registered is swept as it was, and the end tells of it.
func TestAWalkThatBreaks(t *testing.T) {
	t.Parallel()
	throttled := &smithy.GenericAPIError{Code: "TooManyRequestsException", Message: "slow down"}
	w := newWorld().organized(nil, active(central, "audit", "r-1"), active(web, "web", "ou-ab12-prod", "r-1"))
	w.sweep(t)
	before := w.members(t)
	w.clock = start.Add(6 * time.Hour)
	w.organized(throttled, active(central, "renamed", "r-1"))
	s, err := w.Sweep(t.Context())
	if !errors.Is(err, throttled) || s.Accounts != 2 || s.Legs != 6 || !strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("%v: %+v", err, s)
	}
	if diff := cmp.Diff(before, w.members(t)); diff != "" {
		t.Errorf("the register changed: %s", diff)
	}
	// Of the first sweep nothing is registered: the sweeper's own account is swept at least.
	w = newWorld().organized(throttled)
	s, err = w.Sweep(t.Context())
	if own := w.members(t)[central]; !errors.Is(err, throttled) || s.Accounts != 1 || !own.Watched || own.NoUnits != "AWS throttled the call" {
		t.Errorf("%v: %+v, %+v", err, s, own)
	}
}

func TestABeginningThatBreaks(t *testing.T) {
	t.Parallel()
	full := errors.New("the queue is gone")
	w := newWorld().organized(nil, active(central, "audit", "r-1"), active(web, "web", "ou-ab12-prod", "r-1"))
	w.looks.refuse[1] = full
	if _, err := w.Sweep(t.Context()); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if steps, upkeeps := w.looks.steps(t); len(steps) != 2 || upkeeps != 1 {
		t.Errorf("after one sending was refused: %q, %d", steps, upkeeps)
	}
	// Woken twice in the same second, it begins once.
	w.looks.sendings, w.looks.refuse = nil, nil
	if _, err := w.Sweep(t.Context()); !errors.Is(err, ledger.ErrSweepBegan) || len(w.looks.sendings) > 0 {
		t.Errorf("%v: sent %d", err, len(w.looks.sendings))
	}
}

// However many accounts there are, they do not all begin at once, and SQS takes every delay.
func TestManyAccountsBeginOneAfterAnother(t *testing.T) {
	t.Parallel()
	for _, n := range []int{900, 1000, 3000} {
		var accounts []organization.Account
		for i := range n {
			accounts = append(accounts, active(fmt.Sprintf("%012d", i), "a", "ou-ab12-prod"))
		}
		w := newWorld().organized(nil, accounts...)
		w.sweep(t)
		steps, last, most := 0, time.Duration(0), 0
		for _, s := range w.looks.sendings[:len(w.looks.sendings)-1] {
			steps += len(s.bodies)
			last, most = max(last, s.delay), max(most, len(s.bodies))
		}
		if steps != n || last >= 15*time.Minute || last < 14*time.Minute || most > (n+899)/900 {
			t.Errorf("%d accounts: %d steps, the last after %s, %d at most at once", n, steps, last, most)
		}
	}
}
