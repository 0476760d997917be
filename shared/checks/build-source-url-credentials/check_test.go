package buildsourceurlcredentials

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
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
