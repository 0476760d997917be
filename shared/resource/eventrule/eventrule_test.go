package eventrule

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	describe = "eventbridge.DescribeRule"
	targets  = "eventbridge.ListTargetsByRule"
	queue    = "arn:aws:sqs:eu-central-1:111122223333:pipewarden-looks"
	dead     = "arn:aws:sqs:eu-central-1:111122223333:pipewarden-undelivered"
)

var ref = resource.Ref{Kind: "events", ID: "pipewarden-iam", Account: "111122223333", Region: "eu-central-1"}

func has(t *testing.T) *awstest.Fake {
	t.Helper()
	return awstest.New(t).
		On(describe, &eventbridge.DescribeRuleOutput{
			State: types.RuleStateDisabled, EventPattern: aws.String(`{"source":["aws.iam"]}`), Description: aws.String("d"), ScheduleExpression: aws.String("rate(1 day)"),
			RoleArn: aws.String("r"),
		}).
		On(targets, func(in any) (any, error) {
			if in.(*eventbridge.ListTargetsByRuleInput).NextToken == nil {
				return &eventbridge.ListTargetsByRuleOutput{NextToken: aws.String("2"), Targets: []types.Target{{
					Id: aws.String("Looks"), Arn: aws.String(queue), DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(dead)},
					RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(86400), MaximumRetryAttempts: aws.Int32(185)},
				}}}, nil
			}
			return &eventbridge.ListTargetsByRuleOutput{Targets: []types.Target{
				{Id: aws.String("once"), Arn: aws.String(queue), RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(0)}},
				{Id: aws.String("mute"), Arn: aws.String(queue), Input: aws.String(`{"token":"sekret"}`), RoleArn: aws.String("r")},
			}}, nil
		})
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := has(t)
	s, err := Kind.Read(t.Context(), f.Config(), ref)
	want := State{
		State: Disabled, Pattern: `{"source":["aws.iam"]}`, Description: "d", Schedule: "rate(1 day)", RoleARN: "r",
		Targets: []Target{
			{ID: "Looks", ARN: queue, DeadLetters: dead},
			{ID: "once", ARN: queue, Besides: []string{"RetryPolicy"}},
			{ID: "mute", ARN: queue, Besides: []string{"Input", "RoleArn"}}, // by name alone: values may be secret
		},
	}
	if diff := cmp.Diff(want, s); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	f.ExpectActions(Kind.Actions)
	for _, call := range f.Calls() {
		if call.Region != "eu-central-1" {
			t.Errorf("%s in %s", call.Operation, call.Region)
		}
	}
	for operation, code := range map[string]string{describe: "ResourceNotFoundException", targets: "ThrottlingException"} {
		if s, err := Kind.Read(t.Context(), has(t).On(operation, awstest.Error(code)).Config(), ref); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", operation, s, err)
		}
	}
}
