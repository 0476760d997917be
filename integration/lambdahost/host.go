package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// Options of Start.
type Options struct {
	Binaries map[string]string // a function's logical id -> its bootstrap, built for this machine
	Assets   string            // the folder of the synthesised assets, for functions that Binaries leaves out
	Output   io.Writer         // gets what the functions print and what went wrong; nil for nowhere
	Env      []string          // more environment for every function: NAME=value

	RetryNow  bool          // failed messages are seen again at once, not after the queue's visibility timeout
	MaxWindow time.Duration // shortens longer batching windows; 0 leaves them as deployed
	Poll      time.Duration // how often an empty queue is asked; 0 is 50 ms
}

// Host runs the functions of a stack. Each has one environment, so its invocations follow one another.
type Host struct {
	stack     *Stack
	options   Options
	queues    *sqs.Client
	functions map[string]*function // by logical id
	mappings  []source
	busy      work
	end       context.CancelFunc
	polling   sync.WaitGroup
}

// Start brings the stack's functions and event source mappings to life. A binary is started by its function's first event.
// Functions in other languages than a binary of their own (runtime provided.*) are left out: CDK brings such.
func Start(ctx context.Context, s *Stack, o Options) (*Host, error) {
	if o.Output == nil {
		o.Output = io.Discard
	}
	if o.Poll == 0 {
		o.Poll = 50 * time.Millisecond
	}
	o.Output = &lockedWriter{to: o.Output}
	ctx, end := context.WithCancel(ctx)
	h := &Host{
		stack: s, options: o, functions: map[string]*function{}, end: end,
		queues: sqs.NewFromConfig(s.aws.As(emulator.Caller{Account: s.Account, Role: "lambdahost"}, s.Region)),
	}
	if err := h.load(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	for _, m := range h.mappings {
		h.polling.Go(func() { m.poll(ctx) })
	}
	return h, nil
}

func (h *Host) load(ctx context.Context) error {
	for _, id := range h.stack.template.of("AWS::Lambda::Function") {
		p, err := h.stack.properties(id)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(plain(p["Runtime"]), "provided") {
			continue
		}
		f, err := h.function(id, p)
		if err != nil {
			return err
		}
		h.functions[id] = f
	}
	for _, id := range h.stack.template.of("AWS::Lambda::EventSourceMapping") {
		p, err := h.stack.properties(id)
		if err != nil {
			return err
		}
		if p["Enabled"] == false {
			continue
		}
		m, err := h.mapping(ctx, id, p)
		if err != nil {
			return err
		}
		h.mappings = append(h.mappings, m)
	}
	return nil
}

// binary of a function: named, or in the folder of its asset.
func (h *Host) binary(id string) (string, error) {
	if path := h.options.Binaries[id]; path != "" {
		return filepath.Abs(path)
	}
	asset := plain(h.stack.template.Resources[id].Metadata["aws:asset:path"])
	if asset == "" || h.options.Assets == "" {
		return "", fmt.Errorf("start function %s: no binary is named for it and no asset", id)
	}
	if !filepath.IsAbs(asset) {
		asset = filepath.Join(h.options.Assets, asset)
	}
	return filepath.Abs(filepath.Join(asset, "bootstrap"))
}

// find returns a function by logical id, name or ARN.
func (h *Host) find(who string) (*function, error) {
	if f := h.functions[who]; f != nil {
		return f, nil
	}
	for _, f := range h.functions {
		if who == f.name || who == f.arn || strings.HasPrefix(who, f.arn+":") {
			return f, nil
		}
	}
	return nil, fmt.Errorf("find function %s: the template has none of that name", who)
}

// Invoke hands one event to a function, named by logical id, name or ARN, and waits for its answer.
// A function that reports an error, breaks or takes too long gives a *FunctionError.
func (h *Host) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	f, err := h.find(function)
	if err != nil {
		return nil, err
	}
	defer h.busy.begin()()
	return f.invoke(ctx, event)
}

// Fire lets a schedule (AWS::Scheduler::Schedule, or a rule with a schedule) strike now, named by its logical id.
func (h *Host) Fire(ctx context.Context, schedule string) error {
	r := h.stack.template.Resources[schedule]
	if r == nil {
		return fmt.Errorf("fire %s: the template has no such schedule", schedule)
	}
	p, err := h.stack.properties(schedule)
	if err != nil {
		return err
	}
	targets := objects(p["Targets"])
	if target, ok := p["Target"].(object); ok {
		targets = append(targets, target)
	}
	if len(targets) == 0 {
		return fmt.Errorf("fire %s: it has no target", schedule)
	}
	for _, target := range targets {
		if err := h.deliver(ctx, plain(target["Arn"]), h.scheduled(schedule, target)); err != nil {
			return fmt.Errorf("fire %s: %w", schedule, err)
		}
	}
	return nil
}

// scheduled is the event that a schedule sends: its own input, or the standard one.
func (h *Host) scheduled(schedule string, target object) []byte {
	if input := plain(target["Input"]); input != "" {
		return []byte(input)
	}
	raw, err := json.Marshal(object{
		"version": "0", "id": newID(), "detail-type": "Scheduled Event", "source": "aws.events", "account": h.stack.Account, "region": h.stack.Region,
		"time": time.Now().UTC().Format(time.RFC3339), "resources": []string{h.stack.Names[schedule]["Arn"]}, "detail": object{},
	})
	if err != nil {
		return []byte("{}")
	}
	return raw
}

func (h *Host) deliver(ctx context.Context, target string, event []byte) error {
	if strings.Contains(target, ":sqs:") {
		address, err := h.queue(ctx, target)
		if err != nil {
			return err
		}
		_, err = h.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(address), MessageBody: aws.String(string(event))})
		return err
	}
	_, err := h.Invoke(ctx, target, event)
	return err
}

// Stats of every function, by logical id. The CPU time of a running process is read in steps of 10 ms and on Linux only;
// that of ended ones is exact: for benchmarks, Close first.
func (h *Host) Stats() map[string]Stats {
	out := map[string]Stats{}
	for id, f := range h.functions {
		out[id] = f.tally()
	}
	return out
}

// Close ends the polling and the functions' processes. Messages in hand are seen again after their visibility timeout.
func (h *Host) Close() error {
	h.end()
	h.polling.Wait()
	var failed error
	for _, f := range h.functions {
		failed = errors.Join(failed, f.close())
	}
	return failed
}

// Idle waits until all queues and streams that have a function are empty and no function works. It fails with the context's error.
func (h *Host) Idle(ctx context.Context) error {
	for calm := 0; calm < 2; {
		quiet, err := h.quiet(ctx)
		if err != nil {
			return err
		}
		calm++
		if !quiet {
			calm = 0
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for functions to be idle: %w", ctx.Err())
		case <-time.After(h.options.Poll):
		}
	}
	return nil
}

func (h *Host) quiet(ctx context.Context) (bool, error) {
	before := h.busy.look()
	for _, m := range h.mappings {
		waiting, err := m.waiting(ctx)
		if err != nil || waiting > 0 {
			return false, err
		}
	}
	return h.busy.idleSince(before), nil
}
