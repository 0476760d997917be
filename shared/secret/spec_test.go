package secret

import (
	"fmt"
	"strings"
	"testing"
)

func TestSpec(t *testing.T) {
	t.Parallel()
	pat := "ghp_" + sample(t, "[a-zA-Z0-9]{36}", seeded("pat"))
	clean := `version: 0.2
env:
  variables:
    LOG_LEVEL: info
    DB_PASSWORD: ${DB_PASSWORD}
    RETRIES: 3
  parameter-store:
    NPM_TOKEN: /prod/npm-token
  secrets-manager:
    DB_SECRET: prod/db:password:AWSCURRENT
phases:
  build:
    commands:
      - export TOKEN=$(aws ssm get-parameter --name /prod/token)
      - docker login --password-stdin
`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"clean":     {clean, nil},
		"variable":  {strings.Replace(clean, "${DB_PASSWORD}", "hunter2", 1), []string{"5 DB_PASSWORD secret-variable"}},
		"command":   {strings.Replace(clean, "docker login --password-stdin", "docker login --password abcd1234efgh", 1), []string{"15  secret-argument"}},
		"twice":     {strings.Replace(clean, "${DB_PASSWORD}", pat, 1), []string{"5 DB_PASSWORD github-pat"}},
		"several":   {strings.Replace(clean, "info", pat, 1) + "      - curl https://a:hunter2x@example.com/\n", []string{"4 LOG_LEVEL github-pat", "16  url-credentials"}},
		"JSON":      {`{"version":0.2,"env":{"variables":{"DB_PASSWORD":"hunter2"}}}`, []string{"1 DB_PASSWORD secret-variable"}},
		"no YAML":   {"version: 0.2\n\t- :\nx: export DB_PASSWORD=abcd1234efgh\n", []string{"3  secret-variable"}},
		"not words": {"- a\n- b\n", nil},
		"list":      {"env:\n  variables:\n    - A\n", nil},
		"deep":      {"env:\n  variables:\n    A: {B: c}\n", nil},
		"empty":     {"", nil},
		"aliases":   {"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c]\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range Spec(c.text) {
				got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Where, f.Rule))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestAction(t *testing.T) {
	t.Parallel()
	pat := "ghp_" + sample(t, "[a-zA-Z0-9]{36}", seeded("pat"))
	for name, c := range map[string]struct {
		configuration map[string]string
		want          string
	}{
		"masked token":       {map[string]string{"OAuthToken": "****", "Owner": "example-org"}, "[Source/GitHub: OAuthToken oauth-token ****]"},
		"token":              {map[string]string{"OAuthToken": pat}, "[Source/GitHub: OAuthToken github-pat ghp_…]"},
		"token of no form":   {map[string]string{"OAuthToken": "0a1b2c3d4e5f6a7b"}, "[Source/GitHub: OAuthToken secret-variable 0a1b…]"},
		"resolved token":     {map[string]string{"OAuthToken": "{{resolve:secretsmanager:github:SecretString:token}}"}, "[]"},
		"variables":          {map[string]string{"EnvironmentVariables": `[{"name":"DB_PASSWORD","value":"hunter2x","type":"PLAINTEXT"},{"name":"API_TOKEN","value":"hunter2y"}]`}, "[Source/GitHub: EnvironmentVariables DB_PASSWORD secret-variable hu… Source/GitHub: EnvironmentVariables API_TOKEN secret-variable hu…]"},
		"variables by name":  {map[string]string{"EnvironmentVariables": `[{"name":"DB_PASSWORD","value":"prod/db:password","type":"SECRETS_MANAGER"},{"name":"T_TOKEN","value":"/prod/t","type":"PARAMETER_STORE"}]`}, "[]"},
		"variables, broken":  {map[string]string{"EnvironmentVariables": `[{"name":"A","value":"` + pat}, "[Source/GitHub: EnvironmentVariables github-pat ghp_…]"},
		"pipeline variables": {map[string]string{"EnvironmentVariables": `[{"name":"API_TOKEN","value":"#{variables.TOKEN}","type":"PLAINTEXT"}]`}, "[]"},
		"parameters":         {map[string]string{"ParameterOverrides": `{"DBPassword":"hunter2x","Stage":"prod","Image":{"Fn::GetParam":["Build","image.json","Tag"]}}`}, "[Source/GitHub: ParameterOverrides DBPassword secret-variable hu…]"},
		"parameters, null":   {map[string]string{"ParameterOverrides": `null`}, "[]"},
		"text":               {map[string]string{"UserParameters": "token is " + pat}, "[Source/GitHub: UserParameters github-pat ghp_…]"},
		"everyday":           {map[string]string{"ProjectName": "payments-api", "BranchName": "main", "ConnectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/x", "PollForSourceChanges": "false"}, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range Action(c.configuration, "Source/GitHub") {
				got = append(got, f.Where+" "+f.Rule+" "+f.Masked)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
