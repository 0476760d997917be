package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// following lets a table's stream feed a function, in order (AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB").
type following struct {
	id, source string
	function   *function
	host       *Host
	streams    *dynamodbstreams.Client
	size       int
	window     time.Duration
	partial    bool          // the function names where to go on
	bisect     bool          // a batch that failed is halved
	tries      int           // how often a batch is tried again; below 0: until it is too old
	age        time.Duration // of changes that are given up; below 0: none is
	destiny    string        // the ARN of the queue that hears of those; "": none does

	mu sync.Mutex
	at *string // the iterator: what is before it has been dealt with
}

// follow reads a mapping of a stream. What it leaves out Lambda gives a default.
func (h *Host) follow(ctx context.Context, id string, f *function, p object) (*following, error) {
	if factor := plain(p["ParallelizationFactor"]); factor != "" && factor != "1" || p["TumblingWindowInSeconds"] != nil {
		return nil, errors.New("batches at the same time and tumbling windows are not understood here")
	}
	cfg := h.stack.aws.As(emulator.Caller{Account: h.stack.Account, Role: "lambdahost"}, h.stack.Region)
	m := &following{id: id, source: plain(p["EventSourceArn"]), function: f, host: h, streams: dynamodbstreams.NewFromConfig(cfg), bisect: p["BisectBatchOnFunctionError"] == true}
	m.size, m.window = whole(p["BatchSize"], 100), h.windowOf(p)
	m.partial = partial(p)
	m.tries, m.age = whole(p["MaximumRetryAttempts"], -1), time.Duration(whole(p["MaximumRecordAgeInSeconds"], -1))*time.Second
	if to, ok := p["DestinationConfig"].(object); ok {
		failure, _ := to["OnFailure"].(object)
		m.destiny = plain(failure["Destination"])
	}
	shown, err := m.streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &m.source})
	if err != nil {
		return nil, err
	}
	out, err := m.streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &m.source, ShardId: shown.StreamDescription.Shards[0].ShardId, ShardIteratorType: types.ShardIteratorType(plain(p["StartingPosition"])),
	})
	if err != nil {
		return nil, err
	}
	m.at = out.ShardIterator
	return m, nil
}

// whole is a number of the template.
func whole(v any, otherwise int) int {
	if n, err := strconv.Atoi(plain(v)); err == nil {
		return n
	}
	return otherwise
}

func (m *following) poll(ctx context.Context) {
	for ctx.Err() == nil {
		batch, next, err := m.gather(ctx)
		if len(batch) > 0 && err == nil {
			err = m.handle(ctx, batch)
		}
		if err == nil && ctx.Err() == nil {
			m.mu.Lock()
			m.at = next
			m.mu.Unlock()
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(m.host.options.Output, "event source mapping %s: %v\n", m.id, err)
		}
		if len(batch) == 0 || err != nil {
			m.host.rest(ctx)
		}
	}
}

// rest waits as long as between two looks at what was empty.
func (h *Host) rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(h.options.Poll):
	}
}

func (m *following) position() *string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// gather reads a batch: until it is full, or the window has passed since its first change.
func (m *following) gather(ctx context.Context) (batch []types.Record, next *string, err error) {
	next = m.position()
	var until time.Time
	for {
		out, err := m.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(int32(m.size - len(batch)))})
		if err != nil {
			return nil, next, fmt.Errorf("read %s: %w", m.source, err)
		}
		if len(batch) == 0 {
			until = time.Now().Add(m.window)
		}
		batch, next = append(batch, out.Records...), out.NextShardIterator
		if len(batch) == 0 || len(batch) >= m.size || !time.Now().Before(until) || ctx.Err() != nil {
			return batch, next, nil
		}
		m.host.rest(ctx)
	}
}

// piece is what is left of a batch to be dealt with.
type piece struct {
	records []types.Record
	tries   int
}

