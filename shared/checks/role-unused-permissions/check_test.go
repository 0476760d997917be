package roleunusedpermissions

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.Accessed](t, Check)
}

func TestSome(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{"a b c d e f g h i j": "a, b, c, d, e, f, g, h, i, j", "a b c d e f g h i j k": "a, b, c, d, e, f, g, h, i, j and 1 more"} {
		if got := some(strings.Fields(list)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPeriod holds the time to what the finding tells: 90 days.
func TestPeriod(t *testing.T) {
	t.Parallel()
	const told = 90 * 24 * time.Hour
	for ago, want := range map[time.Duration]finding.Outcome{told: finding.Pass, told + 1: finding.Fail} {
		p := &check.Pass{
			Check: Check, Basis: finding.State, Now: checktest.Now, Ref: resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"},
			State: role.Accessed{Services: resource.Known([]role.Service{{Namespace: "s3", LastUsed: checktest.Now.Add(-ago)}})},
		}
		Check.Run(p)
		if got := p.Results()[0].Outcome; got != want {
			t.Errorf("%s: %s", ago, got)
		}
	}
}
