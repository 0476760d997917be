package pipelinesourcerepointed

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/history/historytest"
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

// TestOneDifference: one that differs is enough.
func TestOneDifference(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, "codepipeline/UpdatePipeline-source-repointed.json", nil)
	before := strings.Replace(string(e.Request().JSON("pipeline")), "mallory/web", "example-corp/web", 1)
	p := &check.Pass{Check: Check, Event: e, Basis: finding.Event, Now: checktest.Now, Ref: Check.Target(e)}
	p.Past.Before = &check.Definition{By: "arn:aws:iam::111122223333:user/carol", Trusted: true, Body: resource.SealText([]byte(before))}
	Check.Run(p)
	if got := p.Results(); len(got) != 1 || got[0].Outcome != finding.Fail || !strings.Contains(got[0].Detail, "example-corp/web -> mallory/web") || strings.Contains(got[0].Detail, "branch") {
		t.Errorf("%+v", got)
	}
}

// TestRemedy offers the former definition where somebody vouches for it, and nothing in it is masked.
func TestRemedy(t *testing.T) {
	t.Parallel()
	historytest.OffersRevert(t, Check, "codepipeline/UpdatePipeline-source-repointed.json")
}
