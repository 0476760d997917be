// Package remedytest holds every remedy to what people are promised: foretold, idempotent, verified, and put back field by field.
package remedytest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// World is one resource in a fake AWS that changes it as it is told.
type World struct {
	Fake  *awstest.Fake
	State func() any // the resource as it is, whole: a copy
	Move  func()     // somebody else changes the part that the remedy touches
}

// Test is what the harness is told of a remedy.
type Test struct {
	Remedy *remedy.Remedy
	Case   remedy.Case
	World  func(*testing.T) World // anew for each run, each time the same, and wrong
	OneWay bool                   // the remedy is not undone, and says so
	// Calls are the writing operations of applying, in their order: "codebuild:UpdateProject".
	Calls []string
	// Later are those of the remedy's reads that planning does not take yet, because what they would read does not exist.
	Later []string
}

// Run proves that the remedy keeps its promises.
func Run(t *testing.T, test Test) {
	t.Helper()
	for name, prove := range map[string]func(*testing.T, Test){
		"there and back": thereAndBack, "what moved on is left alone": moved, "forced": forced, "refusals": refusals, "torn plans": torn,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prove(t, test)
		})
	}
}

// everything looks into what the SDK's structures keep to themselves, too.
var everything = cmp.Exporter(func(reflect.Type) bool { return true })

func same(a, b any) bool { return cmp.Equal(a, b, everything) }

// run is one world, and the plan for it.
type run struct {
	*testing.T
	Test
	World
	cfg  aws.Config
	plan remedy.Plan
}

func begin(t *testing.T, test Test) *run {
	t.Helper()
	w := test.World(t)
	r := &run{T: t, Test: test, World: w, cfg: w.Fake.Config()}
	p, err := test.Remedy.Plan(t.Context(), r.cfg, test.Case)
	if err != nil {
		t.Fatalf("plan: %v", err)
	}
	raw, err := json.MarshalIndent(p, "", "  ") // as the ledger may keep it
	if err == nil {
		err = json.Unmarshal(raw, &r.plan)
	}
	if err != nil {
		t.Fatalf("keep the plan: %v", err)
	}
	return r
}

// writes are the operations since the last time that changed something.
func (r *run) writes() []string {
	var all []string
	for _, call := range r.Fake.Calls() {
		action := awstest.Action(call.Operation)
		if slices.ContainsFunc(r.Remedy.Grants, func(g remedy.Grant) bool { return g.Action == action }) {
			all = append(all, call.Operation)
		}
	}
	return all
}

// wrote gives them once.
func (r *run) wrote() []string {
	all := r.writes()
	r.Fake.Forget()
	return all
}

func (r *run) undo(force bool) error {
	return r.Remedy.Undo(r.Context(), r.cfg, r.plan, force)
}

func (r *run) must(what string, err error, writes int) {
	r.Helper()
	if wrote := r.wrote(); err != nil || (writes == 0) != (len(wrote) == 0) {
		r.Fatalf("%s: %v, after the calls %v", what, err, wrote)
	}
}

func thereAndBack(t *testing.T, test Test) {
	r := begin(t, test)
	found := r.State()
	r.foretold()
	r.there(found)
	if test.OneWay {
		r.oneWay(r.State())
		return
	}
	r.back(found)
}

// there carries the plan out: what is sent is what was foretold.
func (r *run) there(found any) {
	r.Helper()
	later := func(action string) bool { return slices.Contains(r.Later, action) }
	r.Fake.ExpectActions(slices.DeleteFunc(slices.Clone(r.Remedy.Reads), later))
	r.Fake.Forget()
	err := r.Remedy.Apply(r.Context(), r.cfg, r.plan)
	if wrote := r.wrote(); err != nil || len(wrote) != len(r.Test.Calls) {
		r.Fatalf("apply: %v, after the calls %v", err, wrote)
	}
	if same(found, r.State()) {
		r.Fatal("applying changed nothing")
	}
	r.must("apply again", r.Remedy.Apply(r.Context(), r.cfg, r.plan), 0)
	again, err := r.Remedy.Plan(r.Context(), r.cfg, r.Case)
	if err != nil || !again.Done() || again.Undoable || again.Summary == "" {
		r.Errorf("planned once more: %+v, %v", again, err)
	}
	if differs, err := r.Remedy.Stand(r.Context(), r.cfg, r.plan); err != nil || len(differs) > 0 {
		r.Errorf("it does not hold: %v %v", differs, err)
	}
	r.takes(r.Later)
	r.wrote()
}

