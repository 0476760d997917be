package buildtrustoverride

import (
	"errors"
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

// judge runs the check on a project with those sources and variables.
func judge(t *testing.T, s buildproject.State) finding.Finding {
	t.Helper()
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, Basis: finding.State, State: s}
	Check.Run(p)
	return p.Results()[0]
}

func source(id string, insecure resource.Fact[bool]) buildproject.SourceLocation {
	return buildproject.SourceLocation{Identifier: id, Insecure: insecure}
}

// TestWhatIsNotKnown tells the first of the reasons, whichever part was not read.
func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	no, why := resource.Known(false), func(text string) resource.Fact[bool] { return resource.Unlearned[bool](errors.New(text)) }
	none, unread := resource.Known([]string{}), resource.Unlearned[[]string](errors.New("no variables"))
	for want, s := range map[string]buildproject.State{
		"no flag":        {Source: resource.Known(source("", why("no flag"))), SecondarySources: resource.Known([]buildproject.SourceLocation{source("a", no)}), Variables: none},
		"no first flag":  {Source: resource.Known(source("", why("no first flag"))), SecondarySources: resource.Known([]buildproject.SourceLocation{source("a", why("nor second"))}), Variables: unread},
		"no second flag": {Source: resource.Known(source("", no)), SecondarySources: resource.Known([]buildproject.SourceLocation{source("a", why("no second flag"))}), Variables: none},
		"no source":      {Source: resource.Unlearned[buildproject.SourceLocation](errors.New("no source")), SecondarySources: resource.Known([]buildproject.SourceLocation{source("a", why("nor second"))}), Variables: unread},
		"no variables":   {Source: resource.Known(source("", no)), SecondarySources: resource.Known([]buildproject.SourceLocation{}), Variables: unread},
	} {
		if got := judge(t, s); got.Outcome != finding.Unknown || !strings.HasSuffix(got.Detail, ": "+want) {
			t.Errorf("%s: %s %q", want, got.Outcome, got.Detail)
		}
	}
}

// TestOnlyWhatIsWrongIsTold holds sentences, facts and commands to what was found, one case of each alone.
func TestOnlyWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	yes, no := resource.Known(true), resource.Known(false)
	for _, c := range []struct {
		about               string
		first, second       resource.Fact[bool]
		variables           []string
		detail, facts, hand string // hand: the members that the commands change
	}{
		{"the source", yes, no, nil, "The certificate of the host is not checked for the source, so whoever stands in between can answer with other code.", "insecureSsl", "--source"},
		{"a secondary source", no, yes, nil, "The certificate of the host is not checked for the secondary source a, so whoever stands in between can answer with other code.", "insecureSsl", "--secondary-sources"},
		{"both", yes, yes, nil, "The certificate of the host is not checked for the source, the secondary source a, so whoever stands in between can answer with other code.", "insecureSsl", "--source --secondary-sources"},
		{"a variable", no, no, []string{"LD_PRELOAD"}, "LD_PRELOAD loads code into every program of the build. Values were not looked at.", "Variables", "--environment"},
	} {
		got := judge(t, buildproject.State{
			Source: resource.Known(source("", c.first)), SecondarySources: resource.Known([]buildproject.SourceLocation{source("a", c.second)}), Variables: resource.Known(c.variables),
		})
		var hand []string
		for command := range strings.Lines(got.ByHand) {
			for _, word := range strings.Fields(command) {
				if strings.HasPrefix(word, "--source") || strings.HasPrefix(word, "--secondary") || strings.HasPrefix(word, "--environment") {
					hand = append(hand, word)
				}
			}
		}
		if got.Detail != c.detail || len(got.Facts) != 1 || got.Facts[0].Label != c.facts || strings.Join(hand, " ") != c.hand {
			t.Errorf("%s: %q %v %q", c.about, got.Detail, got.Facts, hand)
		}
	}
}
