package builddefinitionchanged

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}

// TestCompares: a check that does not ask for the definition before is not given it, and says nothing.
func TestCompares(t *testing.T) {
	t.Parallel()
	if !Check.Compares {
		t.Error("the definition before is not asked for")
	}
}

// TestRemedy offers the former definition where somebody vouches for it.
func TestRemedy(t *testing.T) {
	t.Parallel()
	for trusted, want := range map[bool]string{
		true: "Put the project back to the whole definition of 2026-11-01 12:00:00 UTC, and with it all else that was changed since then. " +
			"Stops no build; the next one goes by the former definition. Can be undone.",
		false: "",
	} {
		before := checktest.Sample(t, "codebuild/UpdateProject.json", nil).Request().JSON()
		e := checktest.Sample(t, "codebuild/UpdateProject.json", map[string]any{"requestParameters.serviceRole": "arn:aws:iam::111122223333:role/Admin"})
		p := &check.Pass{Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: Check.Target(e)}
		p.Past.Before = &check.Definition{Body: resource.SealText(before), Trusted: trusted, At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
		Check.Run(p)
		f := p.Results()[0]
		if f.Outcome != finding.Fail || f.Would != want || (f.Remedy == "build-revert") != trusted || f.ByHand == "" {
			t.Errorf("trusted %v: remedy %q, would %q, by hand %q", trusted, f.Remedy, f.Would, f.ByHand)
		}
	}
}
