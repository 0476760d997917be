package remedytest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

func refusals(t *testing.T, test Test) {
	r := begin(t, test)
	other := test.Case
	other.Finding.Resource.Kind = "door"
	if _, err := test.Remedy.Plan(t.Context(), r.cfg, other); !isRefused(err) {
		t.Errorf("a finding about a door: %v", err)
	}
	// A call that is denied is told as that, whichever it is.
	for _, operation := range r.operations() {
		w := test.World(t)
		w.Fake.On(operation, awstest.Error("AccessDeniedException"))
		if _, err := test.Remedy.Plan(t.Context(), w.Fake.Config(), test.Case); err != nil && !awserr.IsDenied(err) && !isRefused(err) {
			t.Errorf("%s denied: %v", operation, err)
		}
		if err := test.Remedy.Apply(t.Context(), w.Fake.Config(), r.plan); !awserr.IsDenied(err) && r.applies(operation) {
			t.Errorf("%s denied: applied with %v", operation, err)
		}
	}
}

// applies says whether applying takes a call.
func (r *run) applies(operation string) bool {
	w := r.Test.World(r.T)
	_ = r.Remedy.Apply(r.Context(), w.Fake.Config(), r.plan)
	return slices.ContainsFunc(w.Fake.Calls(), func(c awstest.Call) bool { return c.Operation == operation })
}

// operations are those of planning and applying.
func (r *run) operations() []string {
	if err := r.Remedy.Apply(r.Context(), r.cfg, r.plan); err != nil {
		r.Fatalf("apply: %v", err)
	}
	var all []string
	for _, call := range r.Fake.Calls() {
		all = append(all, call.Operation)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func isRefused(err error) bool {
	_, refused := errors.AsType[*remedy.RefusedError](err)
	return refused
}

// torn plans come out of a ledger that somebody else wrote into.
func torn(t *testing.T, test Test) {
	r := begin(t, test)
	for _, broken := range []json.RawMessage{[]byte("{"), nil} {
		for _, p := range []remedy.Plan{
			{Before: broken, After: r.plan.After, Calls: r.plan.Calls, Resource: r.plan.Resource},
			{Before: r.plan.Before, After: broken, Calls: r.plan.Calls, Resource: r.plan.Resource},
		} {
			if err := test.Remedy.Apply(t.Context(), r.cfg, p); err == nil {
				t.Errorf("a plan with %q was applied", broken)
			}
			if err := test.Remedy.Undo(t.Context(), r.cfg, p, true); err == nil {
				t.Errorf("a plan with %q was undone", broken)
			}
		}
	}
	if wrote := r.wrote(); len(wrote) > 0 {
		t.Errorf("torn plans led to %v", wrote)
	}
}
