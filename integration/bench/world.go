package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/lambdahost"
)

const (
	account = "111122223333" // that of the samples in events/
	region  = "eu-west-1"

	auditor = "auditor"
	sweeper = "sweeper"
)

// template has the two functions that are measured and what they write to: queues that nobody works off, so that each invocation is
// the bench's own.
//
//go:embed template.json
var template []byte

// world is an emulated AWS with the functions in it.
type world struct {
	aws      *emulator.AWS
	stack    *lambdahost.Stack
	recorder *recorder
	estate   *estate
	binaries map[string]string
}

func newWorld(ctx context.Context, binaries map[string]string) (w *world, err error) {
	w = &world{binaries: binaries}
	if w.aws, err = emulator.Start(ctx, emulator.Options{}); err != nil {
		return nil, err
	}
	w.recorder, err = newRecorder(ctx, w.aws)
	if err == nil {
		w.stack, err = lambdahost.Deploy(ctx, w.aws, account, region, template)
	}
	if err == nil {
		w.estate, err = newEstate(ctx, w.aws.Config(account, region))
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) close() error {
	if w.recorder != nil {
		return errors.Join(w.recorder.close(), w.aws.Close())
	}
	return w.aws.Close()
}

// runner is a set of fresh processes of the functions.
type runner struct {
	host *lambdahost.Host
	log  *journal
}

// start begins fresh processes, which reach the emulated AWS itself, or through the recorder.
func (w *world) start(ctx context.Context, recorded bool) (*runner, error) {
	r := &runner{log: &journal{}}
	o := lambdahost.Options{Binaries: w.binaries, Output: r.log}
	if recorded {
		o.Env = []string{"HTTP_PROXY=" + w.recorder.address()}
	}
	var err error
	if r.host, err = lambdahost.Start(ctx, w.stack, o); err != nil {
		return nil, err
	}
	return r, nil
}

// with does something with fresh processes and ends them.
func (w *world) with(ctx context.Context, recorded bool, do func(*runner) error) (lambdahost.Stats, error) {
	r, err := w.start(ctx, recorded)
	if err != nil {
		return lambdahost.Stats{}, err
	}
	err = errors.Join(do(r), r.host.Close())
	return r.host.Stats()[auditor], err
}

// send hands messages to the auditor in one invocation, as its event source mapping would. All of them must be done with.
func (r *runner) send(ctx context.Context, bodies ...[]byte) error {
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: strconv.Itoa(i), ReceiptHandle: "r", Body: string(body), EventSource: "aws:sqs", AWSRegion: region,
			Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1763596800000", "SenderId": "AIDAEXAMPLE"},
		})
	}
	raw, err := json.Marshal(batch)
	if err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	answer, err := r.host.Invoke(ctx, auditor, raw)
	if err != nil {
		return err
	}
	var told events.SQSEventResponse
	if err := json.Unmarshal(answer, &told); err != nil {
		return fmt.Errorf("read the auditor's answer: %w", err)
	}
	if len(told.BatchItemFailures) > 0 || r.log.trouble() != "" {
		return fmt.Errorf("the auditor gave %d of %d messages back, and said: %s", len(told.BatchItemFailures), len(bodies), r.log.trouble())
	}
	return nil
}

// journal counts what the functions print, and keeps the first line that tells of trouble.
type journal struct {
	mu       sync.Mutex
	bytes    int
	findings int
	bad      string
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.bytes += len(p)
	j.findings += bytes.Count(p, []byte(`"msg":"finding"`))
	if j.bad == "" && (bytes.Contains(p, []byte(`"level":"ERROR"`)) || bytes.Contains(p, []byte(`"level":"WARN"`))) {
		j.bad = string(p)
	}
	return len(p), nil
}

func (j *journal) trouble() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bad
}

// told is how many bytes were printed, and how many findings were told of.
func (j *journal) told() (written, findings int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes, j.findings
}
