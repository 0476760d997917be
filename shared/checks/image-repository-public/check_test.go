package imagerepositorypublic

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[imagerepository.Exposure](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "imagerepository", ID: "team/web", Account: "111122223333", Region: "eu-west-1"}
	const own, open = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:*"}`, `{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}`
	for statements, want := range map[string]string{
		`[` + open + `]`: "aws ecr delete-repository-policy --repository-name team/web --region eu-west-1",
		open:             "aws ecr delete-repository-policy --repository-name team/web --region eu-west-1",
		`[` + open + `,` + own + `,` + open + `]`: "aws ecr get-repository-policy --repository-name team/web --region eu-west-1 --query policyText --output text | " +
			"jq -c 'del(.Statement[0,2])' > policy.json && aws ecr set-repository-policy --repository-name team/web --region eu-west-1 --policy-text file://policy.json",
	} {
		got := checktest.Failure(t, Check, ref, imagerepository.Exposure{Document: resource.Known(json.RawMessage(`{"Statement":` + statements + `}`))})
		if got.ByHand != want {
			t.Errorf("%s\n got  %s\n want %s", statements, got.ByHand, want)
		}
		if strings.Contains(got.Detail, "push") {
			t.Errorf("nobody may push: %s", got.Detail)
		}
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	for actions, want := range map[string]bool{
		`"ecr:*"`: true, `"*"`: true, `["ecr:BatchGetImage","ecr:PutImage"]`: true, `"ecr:Put*"`: true, `"ecr:InitiateLayerUpload"`: true,
		`"ecr:BatchGetImage"`: false, `"ecr:Get*"`: false, `["ecr:GetDownloadUrlForLayer","ecr:DescribeImages"]`: false,
	} {
		policy := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":` + actions + `}]}`
		got := checktest.Failure(t, Check, resource.Ref{ID: "web"}, imagerepository.Exposure{Document: resource.Known(json.RawMessage(policy))})
		if strings.Contains(got.Detail, "allows to push") != want {
			t.Errorf("%s: %s", actions, got.Detail)
		}
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	policy := `{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"ecr:DeleteRepository"}]}`
	got := checktest.Failure(t, Check, resource.Ref{ID: "web"}, imagerepository.Exposure{Document: resource.Known(json.RawMessage(policy))})
	if !strings.HasPrefix(got.Detail, "Statement 1 ") || !strings.Contains(got.Detail, "allows to push") {
		t.Errorf("all but one call: %s", got.Detail)
	}
}

func TestTag(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{"1.4.3": true, "$(id)": false} {
		e := checktest.Sample(t, "ecr-public/PutImage.json", map[string]any{"requestParameters.imageTag": tag})
		p := &check.Pass{Check: Check, Event: e, Actor: identity.Judge(check.Caller(e), identity.Rules{}), Now: checktest.Now, Ref: imagerepository.Policy.About(e)[0], State: imagerepository.Exposure{}}
		Check.Run(p)
		if got := slices.Contains(p.Results()[0].Facts, finding.Fact{Label: "Tag", Value: tag}); got != want {
			t.Errorf("%s: %+v", tag, p.Results()[0].Facts)
		}
	}
}
