package roletrustunbounded

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.State](t, Check)
}

func TestEveryBreadthIsWorded(t *testing.T) {
	t.Parallel()
	for b := role.AnySource; b <= role.Anyone; b++ {
		if why[b] == "" {
			t.Errorf("no words for %d", b)
		}
	}
}
