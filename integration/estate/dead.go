package estate

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Dead counts the messages that were given up: those in the stack's queues to which others fall back.
func (s *System) Dead(ctx context.Context) (int, error) {
	sum := 0
	for id, attributes := range s.Stack.Names {
		address := attributes["QueueUrl"]
		if address == "" || !strings.Contains(id, "Dead") && !strings.Contains(id, "Undelivered") {
			continue
		}
		out, err := s.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &address, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages},
		})
		if err != nil {
			return 0, fmt.Errorf("count messages of %s: %w", id, err)
		}
		n, err := strconv.Atoi(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
		if err != nil {
			return 0, fmt.Errorf("count messages of %s: %w", id, err)
		}
		sum += n
	}
	return sum, nil
}
