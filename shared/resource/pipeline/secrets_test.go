package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/secret"
)

func TestSecretsRead(t *testing.T) {
	t.Parallel()
	action := func(a types.ActionDeclaration) types.PipelineDeclaration {
		a.Name = new("Build")
		return types.PipelineDeclaration{Stages: []types.StageDeclaration{{Name: new("CI"), Actions: []types.ActionDeclaration{a}}}}
	}
	for name, c := range map[string]struct {
		pipeline types.PipelineDeclaration
		want     string
	}{
		"nothing":       {action(types.ActionDeclaration{Configuration: map[string]string{"ProjectName": "payments-api"}}), ""},
		"masked":        {action(types.ActionDeclaration{Configuration: map[string]string{"OAuthToken": "****"}}), "CI/Build: OAuthToken oauth-token;"},
		"hidden":        {action(types.ActionDeclaration{Configuration: map[string]string{"OAuthToken": secret.Hidden}}), "CI/Build: OAuthToken oauth-token;"},
		"configuration": {action(types.ActionDeclaration{Configuration: map[string]string{"EnvironmentVariables": `[{"name":"DB_PASSWORD","value":"` + hush + `","type":"PLAINTEXT"}]`}}), "CI/Build: EnvironmentVariables DB_PASSWORD secret-variable;"},
		"compute": {action(types.ActionDeclaration{
			Commands: []string{"make", "export DB_PASSWORD=" + hush + "1"},
			EnvironmentVariables: []types.EnvironmentVariable{
				{Name: new("A_TOKEN"), Value: new(hush)}, {Name: new("B_TOKEN"), Value: new(hush), Type: types.EnvironmentVariableTypeSecretsManager},
			},
		}), "CI/Build: variable A_TOKEN secret-variable;CI/Build: commands secret-variable;"},
		"variables": {types.PipelineDeclaration{
			Variables: []types.PipelineVariableDeclaration{{Name: new("API_KEY"), DefaultValue: new(hush)}, {Name: new("TAG"), DefaultValue: new("latest")}, {}},
			Stages:    []types.StageDeclaration{{Name: new("CI")}},
		}, "variable API_KEY secret-variable;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := stateOf(&c.pipeline, "eu-west-1")
			if err != nil {
				t.Fatal(err)
			}
			found, known := s.Secrets.Get()
			got := ""
			for _, f := range found {
				got += f.Where + " " + f.Rule + ";"
			}
			if got != c.want || !known {
				t.Errorf("%s (known %v), want %s", got, known, c.want)
			}
			if strings.Contains(fmt.Sprintf("%+v", s), hush) {
				t.Error("a secret is shown")
			}
		})
	}
}

func TestSecretsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sample string
		stages any
		want   string
	}{
		"as recorded":                  {"UpdatePipeline", nil, "[]"},
		"masked token":                 {"UpdatePipeline-oauth-masked", nil, "[Source/Checkout: OAuthToken oauth-token]"},
		"no stages":                    {"UpdatePipeline", []any{}, errWritten.Error()},
		"not as the service writes it": {"UpdatePipeline", []any{map[string]any{"name": "CI", "actions": []any{map[string]any{"configuration": hush}}}}, errWritten.Error()},
		"variables": {"UpdatePipeline", []any{map[string]any{"name": "CI", "actions": []any{map[string]any{"name": "Build", "configuration": map[string]any{
			"EnvironmentVariables": `[{"name":"DB_PASSWORD","value":"` + hush + `"}]`,
		}}}}}, "[CI/Build: EnvironmentVariables DB_PASSWORD secret-variable]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := map[string]any{}
			if c.stages != nil {
				change["requestParameters.pipeline.stages"] = c.stages
			}
			s, ok := Kind.Told(checktest.Sample(t, "codepipeline/"+c.sample+".json", change))
			if !ok {
				t.Fatal("nothing told")
			}
			found, known := s.Secrets.Get()
			list := []string{}
			for _, f := range found {
				list = append(list, f.Where+" "+f.Rule)
			}
			got := fmt.Sprint(list)
			if !known {
				got = s.Secrets.Err().Error()
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
