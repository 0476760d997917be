package roleshared

import (
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
