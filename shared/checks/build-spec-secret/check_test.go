package buildspecsecret

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand asks for the member that holds the buildspec.
func TestByHand(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		"source": "--source file://", "source, variable X": "--source file://", "source tools": "--secondary-sources file://", "source tools, variable X": "--secondary-sources file://",
	} {
		f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{SpecSecrets: resource.Known([]secret.Found{{Rule: "jwt", Where: where, Line: 3}})})
		if !strings.Contains(f.ByHand, want) || strings.Contains(f.ByHand, "tools") || strings.Contains(f.ByHand, "X") {
			t.Errorf("%s: %s", where, f.ByHand)
		}
	}
}
