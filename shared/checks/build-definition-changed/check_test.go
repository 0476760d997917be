package builddefinitionchanged

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[any](t, Check)
}
