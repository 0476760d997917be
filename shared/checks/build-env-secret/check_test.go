package buildenvsecret

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

// TestByHand holds the commands to what is reported, whatever the names of variables are.
func TestByHand(t *testing.T) {
	t.Parallel()
	got := byHand(resource.Ref{ID: "p", Region: "eu-west-1"}, []string{"A_TOKEN", "it's\\(env)\n\"b\""})
	want := `aws secretsmanager create-secret --region eu-west-1 --name p/A_TOKEN --secret-string file:///dev/stdin  # type the new value, then Ctrl-D
aws secretsmanager create-secret --region eu-west-1 --name p/it_s__env___b_ --secret-string file:///dev/stdin  # type the new value, then Ctrl-D
aws codebuild update-project --region eu-west-1 --name p --environment "$(aws codebuild batch-get-projects --region eu-west-1 --names p --query 'projects[0].environment' --output json | jq -c '.environmentVariables |= map(if .name == "A_TOKEN" then .type = "SECRETS_MANAGER" | .value = "p/A_TOKEN" else . end | if .name == "it'\''s\\(env)\n\"b\"" then .type = "SECRETS_MANAGER" | .value = "p/it_s__env___b_" else . end)')"`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestMany: of many variables a message names a few.
func TestMany(t *testing.T) {
	t.Parallel()
	var found []secret.Found
	for _, name := range strings.Fields("A B C D E F G") {
		found = append(found, secret.Variable(name+"_TOKEN", "hunter2")...)
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, buildproject.State{VariableSecrets: resource.Known(found)})
	if f.Title != "7 variables of p hold secrets in plain text" || !strings.Contains(f.Detail, "and 2 more") || len(f.Facts) != 5 || strings.Count(f.ByHand, "\n") != 5 {
		t.Errorf("%+v", f)
	}
	if all := f.Title + f.Detail + f.ByHand + f.Facts[0].Value; strings.Contains(all, "hunter2") {
		t.Errorf("a value is shown: %s", all)
	}
}

// TestInName holds the name of a secret to what Secrets Manager takes, to the first and the last of each range.
func TestInName(t *testing.T) {
	t.Parallel()
	if got, want := strings.Map(inName, "azAZ09_-."), "azAZ09_-."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := strings.Map(inName, "`{@[/: é"), "________"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
