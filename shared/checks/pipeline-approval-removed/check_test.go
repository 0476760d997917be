package pipelineapprovalremoved

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/history/historytest"
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

// TestRemedy offers the former definition where somebody vouches for it, and nothing in it is masked.
func TestRemedy(t *testing.T) {
	t.Parallel()
	historytest.OffersRevert(t, Check, "codepipeline/UpdatePipeline-approval-removed.json")
}
