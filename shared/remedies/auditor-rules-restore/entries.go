package auditorrulesrestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/smithy-go"
)

// putTargets fails where a target was not set: the call itself succeeds then, and its answer lists what did not
// (Amazon EventBridge API Reference, "PutTargets").
func putTargets(client *eventbridge.Client, ctx context.Context, in *eventbridge.PutTargetsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error) {
	out, err := client.PutTargets(ctx, in, options...)
	if err != nil || out.FailedEntryCount == 0 && len(out.FailedEntries) == 0 {
		return out, err
	}
	failed := errors.New("EventBridge did not take a target")
	for _, one := range out.FailedEntries {
		failed = fmt.Errorf("target %s: %w", aws.ToString(one.TargetId), &smithy.GenericAPIError{Code: aws.ToString(one.ErrorCode), Message: aws.ToString(one.ErrorMessage)})
	}
	return nil, failed
}
