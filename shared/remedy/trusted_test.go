package remedy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestFirstSeenIsTheLedgersWord(t *testing.T) {
	t.Parallel()
	if remedy.FirstSeen != ledger.FirstSeen {
		t.Errorf("%q is not %q", remedy.FirstSeen, ledger.FirstSeen)
	}
}

func TestGoBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("the ledger is away")
	vouched := &remedy.Definition{Number: 2, By: "arn:aws:iam::111122223333:user/carol", How: "proven MFA", At: noon}
	seen := &remedy.Definition{Number: 1, How: remedy.FirstSeen, At: noon}
	for name, one := range map[string]struct {
		trusted func(context.Context, string) (*remedy.Definition, error)
		restore bool
		want    *remedy.Definition
		why     string
	}{
		"trusted":                   {func(context.Context, string) (*remedy.Definition, error) { return vouched, nil }, false, vouched, ""},
		"only first seen":           {func(context.Context, string) (*remedy.Definition, error) { return seen, nil }, false, nil, "only first seen at 2026-11-01 12:00:00 UTC"},
		"first seen, and asked for": {func(context.Context, string) (*remedy.Definition, error) { return seen, nil }, true, seen, ""},
		"none":                      {func(context.Context, string) (*remedy.Definition, error) { return nil, nil }, true, nil, "No definition of web is kept"},
		"no memory":                 {nil, true, nil, "No definition of web is kept"},
	} {
		c := remedy.Case{Finding: finding.Finding{Resource: finding.Resource{ID: "web"}}, Trusted: one.trusted, Restore: one.restore}
		got, err := c.GoBack(t.Context())
		refused, _ := errors.AsType[*remedy.RefusedError](err)
		if got != one.want || (refused == nil) != (one.why == "") || refused != nil && !strings.Contains(refused.Why, one.why) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	c := remedy.Case{Trusted: func(_ context.Context, part string) (*remedy.Definition, error) {
		if part != "" {
			t.Errorf("asked for the part %s", part)
		}
		return nil, broken
	}}
	if _, err := c.GoBack(t.Context()); !errors.Is(err, broken) {
		t.Errorf("broken: %v", err)
	}
}

func TestSaid(t *testing.T) {
	t.Parallel()
	const at = "2026-11-01 12:00:00 UTC"
	for want, d := range map[string]remedy.Definition{
		"the definition of " + at: {At: noon.In(time.FixedZone("", 3600))},
		"the definition of " + at + ", which carol left behind (proven MFA)":    {At: noon, By: "arn:aws:iam::111122223333:user/team/carol", How: "proven MFA"},
		"the definition of " + at + ", which Deploy/ci left behind (a machine)": {At: noon, By: "arn:aws:sts::111122223333:assumed-role/Deploy/ci", How: "a machine"},
		"the definition first seen at " + at:                                    {At: noon, How: remedy.FirstSeen},
	} {
		if got := d.Said(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What a remedy made where nothing was stays, by force as well. All other plans are undone as before.
func TestLasting(t *testing.T) {
	t.Parallel()
	undone := 0
	r := remedy.Lasting(&remedy.Remedy{
		Plan: func(_ context.Context, _ aws.Config, c remedy.Case) (remedy.Plan, error) {
			return remedy.Plan{Before: json.RawMessage(c.Finding.Title), Undoable: true}, nil
		},
		Undo: func(context.Context, aws.Config, remedy.Plan, bool) error { undone++; return nil },
	}, func(before lamp) bool { return before.Colour == "" }, func(p remedy.Plan) string { return "It stays " + p.Resource.ID + "." })
	for before, lasts := range map[string]bool{`{"colour":""}`: true, `{"colour":"red"}`: false, `{`: false, ``: false} {
		p, err := r.Plan(t.Context(), aws.Config{}, remedy.Case{Finding: finding.Finding{Title: before}})
		if err != nil || p.Undoable == lasts {
			t.Errorf("%s: planned as undoable %v, %v", before, p.Undoable, err)
		}
		for _, force := range []bool{false, true} {
			was := undone
			p.Calls, p.Resource.ID = []remedy.Call{{}}, "lit"
			refused, ok := errors.AsType[*remedy.RefusedError](r.Undo(t.Context(), aws.Config{}, p, force))
			if ok != lasts || (undone == was) != lasts || ok && refused.Why != "It stays lit." {
				t.Errorf("%s, forced %v: %v", before, force, refused)
			}
		}
	}
	if err := r.Undo(t.Context(), aws.Config{}, remedy.Plan{Before: json.RawMessage(`{}`)}, false); err != nil {
		t.Errorf("a plan without calls: %v", err)
	}
}
