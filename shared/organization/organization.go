// Package organization tells where an account lies in its organisation.
package organization

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// Actions lists the IAM actions of Units.
var Actions = []string{"organizations:ListParents"}

// deepest is how many parents an account has at most: five levels of units below the root, and the root
// (AWS Organizations User Guide, "Quotas and service limits for AWS Organizations").
const deepest = 6

// Units lists the ids of the organisational units above an account, from the nearest, and of the root
// (AWS Organizations API Reference, "ListParents"). AWS answers the management account and delegated administrators only:
// other accounts are denied it.
func Units(ctx context.Context, cfg aws.Config, account string) ([]string, error) {
	client := organizations.NewFromConfig(cfg)
	var units []string
	child := account
	for range deepest {
		out, err := client.ListParents(ctx, &organizations.ListParentsInput{ChildId: &child})
		if err != nil {
			return nil, fmt.Errorf("list parents of %s: %w", child, err)
		}
		if len(out.Parents) != 1 {
			return nil, fmt.Errorf("list parents of %s: %d of them", child, len(out.Parents))
		}
		parent := out.Parents[0]
		child = aws.ToString(parent.Id)
		units = append(units, child)
		if parent.Type == types.ParentTypeRoot {
			return units, nil
		}
	}
	return nil, fmt.Errorf("list parents of %s: no root above %d of them", account, deepest)
}
