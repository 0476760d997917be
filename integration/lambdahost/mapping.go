package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// mapping lets a queue feed a function (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").
type mapping struct {
	id, source, address string
	function            *function
	host                *Host
	size                int
	window              time.Duration
	partial             bool // the function names what failed
}

// perReceive is the most that SQS gives at once.
const perReceive = 10

// source is what feeds a function.
type source interface {
	poll(ctx context.Context)
	waiting(ctx context.Context) (int, error) // messages or changes that were not dealt with
}

func (h *Host) mapping(ctx context.Context, id string, p object) (source, error) {
	f, err := h.find(plain(p["FunctionName"]))
	if err != nil {
		return nil, fmt.Errorf("read event source mapping %s: %w", id, err)
	}
	if p["FilterCriteria"] != nil {
		return nil, fmt.Errorf("read event source mapping %s: FilterCriteria are not understood here", id)
	}
	if strings.Contains(plain(p["EventSourceArn"]), ":dynamodb:") {
		m, err := h.follow(ctx, id, f, p)
		if err != nil {
			return nil, fmt.Errorf("read event source mapping %s: %w", id, err)
		}
		return m, nil
	}
	m := &mapping{id: id, source: plain(p["EventSourceArn"]), function: f, host: h, size: whole(p["BatchSize"], perReceive), window: h.windowOf(p), partial: partial(p)}
	if m.address, err = h.queue(ctx, m.source); err != nil {
		return nil, fmt.Errorf("read event source mapping %s: %w", id, err)
	}
	return m, nil
}

// windowOf is how long a mapping gathers a batch.
func (h *Host) windowOf(p object) time.Duration {
	window := time.Duration(whole(p["MaximumBatchingWindowInSeconds"], 0)) * time.Second
	if longest := h.options.MaxWindow; longest > 0 {
		window = min(window, longest)
	}
	return window
}

// partial says whether the function is asked what failed.
func partial(p object) bool {
	kinds, _ := p["FunctionResponseTypes"].([]any)
	return slices.Contains(kinds, any("ReportBatchItemFailures"))
}

// queue finds a queue's address by its ARN.
func (h *Host) queue(ctx context.Context, name string) (string, error) {
	parts := strings.Split(name, ":")
	if len(parts) != 6 || parts[2] != "sqs" {
		return "", fmt.Errorf("find queue: %q is not the ARN of one", name)
	}
	out, err := h.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(parts[5])})
	if err != nil {
		return "", fmt.Errorf("find queue %s: %w", parts[5], err)
	}
	return *out.QueueUrl, nil
}

func (m *mapping) poll(ctx context.Context) {
	for ctx.Err() == nil {
		batch, err := m.receive(ctx)
		if len(batch) > 0 {
			err = errors.Join(err, m.handle(ctx, batch))
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(m.host.options.Output, "event source mapping %s: %v\n", m.id, err)
		}
		if len(batch) == 0 || err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(m.host.options.Poll):
			}
		}
	}
}

// receive gathers a batch: as soon as it is full, or when the window has passed since the first message.
func (m *mapping) receive(ctx context.Context) ([]types.Message, error) {
	var batch []types.Message
	var until time.Time
	for {
		out, err := m.host.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(m.address), MaxNumberOfMessages: int32(min(perReceive, m.size-len(batch))),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			return batch, fmt.Errorf("receive from %s: %w", m.source, err)
		}
		if len(batch) == 0 {
			until = time.Now().Add(m.window)
		}
		batch = append(batch, out.Messages...)
		if len(batch) == 0 || len(batch) >= m.size || len(out.Messages) == 0 && !time.Now().Before(until) {
			return batch, nil
		}
		if len(out.Messages) == 0 {
			select {
			case <-ctx.Done():
				return batch, nil
			case <-time.After(min(m.host.options.Poll, max(0, time.Until(until)))):
			}
		}
	}
}

// handle hands the batch to the function, deletes what succeeded and leaves what failed.
func (m *mapping) handle(ctx context.Context, batch []types.Message) error {
	defer m.host.busy.begin()()
	raw, err := json.Marshal(m.event(batch))
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	answer, err := m.function.invoke(ctx, raw)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(m.host.options.Output, err)
	}
	failed := m.failed(batch, answer, err)
	var gone []types.DeleteMessageBatchRequestEntry
	var back []types.ChangeMessageVisibilityBatchRequestEntry
	for i, message := range batch {
		if failed[*message.MessageId] {
			back = append(back, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle})
			continue
		}
		gone = append(gone, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle})
	}
	for chunk := range slices.Chunk(gone, perReceive) {
		if _, err := m.host.queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(m.address), Entries: chunk}); err != nil {
			return fmt.Errorf("delete from %s: %w", m.source, err)
		}
	}
	if !m.host.options.RetryNow {
		return nil
	}
	for chunk := range slices.Chunk(back, perReceive) {
		if _, err := m.host.queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(m.address), Entries: chunk}); err != nil {
			return fmt.Errorf("put back into %s: %w", m.source, err)
		}
	}
	return nil
}

// failed names the messages that the function did not deal with. An answer that cannot be read, or that names a message
// that was not in the batch, fails all of it.
func (m *mapping) failed(batch []types.Message, answer []byte, err error) map[string]bool {
	all, some := map[string]bool{}, map[string]bool{}
	for _, message := range batch {
		all[*message.MessageId] = true
	}
	if err != nil {
		return all
	}
	if !m.partial || len(answer) == 0 || string(answer) == "null" {
		return nil
	}
	var told events.SQSEventResponse
	if json.Unmarshal(answer, &told) != nil {
		return all
	}
	for _, one := range told.BatchItemFailures {
		if !all[one.ItemIdentifier] {
			return all
		}
		some[one.ItemIdentifier] = true
	}
	return some
}

func (m *mapping) event(batch []types.Message) events.SQSEvent {
	var out events.SQSEvent
	for _, message := range batch {
		one := events.SQSMessage{
			MessageId: *message.MessageId, ReceiptHandle: *message.ReceiptHandle, Body: aws.ToString(message.Body), Md5OfBody: aws.ToString(message.MD5OfBody),
			Attributes: message.Attributes, MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSourceARN: m.source, EventSource: "aws:sqs", AWSRegion: m.host.stack.Region,
		}
		for name, value := range message.MessageAttributes {
			one.MessageAttributes[name] = events.SQSMessageAttribute{StringValue: value.StringValue, BinaryValue: value.BinaryValue, DataType: aws.ToString(value.DataType)}
		}
		out.Records = append(out.Records, one)
	}
	return out
}

// waiting counts the messages in the queue, in flight and delayed.
func (m *mapping) waiting(ctx context.Context) (int, error) {
	names := []types.QueueAttributeName{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"}
	out, err := m.host.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(m.address), AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("count messages of %s: %w", m.source, err)
	}
	sum := 0
	for _, name := range names {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("count messages of %s: %w", m.source, err)
		}
		sum += n
	}
	return sum, nil
}
