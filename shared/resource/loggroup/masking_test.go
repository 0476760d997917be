package loggroup

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/secret"
)

// TestCustomIdentifiers holds them to what CloudWatch Logs takes, and to what they are for.
func TestCustomIdentifiers(t *testing.T) {
	t.Parallel()
	taken := regexp.MustCompile(`^[a-zA-Z0-9_#=@/;, \-^$?\[\]{}|\\*+.]{1,200}$`)
	named := regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	body := strings.Repeat("aB3dE6", 6)
	for _, one := range CustomIdentifiers() {
		token, ok := map[string]string{
			"pipewarden-aws-access-key-id": "AKIA" + "Q3EGUSER7XNAMPL2", "pipewarden-github-token": "ghp_" + body, "pipewarden-github-fine-grained-token": "github_pat_" + body,
			"pipewarden-gitlab-token": "glpat-" + body[:20], "pipewarden-npm-token": "npm_" + body, "pipewarden-pypi-token": "pypi-AgEIcHlwaS5vcmc" + body,
			"pipewarden-slack-token": "xoxb-1234567890-" + body, "pipewarden-json-web-token": "eyJ" + body + ".eyJ" + body + "." + body,
		}[one.Name]
		whole := regexp.MustCompile(one.Regex).FindString("token " + token + " end")
		if !ok || whole != token || !taken.MatchString(one.Regex) || !named.MatchString(one.Name) || len(one.Rules) == 0 {
			t.Errorf("%s: of %q it takes %q", one.Name, token, whole)
		}
		for _, harmless := range []string{"npm_config_registry=https://registry.npmjs.org", "glance-api is up", "github_pattern", "eyJustAName", "xoxo-", "AKIAN"} {
			if found := regexp.MustCompile(one.Regex).FindString(harmless); found != "" {
				t.Errorf("%s takes %q of %q", one.Name, found, harmless)
			}
		}
	}
	if n := len(CustomIdentifiers()); n > MostCustom {
		t.Errorf("%d are too many", n)
	}
	list := CustomIdentifiers()
	list[0].Name = "other"
	if custom[0].Name == "other" {
		t.Error("the list itself is given away")
	}
}

func TestManagedIdentifiers(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1": "arn:aws:dataprotection::aws:data-identifier/AwsSecretKey", "cn-north-1": "arn:aws-cn:dataprotection::aws:data-identifier/AwsSecretKey",
	} {
		if got := ManagedIdentifiers(region); len(got) != 5 || !slices.Contains(got, want) {
			t.Errorf("%s: %v", region, got)
		}
	}
}

// TestMasks: what is a matter of a name, such as PASSWORD=value, no identifier recognises.
func TestMasks(t *testing.T) {
	t.Parallel()
	for rule, masked := range map[string]bool{secret.SecretKey: true, "private-key": true, "github-pat": true, "jwt": true, secret.SecretVariable: false, secret.URLCredentials: false, "": false} {
		if Masks(rule) != masked {
			t.Errorf("%s: %v", rule, !masked)
		}
	}
}
