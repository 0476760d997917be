package builddefinitionchanged

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
