package organization_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/organization"
)

// grown is an organisation: the accounts and the units below each of its units.
type grown struct{ accounts, units map[string][]string }

func (g grown) fake(t *testing.T) *awstest.Fake {
	t.Helper()
	return awstest.New(t).
		On("organizations.DescribeOrganization", &organizations.DescribeOrganizationOutput{Organization: &types.Organization{MasterAccountId: aws.String("111122223333")}}).
		On("organizations.ListRoots", &organizations.ListRootsOutput{Roots: []types.Root{{Id: aws.String("r-1")}}}).
		On("organizations.ListAccountsForParent", func(in any) (any, error) {
			asked, _ := in.(*organizations.ListAccountsForParentInput)
			out := &organizations.ListAccountsForParentOutput{}
			below := g.accounts[*asked.ParentId]
			if asked.NextToken != nil {
				below = below[1:]
			} else if len(below) > 1 { // a page each
				below, out.NextToken = below[:1], aws.String("more")
			}
			for _, id := range below {
				state := types.AccountStateActive
				if id == "777788889999" {
					state = types.AccountStateSuspended
				}
				out.Accounts = append(out.Accounts, types.Account{Id: aws.String(id), Name: aws.String("name of " + id), State: state})
			}
			return out, nil
		}).
		On("organizations.ListOrganizationalUnitsForParent", func(in any) (any, error) {
			asked, _ := in.(*organizations.ListOrganizationalUnitsForParentInput)
			out := &organizations.ListOrganizationalUnitsForParentOutput{}
			for _, id := range g.units[*asked.ParentId] {
				out.OrganizationalUnits = append(out.OrganizationalUnits, types.OrganizationalUnit{Id: aws.String(id)})
			}
			return out, nil
		})
}

func TestWalk(t *testing.T) {
	t.Parallel()
	f := grown{
		accounts: map[string][]string{"r-1": {"111122223333"}, "ou-1-web": {"444455556666", "777788889999"}, "ou-1-inner": {"222233334444"}},
		units:    map[string][]string{"r-1": {"ou-1-web", "ou-1-empty"}, "ou-1-web": {"ou-1-inner"}},
	}.fake(t)
	var got []string
	for a, err := range organization.Walk(t.Context(), f.Config()) {
		if err != nil {
			t.Fatal(err)
		}
		line := strings.Join(append([]string{a.ID, a.Name, a.State}, a.Units...), " ")
		if a.Management {
			line += " management"
		}
		got = append(got, line)
	}
	want := []string{
		"111122223333 name of 111122223333 ACTIVE r-1 management", "444455556666 name of 444455556666 ACTIVE ou-1-web r-1",
		"777788889999 name of 777788889999 SUSPENDED ou-1-web r-1", "222233334444 name of 222233334444 ACTIVE ou-1-inner ou-1-web r-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	f.ExpectActions(organization.WalkActions)
}

func TestWalkEndsWhereNobodyWantsMore(t *testing.T) {
	t.Parallel()
	f := grown{accounts: map[string][]string{"r-1": {"111122223333"}, "ou-1-a": {"444455556666"}}, units: map[string][]string{"r-1": {"ou-1-a"}}}.fake(t)
	n := 0
	for range organization.Walk(t.Context(), f.Config()) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d accounts", n)
	}
}

func TestWalkFails(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"DescribeOrganization", "ListRoots", "ListAccountsForParent", "ListOrganizationalUnitsForParent"} {
		f := grown{units: map[string][]string{"r-1": {"ou-1-a"}}}.fake(t).On("organizations."+broken, awstest.Error("AccessDeniedException"))
		var last error
		for _, err := range organization.Walk(t.Context(), f.Config()) {
			last = errors.Join(last, err)
		}
		if last == nil || !strings.Contains(last.Error(), "AccessDenied") {
			t.Errorf("%s: %v", broken, last)
		}
	}
	// A unit that lies in itself is no reason to walk for ever.
	f := grown{units: map[string][]string{"r-1": {"ou-1-a"}, "ou-1-a": {"ou-1-a"}}}.fake(t)
	for _, err := range organization.Walk(t.Context(), f.Config()) {
		if err == nil || !strings.Contains(err.Error(), "more than 6 units") {
			t.Errorf("a circle: %v", err)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("organizations.DescribeAccount", &organizations.DescribeAccountOutput{Account: &types.Account{
		Id: aws.String("444455556666"), Name: aws.String("web"), State: types.AccountStateSuspended,
	}})
	got, ok, err := organization.Describe(t.Context(), f.Config(), "444455556666")
	if err != nil || !ok || got.ID != "444455556666" || got.Name != "web" || got.State != "SUSPENDED" {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	f.ExpectActions(organization.AccountActions)
	f = awstest.New(t).On("organizations.DescribeAccount", awstest.Error("AccountNotFoundException"))
	if got, ok, err := organization.Describe(t.Context(), f.Config(), "999999999999"); ok || err != nil {
		t.Errorf("a stranger: %+v, %v, %v", got, ok, err)
	}
	f = awstest.New(t).On("organizations.DescribeAccount", awstest.Error("AccessDeniedException"))
	if _, ok, err := organization.Describe(t.Context(), f.Config(), "444455556666"); ok || err == nil {
		t.Errorf("denied: %v, %v", ok, err)
	}
}
