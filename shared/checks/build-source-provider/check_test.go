package buildsourceprovider

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

func TestRepository(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://github.com/example-org/web.git":     "example-org/web.git",
		"https://git.example.com:8443/group/sub/web": "group/sub/web",
		"github.com:example-org/web.git":             "example-org/web.git",
		"ssh://github.com/example-org/web.git":       "example-org/web.git",
		"https://github.com/example-org":             "",
		"https://github.com/example-org/":            "",
		"https://github.com":                         "",
		"https://github.com//web":                    "",
		"https://github.com/example-org/../evil/web": "",
		"":    "",
		"web": "",
	} {
		got, err := repository(buildproject.State{}, buildproject.SourceLocation{Location: location})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", location, got, err, want)
		}
	}
}

func judge(t *testing.T, o check.Options, s buildproject.State) finding.Finding {
	t.Helper()
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, State: s, Basis: finding.State, Options: o}
	Check.Run(p)
	return p.Results()[0]
}

// TestReasonsAndFacts tells the first reason of several, and names only those lists that the settings have.
func TestReasonsAndFacts(t *testing.T) {
	t.Parallel()
	none := resource.Known([]buildproject.SourceLocation{})
	whole := buildproject.SourceLocation{Type: "GITHUB", Location: wholeOrganization}
	owners := check.Options{SourceOwners: []string{"example-org"}}
	got := judge(t, owners, buildproject.State{
		Source: resource.Known(buildproject.SourceLocation{Type: "GITHUB", Location: "odd"}), Webhook: resource.Unlearned[*buildproject.Webhook](errors.New("nor webhook")),
		SecondarySources: resource.Known([]buildproject.SourceLocation{whole}),
	})
	if got.Outcome != finding.Unknown || !strings.Contains(got.Detail, "the address names no owner") {
		t.Errorf("the first of two: %+v", got)
	}
	for name, hook := range map[string]*buildproject.Webhook{"no webhook": nil, "no organization": {}} {
		if got := judge(t, owners, buildproject.State{Source: resource.Known(whole), SecondarySources: none, Webhook: resource.Known(hook)}); got.Outcome != finding.Unknown || !strings.Contains(got.Detail, "names no organization") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	elsewhere := buildproject.State{Source: resource.Known(buildproject.SourceLocation{Type: "GITHUB", Location: "https://github.com/other/web"}), SecondarySources: none}
	for want, o := range map[string]check.Options{
		"Allowed owners=example-org":                              owners,
		"Allowed providers=BITBUCKET":                             {SourceProviders: []string{"BITBUCKET"}},
		"Allowed owners=a, b Allowed providers=BITBUCKET, GITLAB": {SourceProviders: []string{"BITBUCKET", "GITLAB"}, SourceOwners: []string{"a", "b"}},
	} {
		got := judge(t, o, elsewhere)
		var facts []string
		for _, f := range got.Facts {
			facts = append(facts, f.Label+"="+f.Value)
		}
		if got.Outcome != finding.Fail || strings.Join(facts, " ") != want {
			t.Errorf("%s: %s %q", want, got.Outcome, facts)
		}
	}
	// Two colons: only the first stands for a slash.
	if path, err := repository(buildproject.State{}, buildproject.SourceLocation{Location: "github.com:example-org/web:x"}); path != "example-org/web:x" || err != nil {
		t.Errorf("%q, %v", path, err)
	}
}
