// Package eventrule reads EventBridge rules of the default bus: which events they bring, and to whom.
package eventrule

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Kind is the EventBridge rule. A Ref's ID is the rule's name. It bears the name by which findings about the auditor's own parts call what
// belongs to EventBridge. Rules are read where a remedy changes one; no check judges their state.
//
// Its tags are not asked for: they would say that the auditor's own stack manages its rules, which is what they are put back to.
var Kind = &resource.Kind[State]{
	Name:    "events",
	Read:    read,
	Actions: []string{"events:DescribeRule", "events:ListTargetsByRule"},
}

// The states in which a rule lets events through (Amazon EventBridge API Reference, "PutRule").
const (
	Enabled  = string(types.RuleStateEnabled)
	Disabled = string(types.RuleStateDisabled)
)

// State is one rule.
type State struct {
	State       string   `json:"state"`
	Pattern     string   `json:"eventPattern,omitempty"`
	Schedule    string   `json:"scheduleExpression,omitempty"`
	RoleARN     string   `json:"roleArn,omitempty"`
	Description string   `json:"description,omitempty"`
	Targets     []Target `json:"targets,omitempty"`
}

// Target is where a rule sends events, and where those go that cannot be delivered.
type Target struct {
	ID          string   `json:"id"`
	ARN         string   `json:"arn"`
	DeadLetters string   `json:"deadLetters,omitempty"`
	Besides     []string `json:"besides,omitempty"` // what else is set, by name: Input, RoleArn, …
}

// What EventBridge does where no retry policy is set: it tries for a day, 185 times (Amazon EventBridge User Guide, "How EventBridge retries
// delivering events").
const (
	longest = 86400 // seconds
	tries   = 185
)

// read takes two calls. The error satisfies awserr.IsNotFound when there is no such rule.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	client := eventbridge.NewFromConfig(cfg)
	out, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &ref.ID})
	if err != nil {
		return State{}, fmt.Errorf("read rule %s: %w", ref.ID, err)
	}
	s := State{
		State: string(out.State), Pattern: aws.ToString(out.EventPattern), Schedule: aws.ToString(out.ScheduleExpression),
		RoleARN: aws.ToString(out.RoleArn), Description: aws.ToString(out.Description),
	}
	in := &eventbridge.ListTargetsByRuleInput{Rule: &ref.ID}
	for {
		page, err := client.ListTargetsByRule(ctx, in)
		if err != nil {
			return State{}, fmt.Errorf("read targets of rule %s: %w", ref.ID, err)
		}
		for _, t := range page.Targets {
			s.Targets = append(s.Targets, targetOf(t))
		}
		if aws.ToString(page.NextToken) == "" {
			return s, nil
		}
		in.NextToken = page.NextToken
	}
}

func targetOf(t types.Target) Target {
	one := Target{ID: aws.ToString(t.Id), ARN: aws.ToString(t.Arn)}
	if t.DeadLetterConfig != nil {
		one.DeadLetters = aws.ToString(t.DeadLetterConfig.Arn)
	}
	if p := t.RetryPolicy; p != nil && (p.MaximumEventAgeInSeconds == nil || *p.MaximumEventAgeInSeconds == longest) &&
		(p.MaximumRetryAttempts == nil || *p.MaximumRetryAttempts == tries) {
		t.RetryPolicy = nil // as it is without one
	}
	v := reflect.ValueOf(t)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.IsExported() && !v.Field(i).IsZero() && !slices.Contains([]string{"Id", "Arn", "DeadLetterConfig"}, field.Name) {
			one.Besides = append(one.Besides, field.Name)
		}
	}
	return one
}
