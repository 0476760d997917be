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

// TestMany: of many places a message names a few. What was read does not hang on an event.
func TestMany(t *testing.T) {
	t.Parallel()
	var found []secret.Found
	for line := range 7 {
		found = append(found, secret.Found{Rule: "jwt", Where: "source", Line: line + 1, Masked: "eyJh…"})
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{SpecSecrets: resource.Known(found)})
	if !strings.Contains(f.Detail, "and 2 more") || len(f.Facts) != 5 || strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("%s %+v", f.Detail, f.Facts)
	}
}
