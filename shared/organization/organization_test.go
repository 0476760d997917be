package organization_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/organization"
)

func tree(above map[string]types.Parent) func(any) (any, error) {
	return func(in any) (any, error) {
		asked, _ := in.(*organizations.ListParentsInput)
		parent, ok := above[*asked.ChildId]
		if !ok {
			return &organizations.ListParentsOutput{}, nil
		}
		return &organizations.ListParentsOutput{Parents: []types.Parent{parent}}, nil
	}
}

func unit(id string) types.Parent {
	return types.Parent{Id: aws.String(id), Type: types.ParentTypeOrganizationalUnit}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("organizations.ListParents", tree(map[string]types.Parent{
		"111122223333": unit("ou-1-web"), "ou-1-web": unit("ou-1-prod"), "ou-1-prod": {Id: aws.String("r-1"), Type: types.ParentTypeRoot},
	}))
	got, err := organization.Units(t.Context(), f.Config(), "111122223333")
	if err != nil || !slices.Equal(got, []string{"ou-1-web", "ou-1-prod", "r-1"}) {
		t.Errorf("got %v, %v", got, err)
	}
	f.ExpectActions(organization.Actions)
}

func TestWhereAnAccountLiesIsNotGuessed(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		reply any
		want  string
	}{
		"a tree without a root": {tree(map[string]types.Parent{"111122223333": unit("ou-1-a"), "ou-1-a": unit("ou-1-a")}), "no root above 6 of them"},
		"an orphan":             {tree(nil), "0 of them"},
	} {
		f := awstest.New(t).On("organizations.ListParents", one.reply)
		if got, err := organization.Units(t.Context(), f.Config(), "111122223333"); got != nil || err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	f := awstest.New(t).On("organizations.ListParents", awstest.Error("AccessDeniedException"))
	if got, err := organization.Units(t.Context(), f.Config(), "111122223333"); got != nil || !awserr.IsDenied(err) {
		t.Errorf("denied: %v, %v", got, err)
	}
}
