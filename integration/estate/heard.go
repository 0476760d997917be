package estate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Brief lets the deployed rules deliver the detail of an event alone, as {"detail": ...}: the emulator takes a tenth of a second to
// write a whole one. Which events they deliver stays as it was.
func (s *System) Brief(ctx context.Context) error {
	c := eventbridge.NewFromConfig(s.Config())
	rules, err := c.ListRules(ctx, &eventbridge.ListRulesInput{})
	if err != nil {
		return fmt.Errorf("list rules: %w", err)
	}
	for _, rule := range rules.Rules {
		targets, err := c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
		if err != nil {
			return fmt.Errorf("list targets of %s: %w", aws.ToString(rule.Name), err)
		}
		for i := range targets.Targets {
			targets.Targets[i].InputTransformer = &types.InputTransformer{
				InputPathsMap: map[string]string{"detail": "$.detail"}, InputTemplate: aws.String(`{"detail": <detail>}`),
			}
		}
		if _, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: rule.Name, Targets: targets.Targets}); err != nil {
			return fmt.Errorf("change targets of %s: %w", aws.ToString(rule.Name), err)
		}
	}
	return nil
}

// Heard takes the messages off the auditor's queue, which only makes sense when nobody else does: asleep.
func (s *System) Heard(ctx context.Context) ([]string, error) { return s.drain(ctx, s.LooksUrl) }

// Count is how many resources of a type the template has.
func (s *System) Count(kind string) int { return s.counts[kind] }

// RuleFor names the deployed rule that brings a call, by the service and name under which CloudTrail records it; "" for none.
func (s *System) RuleFor(service, call string) string {
	for _, name := range slices.Sorted(maps.Keys(s.rules)) {
		detail := s.rules[name].Detail
		if slices.Contains(detail.EventSource, any(service)) && slices.ContainsFunc(detail.EventName, func(v any) bool { return v == call }) {
			return name
		}
	}
	return ""
}
