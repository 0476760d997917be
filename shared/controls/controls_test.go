package controls_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/controls"
)

// TestNoRequirementIsNamedTwice looks at every check, since themes and single requirements are put together there.
func TestNoRequirementIsNamedTwice(t *testing.T) {
	t.Parallel()
	all := map[string][]check.Control{"public storage": controls.PublicStorage, "changed without MFA": controls.ChangedWithoutMFA}
	for _, c := range checks.All() {
		all[c.ID] = c.Controls
	}
	for name, list := range all {
		seen := map[string]bool{}
		for _, c := range list {
			key := c.Framework + " " + c.Version + " " + c.ID
			if seen[key] {
				t.Errorf("%s names %s twice", name, key)
			}
			seen[key] = true
			if c.Source == "" {
				t.Errorf("%s does not say where %s was read", name, key)
			}
		}
		if len(list) == 0 {
			t.Errorf("%s supports nothing", name)
		}
	}
}