// takes expects actions to have been called since the last time.
func (r *run) takes(actions []string) {
	r.Helper()
	for _, action := range actions {
		if !slices.Contains(r.Fake.Actions(), action) {
			r.Errorf("%s is declared and not called", action)
		}
	}
}

// back undoes it, field by field.
func (r *run) back(found any) {
	r.Helper()
	r.must("undo", r.undo(false), 1)
	if diff := cmp.Diff(found, r.State(), everything); diff != "" {
		r.Errorf("undone, it is not as it was found:\n%s", diff)
	}
	r.must("undo again", r.undo(false), 0)
	if differs, err := r.Remedy.Stand(r.Context(), r.cfg, r.plan); err != nil || len(differs) == 0 {
		r.Errorf("undone, and it still holds: %v", err)
	}
}

// foretold is what a plan tells people before anything is done.
func (r *run) foretold() {
	r.Helper()
	p := r.plan
	if p.Remedy != r.Remedy.ID || p.Summary == "" || p.Breaks == "" || p.Done() || len(p.Changes) == 0 || p.Undoable == r.OneWay {
		r.Errorf("the plan tells too little: %+v", p)
	}
	if wrote := r.writes(); len(wrote) > 0 {
		r.Errorf("planning wrote: %v", wrote)
	}
	var called []string
	for _, c := range p.Calls {
		called = append(called, c.Service+":"+c.Operation)
	}
	if diff := cmp.Diff(r.Test.Calls, called); diff != "" {
		r.Errorf("calls that are foretold:\n%s", diff)
	}
}

func (r *run) oneWay(changed any) {
	r.Helper()
	for _, force := range []bool{false, true} {
		err := r.undo(force)
		if _, refused := errors.AsType[*remedy.RefusedError](err); !refused || len(r.wrote()) > 0 || !same(changed, r.State()) {
			r.Errorf("undo (forced %v): %v", force, err)
		}
	}
}

func moved(t *testing.T, test Test) {
	r := begin(t, test)
	r.Move()
	other := r.State()
	left := func(what string, err error) {
		t.Helper()
		gone, ok := errors.AsType[*remedy.MovedError](err)
		wrote := r.wrote()
		if !ok || len(wrote) > 0 || !same(other, r.State()) {
			t.Errorf("%s: %v, after the calls %v", what, err, wrote)
			return
		}
		if len(gone.Differs) == 0 || gone.What == "" {
			t.Errorf("%s does not say what is otherwise: %v", what, err)
		}
	}
	left("apply", test.Remedy.Apply(t.Context(), r.cfg, r.plan))
	if !test.OneWay {
		left("undo", r.undo(false))
	}
}

// forced puts back what was found over what somebody else made of it since.
func forced(t *testing.T, test Test) {
	if test.OneWay {
		return
	}
	r := begin(t, test)
	found := r.State()
	r.must("apply", test.Remedy.Apply(t.Context(), r.cfg, r.plan), 1)
	r.Move()
	if differs, err := test.Remedy.Stand(t.Context(), r.cfg, r.plan); err != nil || len(differs) == 0 {
		t.Errorf("it was changed, and still holds: %v", err)
	}
	r.must("undo by force", r.undo(true), 1)
	if diff := cmp.Diff(found, r.State(), everything); diff != "" {
		t.Errorf("undone by force, it is not as it was found:\n%s", diff)
	}
}

// Refuses expects a plan to be declined with words that hold this text.
func Refuses(t *testing.T, r *remedy.Remedy, w World, c remedy.Case) string {
	t.Helper()
	_, err := r.Plan(t.Context(), w.Fake.Config(), c)
	refused, ok := errors.AsType[*remedy.RefusedError](err)
	if !ok {
		t.Fatalf("not refused: %v", err)
	}
	return refused.Why
}

// Finding is one about a resource of account 111122223333 in eu-west-1.
func Finding(check, kind, id string) finding.Finding {
	return finding.Finding{
		Check: check, Outcome: finding.Fail, Basis: finding.State,
		Resource: finding.Resource{Kind: kind, ID: id, Account: "111122223333", Region: "eu-west-1"},
	}
}

// Plan plans, and fails the test where that is not possible.
func Plan(ctx context.Context, t *testing.T, r *remedy.Remedy, w World, c remedy.Case) remedy.Plan {
	t.Helper()
	p, err := r.Plan(ctx, w.Fake.Config(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
