package roleunusedpermissions

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.Accessed](t, Check)
}
