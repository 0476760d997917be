// Package remedies has every remedy put something right in an emulated account, and put it back.
package remedies

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// scene is one thing that is wrong in an account, which a remedy puts right.
type scene struct {
	remedy, check string
	about         resource.Ref                          // what the finding is about; its account and region are the harness's unless they are given, and a key is the last that was made
	make          func(*world) error                    // makes it, wrong
	state         func(*world) (any, error)             // all that AWS tells of it, without what counts changes and gives times
	move          func(*world) error                    // somebody else changes the part that the remedy touches
	act           func(*world) (finding.Finding, error) // the finding, where it is about what somebody did; nil: the check is asked
	oneWay        bool                                  // it is not undone
	only          []string                              // what may be otherwise once it is put right, as it stands in the paths of members; nil: anything
	back          func(before any) any                  // what undoing leads to, where AWS has no way back to what was; nil: to that
}

// scenes are those of every remedy.
func scenes() []scene {
	return slices.Concat(buildScenes(), revertScenes(), pipelineScenes(), imageScenes(), storeScenes(), keyScenes(), peopleScenes(), logScenes(), trailScenes())
}

// world is the emulated account of one scene, and pipewarden in it.
type world struct {
	context.Context
	*emulator.AWS
	cfg    aws.Config
	mu     sync.Mutex
	now    time.Time
	ledger *ledger.Ledger
	set    *settings.Settings
	keys   []string               // ARNs of keys that a scene made
	rules  map[string]remedy.Rule // those of the deployment
	right  any                    // the state to go back to, where a scene knows it
}

// clock goes on with each look, so that nothing happens at the same time.
func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

// TestEveryRemedy holds each remedy to what people are promised, in an account as AWS would have it.
func TestEveryRemedy(t *testing.T) {
	a := emulator.ForTest(t)
	all := scenes()
	for _, r := range remedies.All() {
		if !slices.ContainsFunc(all, func(s scene) bool { return s.remedy == r.ID }) {
			t.Errorf("there is no scene for %s: add one", r.ID)
		}
	}
	for _, s := range all {
		t.Run(s.remedy+" for "+s.check, func(t *testing.T) {
			if err := a.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, a)
			if err := s.make(w); err != nil {
				t.Fatalf("make it: %v", err)
			}
			p := &play{T: t, world: w, scene: s}
			if s.about.Account == "" {
				p.about.Account = account
			}
			if s.about.Kind == "key" && s.about.ID == "" {
				_, p.about.ID, _ = strings.Cut(w.keys[len(w.keys)-1], ":key/")
			}
			if s.about.Region == "" && !slices.Contains([]string{"role", "account"}, s.about.Kind) {
				p.about.Region = region
			}
			p.thereAndBack()
		})
	}
}

func newWorld(t *testing.T, a *emulator.AWS) *world {
	t.Helper()
	w := &world{Context: t.Context(), AWS: a, cfg: a.Config(account, region), now: time.Now().UTC().Truncate(time.Second), set: settings.Default()}
	w.cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	w.ledger = ledger.Open(ledger.NewMemory(w.clock), w.clock)
	w.set.Scope, w.set.Mode, w.set.Limits.ChangesPerHour = settings.Account, settings.Ask, 100
	w.set.Options.RequireCustomerKey = true
	return w
}

// play is one run of a scene.
type play struct {
	*testing.T
	*world
	scene
	order string
	plan  remedy.Plan
}

func (w *world) engine() *engine.Engine {
	reach := func(_ context.Context, of, at string) (aws.Config, error) {
		if of != "" && of != account {
			return aws.Config{}, engine.ErrForeign
		}
		there := w.cfg.Copy()
		if at != "" {
			there.Region = at
		}
		return there, nil
	}
	return deployment.Engine(checks.All(), w.set, reach, nil, w.clock)
}

func (p *play) remediator() *remediator.Remediator {
	e := p.engine()
	return &remediator.Remediator{
		Remedies: remedies.All(), Rules: p.rules, Engine: e, Ledger: p.ledger, Settings: p.set, Config: e.Config,
		Count: telemetry.NewCounter(io.Discard, "remediator", p.clock), Log: slog.New(slog.DiscardHandler), Now: p.clock, By: "pipewarden", LastTry: 1,
	}
}

// found is what the check says now.
func (p *play) found() finding.Finding {
	p.Helper()
	all, err := p.engine().Batch(nil).Again(p.Context, p.check, p.about)
	if err != nil || len(all) != 1 {
		p.Fatalf("%s says %+v, %v", p.check, all, err)
	}
	return all[0]
}

func (p *play) is() any {
	p.Helper()
	state, err := p.state(p.world)
	if err != nil {
		p.Fatalf("look at it: %v", err)
	}
	return detached(p.T, state)
}

