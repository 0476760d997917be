package emulator

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/organization"
)

// TestOrganizationIsWalked by the product's own reader, from the management account and from a delegated administrator, and by nobody else.
func TestOrganizationIsWalked(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	o := organised(t, a)
	workloads := o.unit(o.member(account).parent).id
	for i := range 45 { // more than two pages
		o.Add(fmt.Sprintf("9000000000%02d", i), fmt.Sprintf("account-%02d", i), workloads)
	}
	o.Suspend("900000000007")
	o.Delegate(central)
	for _, who := range []string{"123456789012", central} {
		found := map[string]organization.Account{}
		for one, err := range organization.Walk(t.Context(), a.Config(who, region)) {
			if err != nil {
				t.Fatal(err)
			}
			found[one.ID] = one
		}
		equal(t, "accounts", len(found), 49)
		want := organization.Account{ID: other, Name: "payments", State: "ACTIVE", Units: []string{o.member(other).parent, workloads, o.Root()}}
		if diff := cmp.Diff(want, found[other]); diff != "" {
			t.Error(diff)
		}
		equal(t, "suspended", found["900000000007"].State, "SUSPENDED")
		equal(t, "management", found["123456789012"].Management, true)
		units, err := organization.Units(t.Context(), a.Config(who, region), other)
		equal(t, "units", fmt.Sprint(ok(t, units, err)), fmt.Sprint(want.Units))
		one, there, err := organization.Describe(t.Context(), a.Config(who, region), account)
		equal(t, "described", fmt.Sprint(one.Name, there, err), "webtrue <nil>")
		_, there, err = organization.Describe(t.Context(), a.Config(who, region), outsider)
		equal(t, "outsider", fmt.Sprint(there, err), "false <nil>")
	}
	c := organizations.NewFromConfig(a.Config(account, region))
	described, err := c.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	equal(t, "a member knows whose it is", *ok(t, described, err).Organization.Id, org)
	_, err = c.ListRoots(t.Context(), &organizations.ListRootsInput{})
	refused(t, err, "AccessDeniedException")
	_, err = organizations.NewFromConfig(a.Config(outsider, region)).DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	refused(t, err, "AWSOrganizationsNotInUseException")
}

func TestOrganizationsListsAndRefusals(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	o := organised(t, a)
	o.Delegate(central)
	o.Move(account, o.Root())
	equal(t, "below the root", fmt.Sprint(o.Accounts(o.Root())), "[123456789012 777788889999 111122223333 444455556666]")
	equal(t, "below a unit", fmt.Sprint(o.Accounts(o.member(other).parent)), "[444455556666]")
	c := organizations.NewFromConfig(a.Config(central, region))
	admins, err := c.ListDelegatedAdministrators(t.Context(), &organizations.ListDelegatedAdministratorsInput{})
	equal(t, "administrator", *ok(t, admins, err).DelegatedAdministrators[0].Id, central)
	var all []string
	for pages := organizations.NewListAccountsPaginator(c, &organizations.ListAccountsInput{MaxResults: aws.Int32(3)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		for _, one := range ok(t, page, err).Accounts {
			all = append(all, *one.Id)
		}
	}
	equal(t, "accounts", fmt.Sprint(slices.Sorted(slices.Values(all))), "[111122223333 123456789012 444455556666 777788889999]")
	unit, err := c.DescribeOrganizationalUnit(t.Context(), &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &o.member(other).parent})
	equal(t, "unit", *ok(t, unit, err).OrganizationalUnit.Name, "prod")
	_, err = c.DescribeOrganizationalUnit(t.Context(), &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: s("ou-none-00000000")})
	refused(t, err, "OrganizationalUnitNotFoundException")
	_, err = c.ListParents(t.Context(), &organizations.ListParentsInput{ChildId: s(outsider)})
	refused(t, err, "ChildNotFoundException")
	_, err = c.ListAccountsForParent(t.Context(), &organizations.ListAccountsForParentInput{ParentId: s("ou-none-00000000")})
	refused(t, err, "ParentNotFoundException")
	_, err = c.ListOrganizationalUnitsForParent(t.Context(), &organizations.ListOrganizationalUnitsForParentInput{ParentId: s("ou-none-00000000")})
	refused(t, err, "ParentNotFoundException")
	_, err = c.ListAccounts(t.Context(), &organizations.ListAccountsInput{NextToken: s("nonsense")})
	refused(t, err, "InvalidInputException")
	o.Remove(central)
	_, err = c.ListAccounts(t.Context(), &organizations.ListAccountsInput{})
	refused(t, err, "AWSOrganizationsNotInUseException")
}
