package roleshared

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	for project, want := range map[string]string{
		"project web":         "# ROLE_ARN is a role that may write the log of web and nothing else\naws codebuild update-project --name web --service-role ROLE_ARN",
		"project web;touch x": "", "project -x": "", "project ": "",
	} {
		if got := byHand(project); got != want {
			t.Errorf("%s: %s", project, got)
		}
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{"a b c": "a, b, c", "a b c d": "a, b, c and 1 more"} {
		if got := some(strings.Fields(list)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
