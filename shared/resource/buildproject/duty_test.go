package buildproject

import (
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestDuties(t *testing.T) {
	t.Parallel()
	pulls := resource.Known(&Webhook{Groups: resource.Known([]Group{{{Type: FilterEvent, Pattern: "PULL_REQUEST_CREATED"}}})})
	pushes := resource.Known(&Webhook{Groups: resource.Known([]Group{{{Type: FilterEvent, Pattern: "PUSH"}}})})
	from := func(kind string) resource.Fact[SourceLocation] { return resource.Known(SourceLocation{Type: kind}) }
	spec := func(text string) resource.Sealed {
		sealed, err := resource.Seal(map[string]any{"source": map[string]any{"buildspec": text}})
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	for name, one := range map[string]struct {
		state State
		want  []string
	}{
		"nothing known":          {State{}, nil},
		"pushes":                 {State{Webhook: pushes, Source: from("GITHUB")}, nil},
		"pull requests":          {State{Webhook: pulls, Source: from("GITHUB")}, []string{PullRequestRole}},
		"of a pipeline":          {State{Webhook: resource.Known[*Webhook](nil), Source: from("CODEPIPELINE")}, []string{DeployingRole}},
		"deploys by itself":      {State{Webhook: pushes, Source: from("GITHUB"), Definition: spec("phases:\n  build:\n    commands:\n      - npx cdk deploy --all\n")}, []string{DeployingRole}},
		"tests by itself":        {State{Webhook: pushes, Source: from("GITHUB"), Definition: spec("phases:\n  build:\n    commands:\n      - npx cdk synth\n")}, nil},
		"both":                   {State{Webhook: pulls, Definition: spec("terraform apply")}, []string{PullRequestRole, DeployingRole}},
		"a definition in pieces": {State{Definition: resource.SealText([]byte(`{"source":`))}, nil},
	} {
		if got := one.state.duties(); !slices.Equal(got, one.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	state := State{ServiceRole: resource.Known("arn:aws:iam::111122223333:role/build"), Webhook: pulls}
	role := resource.Ref{Kind: "role", ID: "build", Account: "111122223333"}
	for _, as := range []string{"service role", PullRequestRole} {
		if got := Kind.LeansOn(ref, state); !slices.Contains(got, resource.Uses{Ref: role, As: as}) {
			t.Errorf("%s is missing: %v", as, got)
		}
	}
}
