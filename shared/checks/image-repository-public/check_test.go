package imagerepositorypublic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
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
