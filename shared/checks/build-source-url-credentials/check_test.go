package buildsourceurlcredentials

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

// TestByHand changes those members that hold credentials, and no others.
func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}
	for wheres, want := range map[string][2]bool{"source": {true, false}, "source tools": {false, true}, "source,source tools": {true, true}} {
		got := byHand(ref, strings.Split(wheres, ","))
		if has := [2]bool{strings.Contains(got, "--source \"$("), strings.Contains(got, "--secondary-sources \"$(")}; has != want || strings.Contains(got, "tools") {
			t.Errorf("%s: %s", wheres, got)
		}
	}
}

// TestMany: of many places a message names a few, and of the sources those that have an address.
func TestMany(t *testing.T) {
	t.Parallel()
	var found []secret.Found
	for range 7 {
		found = append(found, secret.Found{Rule: "url-credentials", Where: "source", Masked: "hunt…"})
	}
	state := buildproject.State{
		Source: resource.Known(buildproject.SourceLocation{Type: "CODEPIPELINE"}), SourceSecrets: resource.Known(found),
		SecondarySources: resource.Known([]buildproject.SourceLocation{{Type: "GITHUB", Location: "https://git.example.com/app.git"}}),
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, state)
	if !strings.Contains(f.Detail, "and 2 more") || len(f.Facts) != 1+5 || f.Facts[0].Value != "https://git.example.com/app.git" {
		t.Errorf("%s %+v", f.Detail, f.Facts)
	}
}
