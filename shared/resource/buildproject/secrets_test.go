package buildproject

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// wheres are where the secrets of a part were found; unknown says why it is.
func wheres(part resource.Fact[[]secret.Found]) string {
	found, known := part.Get()
	if !known {
		return part.Err().Error()
	}
	out := []string{}
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s:%d", f.Where, f.Line))
	}
	return strings.Join(out, " ")
}

func TestSecretsRead(t *testing.T) {
	t.Parallel()
	const inline = "version: 0.2\nenv:\n  variables:\n    DB_PASSWORD: " + password + "\n"
	for name, c := range map[string]struct {
		project                     types.Project
		variables, specs, addresses string
	}{
		"nothing": {types.Project{}, "", "", ""},
		"variables": {types.Project{Environment: &types.ProjectEnvironment{EnvironmentVariables: []types.EnvironmentVariable{
			{Name: new("DB_PASSWORD"), Value: new(password), Type: types.EnvironmentVariableTypePlaintext},
			{Name: new("API_KEY"), Value: new(password)},
			{Name: new("NPM_TOKEN"), Value: new(password), Type: types.EnvironmentVariableTypeSecretsManager},
			{Name: new("S_SECRET"), Value: new(password), Type: types.EnvironmentVariableTypeParameterStore},
			{Name: new("LOG_LEVEL"), Value: new("info")},
			{Name: new("A_TOKEN"), Value: new("/prod/token")},
			{},
		}}}, "DB_PASSWORD:0 API_KEY:0", "", ""},
		"buildspecs": {types.Project{
			Source:           &types.ProjectSource{Buildspec: new(inline)},
			SecondarySources: []types.ProjectSource{{SourceIdentifier: new("tools"), Buildspec: new("ci/build.yml")}, {SourceIdentifier: new("more"), Buildspec: new("version: 0.2\n# DB_PASSWORD=" + password + "1a\n")}},
		}, "", "source, variable DB_PASSWORD:4 source more:2", ""},
		"addresses": {types.Project{
			Source:           &types.ProjectSource{Location: new("https://bob:" + password + "@github.com/x/y.git")},
			SecondarySources: []types.ProjectSource{{SourceIdentifier: new("tools"), Location: new("https://bob:" + password + "@bitbucket.org/x/y.git")}, {Location: new("https://git@github.com/x/y")}},
		}, "", "", "source:0 source tools:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.project.Name = new("payments-api")
			s, err := stateOf(&c.project)
			if err != nil {
				t.Fatal(err)
			}
			if a, b, d := wheres(s.VariableSecrets), wheres(s.SpecSecrets), wheres(s.SourceSecrets); a != c.variables || b != c.specs || d != c.addresses {
				t.Errorf("%q %q %q", a, b, d)
			}
			if holds, err := s.HoldsSecret(); holds != (c.variables+c.specs+c.addresses != "") || err != nil {
				t.Errorf("holds %v, %v", holds, err)
			}
			if strings.Contains(fmt.Sprintf("%+v", s), password) {
				t.Error("a secret is shown")
			}
		})
	}
}

func TestSecretsTold(t *testing.T) {
	t.Parallel()
	const untold = "the event does not tell it"
	variable := func(value string) []any {
		return []any{map[string]any{"name": "DB_PASSWORD", "value": value, "type": "PLAINTEXT"}}
	}
	for name, c := range map[string]struct {
		sample                      string
		change                      map[string]any
		variables, specs, addresses string
		holds                       string
	}{
		"created":             {"CreateProject", nil, "", "", "", "false <nil>"},
		"updated":             {"UpdateProject", nil, "", untold, untold, "false " + untold},
		"updated, all":        {"UpdateProject", map[string]any{"requestParameters.secondarySources": []any{}}, "", "", "", "false <nil>"},
		"variable":            {"UpdateProject", map[string]any{"requestParameters.environment.environmentVariables": variable(password)}, "DB_PASSWORD:0", untold, untold, "true <nil>"},
		"hidden":              {"CreateProject", map[string]any{"requestParameters.environment.environmentVariables": variable(secret.Hidden)}, errHidden.Error(), "", "", "false " + errHidden.Error()},
		"buildspec":           {"UpdateProject", map[string]any{"requestParameters.source.buildspec": "version: 0.2\nenv: {variables: {PASSWORD: " + password + "}}"}, "", "source, variable PASSWORD:2", untold, "true <nil>"},
		"address":             {"UpdateProject", map[string]any{"requestParameters.source.location": "https://bob:" + password + "@github.com/x/y"}, "", untold, "source:0", "true <nil>"},
		"not sent":            {"UpdateProject", map[string]any{"requestParameters.source": nil, "requestParameters.environment": nil}, untold, untold, untold, "false " + untold},
		"something else sent": {"UpdateProject-only-artifacts", nil, untold, untold, untold, "false " + untold},
		"a webhook":           {"CreateWebhook", nil, untold, untold, untold, "false " + untold},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := Kind.Told(checktest.Sample(t, "codebuild/"+c.sample+".json", c.change))
			if !ok {
				t.Fatal("nothing told")
			}
			if a, b, d := wheres(s.VariableSecrets), wheres(s.SpecSecrets), wheres(s.SourceSecrets); a != c.variables || b != c.specs || d != c.addresses {
				t.Errorf("%q %q %q", a, b, d)
			}
			if holds, err := s.HoldsSecret(); fmt.Sprint(holds, " ", err) != c.holds {
				t.Errorf("holds %v, %v", holds, err)
			}
		})
	}
}