// detached is a state apart from what an answer shares with the next.
func detached(t *testing.T, state any) any {
	t.Helper()
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// writes lists the calls since the last time that may change something in the account.
func (p *play) writes() (operations []string) {
	for _, call := range p.Calls() {
		if call.Account != hub && !blueprint.Reads("aws:"+call.Operation) && !strings.HasPrefix(call.Operation, "Head") {
			operations = append(operations, call.Operation)
		}
	}
	p.ResetCalls()
	return operations
}

func (p *play) decide(verb queue.Verb, force bool) (ledger.Action, error) {
	person := p.remediator()
	person.By = "arn:aws:iam::" + account + ":user/ann"
	return person.Decide(p.Context, queue.Decision{Verb: verb, Action: p.order, Force: force})
}

// must has a decision lead to a status.
func (p *play) must(verb queue.Verb, force bool, want ledger.Status) {
	p.Helper()
	a, err := p.decide(verb, force)
	if err != nil || a.Status != want {
		p.Fatalf("%s: %s (%s), %v", verb, a.Status, a.Error, err)
	}
}

func (p *play) thereAndBack() {
	f := p.failing()
	before := p.is()
	p.writes()
	p.proposed(f)
	if wrote := p.writes(); len(wrote) > 0 {
		p.Errorf("planning wrote %v", wrote)
	}
	p.must(queue.Approve, false, ledger.Applied)
	if wrote := p.writes(); len(wrote) == 0 {
		p.Error("applying wrote nothing")
	}
	after := p.is()
	if cmp.Equal(before, after) {
		p.Fatalf("applying changed nothing: %v", after)
	}
	p.nothingElse(before, after)
	if p.act == nil {
		if now := p.found(); now.Outcome != finding.Pass && now.Outcome != finding.NotApplicable {
			p.Errorf("put right, %s says %s: %s", p.check, now.Outcome, now.Detail)
		}
	}
	p.again(after)
	if p.oneWay {
		if _, err := p.decide(queue.Undo, true); !refused(err) || !cmp.Equal(after, p.is()) {
			p.Errorf("undo of what is not undone: %v", err)
		}
		return
	}
	p.must(queue.Undo, false, ledger.Undone)
	if p.back != nil {
		before = p.back(before)
	}
	if diff := cmp.Diff(before, p.is()); diff != "" {
		p.Errorf("undone, it is not as it was: was (-), is (+):\n%s", diff)
	}
	p.moved(after)
}

// failing is the finding, as the check tells it.
func (p *play) failing() finding.Finding {
	p.Helper()
	if p.act != nil {
		f, err := p.act(p.world)
		if err != nil {
			p.Fatal(err)
		}
		return f
	}
	f := p.found()
	i := slices.IndexFunc(checks.All(), func(c *check.Check) bool { return c.ID == p.check })
	if f.Outcome != finding.Fail || !calls(f, p.remedy) || f.Would == "" {
		p.Fatalf("%s (%v) says %s: %s %s; remedy %q, would %q", p.check, checks.All()[i].Remedies, f.Outcome, f.Title, f.Detail, f.Remedy, f.Would)
	}
	return f
}

// proposed has the remediator plan, and wait for approval.
func (p *play) proposed(f finding.Finding) {
	p.Helper()
	p.order = ledger.OrderID(f, 1)
	order := queue.Order{ID: p.order, Remedy: p.remedy, Mode: settings.Ask, Finding: f}
	if err := p.remediator().Carry(p.Context, order, true); err != nil {
		p.Fatalf("plan: %v", err)
	}
	a, err := p.ledger.Action(p.Context, p.order)
	if err != nil || a.Status != ledger.Waiting {
		p.Fatalf("planned: %s (%s), %v", a.Status, a.Error, err)
	}
	if err := json.Unmarshal(a.Plan, &p.plan); err != nil {
		p.Fatal(err)
	}
	if p.plan.Summary == "" || p.plan.Breaks == "" || len(p.plan.Changes) == 0 || len(p.plan.Calls) == 0 {
		p.Errorf("the plan tells too little: %+v", p.plan)
	}
}

// again has the same done once more: nothing is written.
func (p *play) again(after any) {
	p.Helper()
	i := slices.IndexFunc(remedies.All(), func(r *remedy.Remedy) bool { return r.ID == p.remedy })
	a, err := p.ledger.Action(p.Context, p.order)
	if err != nil {
		p.Fatal(err)
	}
	var done remedy.Plan
	if err := json.Unmarshal(a.Plan, &done); err != nil {
		p.Fatal(err)
	}
	p.writes()
	if err := remedies.All()[i].Apply(p.Context, p.cfg, done); err != nil {
		p.Errorf("apply again: %v", err)
	}
	if wrote := p.writes(); len(wrote) > 0 || !cmp.Equal(after, p.is()) {
		p.Errorf("applied again, it wrote %v", wrote)
	}
	if differs, err := p.remediator().Stands(p.Context, a); err != nil || len(differs) > 0 {
		p.Errorf("it does not hold: %v %v", differs, err)
	}
}

// moved has it done once more, somebody change it, and the undoing refused; unless it is forced.
func (p *play) moved(after any) {
	p.Helper()
	p.must(queue.Redo, false, ledger.Applied)
	if diff := cmp.Diff(after, p.is()); diff != "" {
		p.Errorf("done again, it is otherwise than the first time:\n%s", diff)
	}
	if err := p.move(p.world); err != nil {
		p.Fatalf("move it: %v", err)
	}
	other := p.is()
	p.writes()
	_, err := p.decide(queue.Undo, false)
	if _, moved := errors.AsType[*remedy.MovedError](err); !moved {
		p.Errorf("undone after somebody else's change: %v", err)
	}
	if wrote := p.writes(); len(wrote) > 0 || !cmp.Equal(other, p.is()) {
		p.Errorf("refusing wrote %v", wrote)
	}
}

// calls says whether a finding may lead to that remedy.
func calls(f finding.Finding, id string) bool {
	return f.Remedy == id || slices.ContainsFunc(f.Harsher, func(a finding.Alternative) bool { return a.Remedy == id })
}

func refused(err error) bool {
	_, ok := errors.AsType[*remedy.RefusedError](err)
	return ok
}
