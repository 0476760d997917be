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
	Receives int // how often it was received, this time included; 0 when that is not known
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

// batch is how many messages SendMessageBatch takes (Amazon SQS API Reference).
const batch = 10

// Send sends the bodies, each up to 256 KiB, to be seen after the delay (at most 15 minutes).
func (q *SQS) Send(ctx context.Context, bodies []string, delay time.Duration) error {
	var all []error
	for start := 0; start < len(bodies); start += batch {
		all = append(all, q.sendBatch(ctx, bodies[start:min(start+batch, len(bodies))], delay))
	}
	return errors.Join(all...)
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
		all = append(all, fmt.Errorf("send to queue %s: %s %s", name(q.url), aws.ToString(refused.Code), aws.ToString(refused.Message)))
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
