package lambdahost

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// removers has one function per resource type that a member's stack may have.
var removers = map[string]func(context.Context, aws.Config, Attributes, object) error{
	"AWS::Events::Rule": removeRule,
	"AWS::IAM::Role":    removeRole,
	"AWS::SQS::Queue":   removeQueue,
}

// Delete takes away what the stack made, rules first, so that nothing aims at what is gone. It knows the types that stacks in members have,
// and fails on any other that was made.
func (s *Stack) Delete(ctx context.Context) error {
	cfg := s.aws.As(emulator.Caller{Account: s.Account, Role: "deployer"}, s.Region)
	for _, kind := range slices.Sorted(maps.Keys(makers)) { // AWS::Events comes before AWS::IAM and AWS::SQS
		for _, id := range s.template.of(kind) {
			if s.Names[id] == nil {
				continue // its condition does not hold
			}
			remove := removers[kind]
			if remove == nil {
				return fmt.Errorf("delete %s: nobody knows how to delete one of type %s", id, kind)
			}
			p, err := s.properties(id)
			if err != nil {
				return err
			}
			if err := remove(ctx, cfg, s.Names[id], p); err != nil {
				return fmt.Errorf("delete %s (%s): %w", id, kind, err)
			}
		}
	}
	return nil
}

func removeRule(ctx context.Context, cfg aws.Config, made Attributes, p object) error {
	c, name := eventbridge.NewFromConfig(cfg), made["Ref"]
	var on *string
	if given := plain(p["EventBusName"]); given != "" {
		on = &given
	}
	targets, err := c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &name, EventBusName: on})
	if err != nil {
		return err
	}
	for _, one := range targets.Targets {
		if _, err := c.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &name, EventBusName: on, Ids: []string{aws.ToString(one.Id)}}); err != nil {
			return err
		}
	}
	_, err = c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &name, EventBusName: on})
	return err
}

func removeRole(ctx context.Context, cfg aws.Config, made Attributes, _ object) error {
	c, name := iam.NewFromConfig(cfg), made["Ref"]
	policies, err := c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if err != nil {
		return err
	}
	for _, policy := range policies.PolicyNames {
		if _, err := c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy}); err != nil {
			return err
		}
	}
	_, err = c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
	return err
}

func removeQueue(ctx context.Context, cfg aws.Config, made Attributes, _ object) error {
	_, err := sqs.NewFromConfig(cfg).DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(made["QueueUrl"])})
	return err
}
