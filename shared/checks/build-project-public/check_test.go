package buildprojectpublic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestByHand shows the command with the project's own ARN, whichever partition it is in, and with a question where no ARN was told.
func TestByHand(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws-cn:codebuild:cn-north-1:111122223333:project/p": "aws codebuild update-project-visibility --project-arn arn:aws-cn:codebuild:cn-north-1:111122223333:project/p --project-visibility PRIVATE",
		"": `aws codebuild update-project-visibility --project-arn "$(aws codebuild batch-get-projects --names p --query 'projects[0].arn' --output text)" --project-visibility PRIVATE`,
	} {
		if got := report(t, buildproject.State{ARN: arn}).ByHand; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestManyCredentialNamesAreNotAllListed(t *testing.T) {
	t.Parallel()
	names := []string{"A_TOKEN", "B_TOKEN", "C_TOKEN", "D_TOKEN", "E_TOKEN", "F_TOKEN", "PLAIN"}
	f := report(t, buildproject.State{ARN: "x", PlaintextVariables: resource.Known(names)})
	if !strings.Contains(f.Detail, "6 of its 7 plaintext variables are named like credentials (A_TOKEN, B_TOKEN, C_TOKEN, D_TOKEN, E_TOKEN, …)") {
		t.Errorf("detail: %s", f.Detail)
	}
	f = report(t, buildproject.State{ARN: "x", PlaintextVariables: resource.Known([]string{"npm_token"})})
	if !strings.Contains(f.Detail, "1 of its 1 plaintext variables is named like credentials (npm_token)") {
		t.Errorf("detail: %s", f.Detail)
	}
}

func report(t *testing.T, s buildproject.State) finding.Finding {
	t.Helper()
	s.Visibility = resource.Known(buildproject.Public)
	p := &check.Pass{Check: Check, Ref: resource.Ref{Kind: "buildproject", ID: "p", Region: "eu-west-1"}, State: s, Basis: finding.State}
	Check.Run(p)
	if len(p.Results()) != 1 || p.Results()[0].Outcome != finding.Fail {
		t.Fatalf("results: %+v", p.Results())
	}
	return p.Results()[0]
}

// TestFacts tells of role and variables where there are any.
func TestFacts(t *testing.T) {
	t.Parallel()
	public := finding.Fact{Label: "Visibility", Value: "PUBLIC_READ"}
	for _, c := range []struct {
		about     string
		role      resource.Fact[string]
		variables resource.Fact[[]string]
		want      []finding.Fact
	}{
		{"nothing known", resource.Fact[string]{}, resource.Fact[[]string]{}, []finding.Fact{public}},
		{"nothing there", resource.Known(""), resource.Known([]string{}), []finding.Fact{public}},
		{"both", resource.Known("visitors"), resource.Known([]string{"LEVEL"}), []finding.Fact{public, {Label: "Access role", Value: "visitors"}, {Label: "Variables", Value: "1 in plain text"}}},
	} {
		f := report(t, buildproject.State{ARN: "x", AccessRole: c.role, PlaintextVariables: c.variables})
		if diff := cmp.Diff(c.want, f.Facts); diff != "" || strings.Contains(f.Detail, "bounded by what the access role may read") != (len(c.want) > 1) {
			t.Errorf("%s: %s%s", c.about, f.Detail, diff)
		}
	}
	five := report(t, buildproject.State{ARN: "x", PlaintextVariables: resource.Known([]string{"A_TOKEN", "B_TOKEN", "C_TOKEN", "D_TOKEN", "E_TOKEN"})})
	if !strings.Contains(five.Detail, "(A_TOKEN, B_TOKEN, C_TOKEN, D_TOKEN, E_TOKEN);") {
		t.Errorf("all that are listed: %s", five.Detail)
	}
}
