package buildtrustoverride

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

// TestByHand holds the commands to what is reported: nothing else of source and environment changes.
func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}
	yes := resource.Known(true)
	p := &check.Pass{Check: Check, Ref: ref, Basis: finding.State, State: buildproject.State{
		Source:           resource.Known(buildproject.SourceLocation{Insecure: yes}),
		SecondarySources: resource.Known([]buildproject.SourceLocation{{Identifier: "tools", Insecure: yes}}),
		Variables:        resource.Known([]string{"https_proxy", "LEVEL", "LD_PRELOAD"}),
	}}
	Check.Run(p)
	got := strings.Split(p.Results()[0].ByHand, "\n")
	if len(got) != 3 || got[0] != buildproject.Edit(ref, "source", ".insecureSsl = false") ||
		!strings.Contains(got[1], ` --secondary-sources "$(`) || !strings.Contains(got[1], "projects[0].secondarySources") ||
		!strings.HasSuffix(got[2], `jq -c '.environmentVariables |= map(select(.name | IN("https_proxy","LD_PRELOAD") | not))')"`) {
		t.Errorf("commands: %q", got)
	}
}
