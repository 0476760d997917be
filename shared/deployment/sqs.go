package deployment

import (
	"context"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/queue"
)

// Handler works off messages and gives the IDs of those that must be delivered again.
type Handler func(context.Context, []queue.Message) []string

// SQS makes a Lambda handler for an event source mapping that reports batch item failures
// (AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda").
func SQS(handle Handler) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		messages := make([]queue.Message, 0, len(in.Records))
		for _, r := range in.Records {
			receives, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
			if err != nil {
				receives = 0 // not told: never taken for the last try
			}
			messages = append(messages, queue.Message{ID: r.MessageId, Body: r.Body, Receives: receives, Sender: r.Attributes["SenderId"]})
		}
		var out events.SQSEventResponse
		for _, id := range handle(ctx, messages) {
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
		return out, nil
	}
}
