package estate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/reporter"
)

// browser is what a person's calls from the console carry.
const browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"

// Relay puts a CloudTrail event of every changing call in any account on that account's bus, so that the deployed rules bring it
// to pipewarden. What IAM users do in a session counts as done in the console. What goes wrong on the way is told to failed.
func Relay(ctx context.Context, a *emulator.AWS, failed func(error)) {
	a.RecordTrail(func(record map[string]any) {
		who, _ := record["userIdentity"].(map[string]any)
		if who["type"] == "IAMUser" && who["sessionContext"] != nil {
			record["userAgent"], record["sessionCredentialFromConsole"] = browser, "true"
		}
		account, _ := record["recipientAccountId"].(string)
		region, _ := record["awsRegion"].(string)
		envelope, err := emulator.Envelope(record)
		if err == nil {
			err = a.PutEvent(ctx, account, region, envelope)
		}
		if err != nil {
			failed(err)
		}
	})
}

// Happen puts an event, given as its envelope, on the bus of pipewarden's account.
func (s *System) Happen(ctx context.Context, envelope []byte) error {
	return s.AWS.PutEvent(ctx, s.Stack.Account, s.Stack.Region, envelope)
}

// Deliver puts messages on the auditor's queue as they are, ten at most, to arrive together.
func (s *System) Deliver(ctx context.Context, bodies ...string) error {
	return s.send(ctx, s.LooksUrl, bodies...)
}

// Order puts messages on the remediator's queue.
func (s *System) Order(ctx context.Context, bodies ...string) error {
	return s.send(ctx, s.OrdersUrl, bodies...)
}

func (s *System) send(ctx context.Context, to string, bodies ...string) error {
	in := &sqs.SendMessageBatchInput{QueueUrl: &to}
	for i, body := range bodies {
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: &body})
	}
	out, err := s.queues.SendMessageBatch(ctx, in)
	if err != nil {
		return fmt.Errorf("deliver messages: %w", err)
	}
	if len(out.Failed) > 0 {
		return fmt.Errorf("deliver messages: %d of %d were refused", len(out.Failed), len(bodies))
	}
	return nil
}

// patience is how long Settle waits. It is a limit, not an expectation.
const patience = 60 * time.Second

// Settle waits until the queues are empty and no function works, and has told what waited for nothing but other news: nobody wants to wait
// until a sweep has come to rest.
func (s *System) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.Host.Idle(ctx); err != nil {
		return err
	}
	if err := s.Report(ctx, false); err != nil {
		return err
	}
	return s.Host.Idle(ctx)
}

// Report wakes the reporter: for what waited, and for what it does daily.
func (s *System) Report(ctx context.Context, daily bool) error {
	wake, err := json.Marshal(reporter.Wake{Daily: daily})
	if err == nil {
		_, err = s.Invoke(ctx, "reporter", wake)
	}
	return err
}

// Invoke hands an event to a function, and gives its answer.
func (s *System) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	answer, err := s.Host.Invoke(ctx, s.function(function), event)
	if err != nil {
		return nil, fmt.Errorf("invoke the %s: %w", function, err)
	}
	return answer, nil
}

// Sweep fires the schedule, waits until what it found was looked at, and lets the time pass after which the rest is looked at.
func (s *System) Sweep(ctx context.Context) error {
	if err := s.Host.Fire(ctx, s.schedule); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	s.door.mu.Lock()
	later := s.door.later
	s.door.mu.Unlock()
	for {
		bodies, err := s.drain(ctx, later)
		if err != nil || len(bodies) == 0 {
			return errors.Join(err, s.Settle(ctx))
		}
		for some := range slices.Chunk(bodies, perBatch) {
			if err := s.Deliver(ctx, some...); err != nil {
				return err
			}
		}
		// What comes of it may have to wait as well: the steps of a sweep follow one another.
		if err := s.Host.Idle(ctx); err != nil {
			return err
		}
	}
}

// perBatch is the most that SQS takes or gives at once.
const perBatch = 10

func (s *System) drain(ctx context.Context, queue string) ([]string, error) {
	return drain(ctx, s.queues, queue)
}

// drain takes everything out of a queue.
func drain(ctx context.Context, c *sqs.Client, queue string) ([]string, error) {
	var bodies []string
	for {
		out, err := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: perBatch})
		if err != nil {
			return nil, fmt.Errorf("empty a queue: %w", err)
		}
		if len(out.Messages) == 0 {
			return bodies, nil
		}
		gone := &sqs.DeleteMessageBatchInput{QueueUrl: &queue}
		for i, m := range out.Messages {
			bodies = append(bodies, aws.ToString(m.Body))
			gone.Entries = append(gone.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		if _, err := c.DeleteMessageBatch(ctx, gone); err != nil {
			return nil, fmt.Errorf("empty a queue: %w", err)
		}
	}
}
