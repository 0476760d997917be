package role_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func policyOf(t *testing.T, name, arn, text string) role.Policy {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return role.Policy{Name: name, ARN: arn, Document: resource.Known(role.Document{Document: d})}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	pass := `{"Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}`
	run := `{"Statement":{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}}`
	escalates := func(p *privilege.Permissions) bool { return len(p.Escalations()) > 0 }
	for name, one := range map[string]struct {
		policies []role.Policy
		want     string
	}{
		"one alone":    {[]role.Policy{policyOf(t, "admin", "", everything), policyOf(t, "little", "", little)}, "policy admin"},
		"two, each":    {[]role.Policy{policyOf(t, "a", "", everything), policyOf(t, "little", "", little), policyOf(t, "b", "", everything)}, "policies a and b"},
		"two together": {[]role.Policy{policyOf(t, "a", "", pass), policyOf(t, "b", "", run), policyOf(t, "little", "", little)}, "policies a and b"},
		"two of three": {[]role.Policy{policyOf(t, "a", "", pass), policyOf(t, "b", "", run), policyOf(t, "c", "", run)}, "policy a"},
		"none singly":  {[]role.Policy{policyOf(t, "a", "", pass), policyOf(t, "b", "", run), policyOf(t, "c", "", run), policyOf(t, "d", "", pass)}, "policies together"},
	} {
		s := role.Permissions{Policies: one.policies, Whole: resource.Known(true), Boundary: resource.Known("")}
		if got := role.Names(s.From(escalates)); got != one.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTakeAwayCommands(t *testing.T) {
	t.Parallel()
	first := "# first give it a policy with what it needs, or its builds break\n"
	for _, one := range []struct {
		role   string
		policy role.Policy
		want   string
	}{
		{"ci", role.Policy{Name: "logs"}, first + "aws iam delete-role-policy --role-name ci --policy-name logs"},
		{"ci", role.Policy{Name: "web", ARN: ownPolicy}, first + "aws iam detach-role-policy --role-name ci --policy-arn " + ownPolicy},
		{"ci", role.Policy{Name: "logs;touch x"}, ""},
		{"ci", role.Policy{Name: "-x"}, ""},
		{"ci", role.Policy{ARN: "arn:aws:iam::1:policy/$(x)"}, ""},
		{"ci;x", role.Policy{Name: "logs"}, ""},
		{"-ci", role.Policy{Name: "logs"}, ""},
	} {
		ref := resource.Ref{Kind: "role", ID: one.role}
		if diff := cmp.Diff(one.want, role.TakeAwayCommands(ref, []role.Policy{one.policy})); diff != "" {
			t.Error(diff)
		}
		if shown := role.ShowTrustCommand(ref); (shown == "") != (one.role != "ci") {
			t.Errorf("%s: %s", one.role, shown)
		}
	}
	if got := role.TakeAwayCommands(resource.Ref{ID: "ci"}, nil); got != "" {
		t.Errorf("nothing is taken away by %q", got)
	}
}

func TestCalledAndPath(t *testing.T) {
	t.Parallel()
	used := []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web"}, As: "service role"}, {User: resource.Ref{Kind: "buildproject", ID: "api"}, As: "service role"}}
	ref := resource.Ref{Kind: "role", ID: "ci"}
	if got := role.Called(ref, used); got != "role ci (service role of api and 1 more)" {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"buildproject api", "role ci", "policy admin"}, role.Path(ref, used, "policy admin")); diff != "" {
		t.Error(diff)
	}
	if !role.Delivers(used) || role.Delivers([]resource.Use{{As: "trail logs"}}) {
		t.Error("who uses it")
	}
}
