// Package queue carries messages between the functions.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Message is one message as it was received.
type Message struct {
	ID       string
	Body     string
	Receives int    // how often it was received, this time included; 0 when that is not known
	Sender   string // the unique id of who sent it, as IAM gives it; "" when that is not known
}

// Sender puts messages on a queue. Each is sent at least once or the error says so.
type Sender interface {
	Send(ctx context.Context, bodies []string, delay time.Duration) error
}

// SQS is a queue of Amazon SQS.
type SQS struct {
	client *sqs.Client
	url    string
}

// Actions are the IAM actions that sending takes.
var Actions = []string{"sqs:SendMessage"}

// New makes a sender for the queue with that URL.
func New(cfg aws.Config, url string) *SQS {
	return &SQS{client: sqs.NewFromConfig(cfg), url: url}
}

// The most that one SendMessageBatch takes. A queue may be set to take more bytes; all take as many as these
// (Amazon SQS Developer Guide, "Amazon SQS message quotas").
const (
	batchMessages = 10
	batchBytes    = 256 << 10
)

// Send sends the bodies, each up to 256 KiB, to be seen after the delay (at most 15 minutes, in whole seconds).
// A batch that is refused does not hold up the others.
func (q *SQS) Send(ctx context.Context, bodies []string, delay time.Duration) error {
	var all []error
	for _, batch := range batches(bodies) {
		all = append(all, q.sendBatch(ctx, batch, delay))
	}
	return errors.Join(all...)
}

// batches splits the bodies, in their order, into what one call takes. A body that is too large goes alone: only it is refused.
func batches(bodies []string) [][]string {
	var all [][]string
	start, size := 0, 0
	for i, body := range bodies {
		if i > start && (i-start == batchMessages || size+len(body) > batchBytes) {
			all = append(all, bodies[start:i])
			start, size = i, 0
		}
		size += len(body)
	}
	if start < len(bodies) {
		all = append(all, bodies[start:])
	}
	return all
}

func (q *SQS) sendBatch(ctx context.Context, bodies []string, delay time.Duration) error {
	entries := make([]types.SendMessageBatchRequestEntry, 0, len(bodies))
	for i, body := range bodies {
		entries = append(entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(body), DelaySeconds: int32(delay / time.Second),
		})
	}
	out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
	if err != nil {
		return fmt.Errorf("send to queue %s: %w", name(q.url), err)
	}
	var all []error
	for _, refused := range out.Failed {
		all = append(all, fmt.Errorf("send to queue %s: %s", name(q.url), strings.TrimSpace(aws.ToString(refused.Code)+" "+aws.ToString(refused.Message))))
	}
	return errors.Join(all...)
}

func name(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

// SendJSON sends values as JSON messages.
func SendJSON[T any](ctx context.Context, to Sender, delay time.Duration, values ...T) error {
	bodies := make([]string, 0, len(values))
	for _, v := range values {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode message: %w", err)
		}
		bodies = append(bodies, string(raw))
	}
	return to.Send(ctx, bodies, delay)
}