// handle stays with a batch until all of it is dealt with or given up: what comes later waits.
func (m *following) handle(ctx context.Context, batch []types.Record) error {
	defer m.host.busy.begin()()
	for left := []piece{{records: batch}}; len(left) > 0 && ctx.Err() == nil; {
		now := left[0]
		from, err := m.try(ctx, now.records)
		half, halves := len(now.records)/2, err != nil && m.bisect && len(now.records) > 1
		over := m.over(now, halves)
		switch {
		case from == len(now.records):
			left = left[1:]
			continue
		case over != "":
			if err := m.giveUp(ctx, now, over); err != nil {
				return err
			}
			left = left[1:]
			continue
		case halves: // which does not count as a try
			left = append([]piece{{now.records[:half], now.tries}, {now.records[half:], now.tries}}, left[1:]...)
		default:
			left[0] = piece{now.records[from:], now.tries + 1}
		}
		m.host.rest(ctx)
	}
	return nil
}

// try hands changes to the function, and gives the place of the first that it did not deal with; an error is the function's.
func (m *following) try(ctx context.Context, records []types.Record) (from int, err error) {
	raw, err := json.Marshal(m.event(records))
	if err != nil {
		return 0, fmt.Errorf("write event: %w", err)
	}
	answer, err := m.function.invoke(ctx, raw)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(m.host.options.Output, err)
	}
	return m.failed(records, answer, err), err
}

// over says why a piece that failed is not to be tried again; "": it is.
func (m *following) over(p piece, halves bool) string {
	switch {
	case m.age >= 0 && time.Since(*p.records[0].Dynamodb.ApproximateCreationDateTime) > m.age:
		return "RecordAgeExceeded"
	case m.tries >= 0 && p.tries >= m.tries && !halves:
		return "RetryAttemptsExhausted"
	}
	return ""
}

// failed is the place of the first change that the function did not deal with. What cannot be read, or names none of the batch, fails all of it.
func (m *following) failed(batch []types.Record, answer []byte, err error) int {
	var told events.DynamoDBEventResponse
	switch {
	case err != nil:
		return 0
	case !m.partial || len(answer) == 0 || string(answer) == "null":
		return len(batch)
	case json.Unmarshal(answer, &told) != nil:
		return 0
	}
	first := len(batch)
	for _, one := range told.BatchItemFailures {
		at := slices.IndexFunc(batch, func(r types.Record) bool { return aws.ToString(r.Dynamodb.SequenceNumber) == one.ItemIdentifier })
		first = min(first, max(at, 0))
	}
	return first
}

// giveUp tells of changes that are not tried again, not what they are (AWS Lambda Developer Guide, "Retaining discarded batches").
func (m *following) giveUp(ctx context.Context, p piece, condition string) error {
	if m.destiny == "" {
		return nil
	}
	address, err := m.host.queue(ctx, m.destiny)
	if err != nil {
		return err
	}
	first, last := p.records[0].Dynamodb, p.records[len(p.records)-1].Dynamodb
	raw, err := json.Marshal(object{
		"requestContext": object{"requestId": newID(), "functionArn": m.function.arn, "condition": condition, "approximateInvokeCount": p.tries + 1},
		"version":        "1.0", "timestamp": time.Now().UTC().Format(time.RFC3339),
		"DDBStreamBatchInfo": object{
			"startSequenceNumber": first.SequenceNumber, "endSequenceNumber": last.SequenceNumber, "batchSize": len(p.records), "streamArn": m.source,
			"approximateArrivalOfFirstRecord": first.ApproximateCreationDateTime, "approximateArrivalOfLastRecord": last.ApproximateCreationDateTime,
		},
	})
	if err == nil {
		_, err = m.host.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &address, MessageBody: aws.String(string(raw))})
	}
	return err
}

// waiting is how many changes there are at least that were not dealt with.
func (m *following) waiting(ctx context.Context) (int, error) {
	out, err := m.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: m.position(), Limit: aws.Int32(1)})
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", m.source, err)
	}
	return len(out.Records), nil
}
