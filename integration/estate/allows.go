package estate

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// Declared lists the IAM actions of the role with which a function was deployed.
func (s *System) Declared(ctx context.Context, function string) ([]string, error) {
	c, role := iam.NewFromConfig(s.Config()), aws.String(s.roles[function])
	names, err := c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	if err != nil {
		return nil, fmt.Errorf("read role of %s: %w", function, err)
	}
	var actions []string
	for _, name := range names.PolicyNames {
		out, err := c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: &name})
		if err != nil {
			return nil, fmt.Errorf("read role of %s: %w", function, err)
		}
		document, err := policy.Parse([]byte(aws.ToString(out.PolicyDocument)))
		if err != nil {
			return nil, fmt.Errorf("read role of %s: %w", function, err)
		}
		for _, statement := range document.Statements {
			if statement.Effect == "Allow" {
				actions = append(actions, statement.Action...)
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions), nil
}
