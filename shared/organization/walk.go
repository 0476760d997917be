package organization

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// Account is one account of an organisation.
type Account struct {
	ID, Name   string
	State      string   // as AWS has it: ACTIVE, SUSPENDED, PENDING_CLOSURE, …
	Units      []string // the organisational units above it, from the nearest, and the root; nil: not asked for
	Management bool
}

// Active is the state of an account in which things can be done.
const Active = "ACTIVE"

// WalkActions lists the IAM actions of Walk.
var WalkActions = []string{
	"organizations:DescribeOrganization", "organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent", "organizations:ListRoots",
}

// Walk lists every account of the organisation with the units that it lies in, unit by unit from the root
// (AWS Organizations API Reference, "ListAccountsForParent"). AWS answers the management account and delegated administrators only.
func Walk(ctx context.Context, cfg aws.Config) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		w := &walk{client: organizations.NewFromConfig(cfg), yield: yield}
		if err := w.all(ctx); err != nil {
			yield(Account{}, err)
		}
	}
}

type walk struct {
	client     *organizations.Client
	yield      func(Account, error) bool
	management string
	over       bool // nobody wants more
}

func (w *walk) all(ctx context.Context) error {
	org, err := w.client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return fmt.Errorf("describe the organisation: %w", err)
	}
	if org.Organization != nil {
		w.management = aws.ToString(org.Organization.MasterAccountId)
	}
	for pages := organizations.NewListRootsPaginator(w.client, &organizations.ListRootsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the root of the organisation: %w", err)
		}
		for _, root := range page.Roots {
			if err := w.below(ctx, []string{aws.ToString(root.Id)}); err != nil || w.over {
				return err
			}
		}
	}
	return nil
}

// below lists what lies in the first of the units, which lies in the others.
func (w *walk) below(ctx context.Context, units []string) error {
	if len(units) > deepest {
		return fmt.Errorf("list what lies below %s: more than %d units above it", units[0], deepest)
	}
	for pages := organizations.NewListAccountsForParentPaginator(w.client, &organizations.ListAccountsForParentInput{ParentId: &units[0]}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list accounts of %s: %w", units[0], err)
		}
		for _, a := range page.Accounts {
			one := Account{ID: aws.ToString(a.Id), Name: aws.ToString(a.Name), State: state(a), Units: units, Management: aws.ToString(a.Id) == w.management}
			if !w.yield(one, nil) {
				w.over = true
				return nil
			}
		}
	}
	for pages := organizations.NewListOrganizationalUnitsForParentPaginator(w.client, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &units[0]}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list organisational units of %s: %w", units[0], err)
		}
		for _, unit := range page.OrganizationalUnits {
			if err := w.below(ctx, append([]string{aws.ToString(unit.Id)}, slices.Clone(units)...)); err != nil || w.over {
				return err
			}
		}
	}
	return nil
}

// AccountActions lists the IAM actions of Describe.
var AccountActions = []string{"organizations:DescribeAccount"}

// Describe looks for one account; ok is false when it is none of the organisation's
// (AWS Organizations API Reference, "DescribeAccount"). Where it lies is not told.
func Describe(ctx context.Context, cfg aws.Config, account string) (found Account, ok bool, err error) {
	out, err := organizations.NewFromConfig(cfg).DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: &account})
	if awserr.IsNotFound(err) {
		return Account{}, false, nil
	}
	if err != nil {
		return Account{}, false, fmt.Errorf("describe account %.20q: %w", account, err)
	}
	if out.Account == nil {
		return Account{}, false, fmt.Errorf("describe account %.20q: no account in the answer", account)
	}
	return Account{ID: account, Name: aws.ToString(out.Account.Name), State: state(*out.Account)}, true, nil
}

// state is where an account is in its life. What AWS called its status is gone since September 2026
// (AWS Organizations User Guide, "Account states").
func state(a types.Account) string { return string(a.State) }
