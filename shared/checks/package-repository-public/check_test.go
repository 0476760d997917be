package packagerepositorypublic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/packagedomain"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[packagedomain.Exposure](t, Check)
}

func exposed(statements string) packagedomain.Exposure {
	return packagedomain.Exposure{Document: resource.Known(json.RawMessage(`{"Statement":` + statements + `}`))}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	const own, open = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"codeartifact:*"}`, `{"Effect":"Allow","Principal":"*","Action":"codeartifact:Read*"}`
	for _, one := range []struct{ id, statements, want string }{
		{"packages", `[` + open + `]`, "aws codeartifact delete-domain-permissions-policy --domain packages --region eu-west-1"},
		{"packages/npm", open, "aws codeartifact delete-repository-permissions-policy --repository npm --domain packages --region eu-west-1"},
		{
			"packages/npm", `[` + own + `,` + open + `]`,
			"aws codeartifact get-repository-permissions-policy --repository npm --domain packages --region eu-west-1 --query policy.document --output text | " +
				"jq -c 'del(.Statement[1])' > policy.json && aws codeartifact put-repository-permissions-policy --repository npm --domain packages --region eu-west-1 --policy-document file://policy.json",
		},
	} {
		ref := resource.Ref{Kind: "packagedomain", ID: one.id, Account: "111122223333", Region: "eu-west-1"}
		got := checktest.Failure(t, Check, ref, exposed(one.statements))
		if got.ByHand != one.want {
			t.Errorf("got  %s\nwant %s", got.ByHand, one.want)
		}
		if strings.Contains(got.Detail, "all its repositories") != (one.id == "packages") {
			t.Errorf("%s: %s", one.id, got.Detail)
		}
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	for actions, want := range map[string]bool{
		`"codeartifact:*"`: true, `"*"`: true, `["codeartifact:ReadFromRepository","codeartifact:PublishPackageVersion"]`: true,
		`"codeartifact:CopyPackageVersions"`: true, `"codeartifact:PutPackageMetadata"`: true,
		`"codeartifact:ReadFromRepository"`: false, `["codeartifact:GetAuthorizationToken","codeartifact:List*"]`: false,
	} {
		got := checktest.Failure(t, Check, resource.Ref{ID: "packages"}, exposed(`[{"Effect":"Allow","Principal":"*","Action":`+actions+`}]`))
		if strings.Contains(got.Detail, "allows to publish") != want {
			t.Errorf("%s: %s", actions, got.Detail)
		}
	}
}

func TestAllButOneCall(t *testing.T) {
	t.Parallel()
	got := checktest.Failure(t, Check, resource.Ref{ID: "packages"}, exposed(`[{"Effect":"Allow","Principal":"*","NotAction":"codeartifact:DeleteDomain"}]`))
	if !strings.Contains(got.Detail, "allows to publish") {
		t.Error(got.Detail)
	}
}
