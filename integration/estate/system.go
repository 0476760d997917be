package estate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/lambdahost"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Options of Deploy. Account and region default to the estate's.
type Options struct {
	Account, Region string
	Parameters      map[string]string // of the stack: AccountName, Email
	Output          io.Writer         // gets what the functions print; nil for nowhere
	Asleep          bool              // deploys the rules and queues, and starts no function
	Window          time.Duration     // shortens longer batching windows; 0 is 150 ms
	Env             []string          // more environment for every function: NAME=value
}

// System is pipewarden, deployed and running in one account of the emulated AWS.
type System struct {
	AWS     *emulator.AWS
	Product *Product
	Stack   *lambdahost.Stack
	Host    *lambdahost.Host // nil when asleep

	// The stack's outputs that the command works with.
	TableName, TopicArn, LooksUrl, OrdersUrl, RemediatorRoleArn string

	door     *door
	queues   *sqs.Client
	inbox    string             // addresses
	schedule string             // logical id
	roles    map[string]string  // name by function
	rules    map[string]pattern // by the rule's name
	counts   map[string]int     // resources by type
	outputs  map[string]string
}

// Deploy deploys the product's template, subscribes an inbox to its topic, and starts its functions.
func (p *Product) Deploy(ctx context.Context, a *emulator.AWS, o Options) (_ *System, err error) {
	if o.Account == "" {
		o.Account = Account
	}
	if o.Region == "" {
		o.Region = Region
	}
	s := &System{AWS: a, Product: p}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("deploy pipewarden into %s: %w", o.Account, err), s.Close())
		}
	}()
	if s.door, err = openDoor(ctx, a); err != nil {
		return nil, err
	}
	template, err := set(p.Template, o.Parameters)
	if err != nil {
		return nil, err
	}
	if s.Stack, err = lambdahost.Deploy(ctx, a, o.Account, o.Region, template); err != nil {
		return nil, err
	}
	if err = s.find(p.Template); err != nil {
		return nil, err
	}
	cfg := a.As(emulator.Caller{Account: o.Account, Role: "estate"}, o.Region)
	if err = s.listen(ctx, cfg); err != nil {
		return nil, err
	}
	if !o.Asleep {
		err = s.wake(ctx, o)
	}
	return s, err
}

// set gives the stack's parameters their values.
func set(raw []byte, values map[string]string) ([]byte, error) {
	var template map[string]any
	if err := json.Unmarshal(raw, &template); err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	parameters, _ := template["Parameters"].(map[string]any)
	for name, value := range values {
		p, ok := parameters[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("set parameter %s: the template has none of that name", name)
		}
		p["Default"] = value
	}
	raw, err := json.Marshal(template)
	if err != nil {
		return nil, fmt.Errorf("write template: %w", err)
	}
	return raw, nil
}

// pattern is what a rule of CloudTrail events asks for.
type pattern struct {
	Detail struct{ EventSource, EventName []any }
}

// find takes the outputs and the schedule from the template.
func (s *System) find(raw []byte) error {
	var template struct {
		Outputs   map[string]struct{ Value any }
		Resources map[string]deployed
	}
	if err := json.Unmarshal(raw, &template); err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	for name, to := range map[string]*string{
		"TableName": &s.TableName, "TopicArn": &s.TopicArn, "LooksUrl": &s.LooksUrl, "OrdersUrl": &s.OrdersUrl, "RemediatorRoleArn": &s.RemediatorRoleArn,
	} {
		value, err := lambdahost.Resolve(template.Outputs[name].Value, s.Stack.Names)
		if err != nil {
			return fmt.Errorf("read output %s: %w", name, err)
		}
		text, ok := value.(string)
		if !ok || text == "" {
			return fmt.Errorf("read output %s: the template has none", name)
		}
		*to = text
	}
	s.outputs = map[string]string{}
	for name, output := range template.Outputs {
		if value, err := lambdahost.Resolve(output.Value, s.Stack.Names); err == nil { // one with a condition may name what was not deployed
			s.outputs[name] = fmt.Sprint(value)
		}
	}
	s.roles, s.rules, s.counts = map[string]string{}, map[string]pattern{}, map[string]int{}
	for id, r := range template.Resources {
		if err := s.note(id, r); err != nil {
			return err
		}
	}
	return nil
}

// deployed is what the estate wants to know of a resource in the template.
type deployed struct {
	Type       string
	Properties struct {
		FunctionName, Role, Name any
		EventPattern             pattern
	}
}

// Output is the value of an output of the stack; "": it has none of that name.
func (s *System) Output(name string) string { return s.outputs[name] }

// note counts a resource, and remembers what is asked for by name later: the sweep's schedule, the rules and the roles.
func (s *System) note(id string, r deployed) error {
	s.counts[r.Type]++
	switch {
	case r.Type == "AWS::Scheduler::Schedule" && id == "Sweep": // the heartbeat has a schedule of its own
		s.schedule = id
	case r.Type == "AWS::Events::Rule":
		s.rules[fmt.Sprint(r.Properties.Name)] = r.Properties.EventPattern
	case r.Type == "AWS::Lambda::Function":
		return s.role(r.Properties.FunctionName, r.Properties.Role)
	}
	return nil
}

// role notes the role of a function. CDK brings functions of its own, without a name.
func (s *System) role(function, arn any) error {
	name, ok := function.(string)
	if !ok {
		return nil
	}
	resolved, err := lambdahost.Resolve(arn, s.Stack.Names)
	if err != nil {
		return fmt.Errorf("read role of %s: %w", name, err)
	}
	text := fmt.Sprint(resolved)
	s.roles[strings.TrimPrefix(name, "pipewarden-")] = text[strings.LastIndexByte(text, '/')+1:]
	return nil
}

// listen makes the inbox and the queue for what is to be seen later.
func (s *System) listen(ctx context.Context, cfg aws.Config) error {
	s.queues = sqs.NewFromConfig(cfg)
	for name, address := range map[string]*string{"inbox": &s.inbox, "later": &s.door.later} {
		out, err := s.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name)})
		if err != nil {
			return fmt.Errorf("make queue %s: %w", name, err)
		}
		*address = aws.ToString(out.QueueUrl)
	}
	topic := strings.Split(s.TopicArn, ":")
	if len(topic) != 6 {
		return fmt.Errorf("subscribe the inbox: %q is not the ARN of a topic", s.TopicArn)
	}
	topic[2], topic[5] = "sqs", "inbox"
	_, err := sns.NewFromConfig(cfg).Subscribe(ctx, &sns.SubscribeInput{TopicArn: &s.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(strings.Join(topic, ":"))})
	if err != nil {
		return fmt.Errorf("subscribe the inbox: %w", err)
	}
	return nil
}

// wake starts the functions. Windows are cut short and what failed comes again at once: nobody wants to wait for the clock.
func (s *System) wake(ctx context.Context, o Options) error {
	if o.Window == 0 {
		o.Window = 150 * time.Millisecond
	}
	binaries := map[string]string{}
	for _, name := range s.Functions() {
		binaries[s.function(name)] = s.Product.binary(name)
	}
	var err error
	s.Host, err = lambdahost.Start(ctx, s.Stack, lambdahost.Options{
		Binaries: binaries, Output: o.Output, RetryNow: true, MaxWindow: o.Window, Poll: 25 * time.Millisecond, Env: append(s.door.env(), o.Env...),
	})
	return err
}

// Functions are the names of those that the stack deploys.
func (s *System) Functions() []string {
	return slices.DeleteFunc(slices.Clone(Functions), func(name string) bool { return s.function(name) == "" })
}

// function is the logical id of a function; "": the template has none of that name.
func (s *System) function(name string) string {
	for id, attributes := range s.Stack.Names {
		if attributes["Ref"] == "pipewarden-"+name && strings.Contains(attributes["Arn"], ":lambda:") {
			return id
		}
	}
	return ""
}

// Config is for looking at the account from outside.
func (s *System) Config() aws.Config { return s.AWS.Config(s.Stack.Account, s.Stack.Region) }

// Ledger is what the deployed functions remember.
func (s *System) Ledger() *ledger.Ledger {
	return ledger.Open(ledger.NewDynamoDB(s.Config(), s.TableName, time.Now), time.Now)
}

// Kept lists the messages that were put aside.
func (s *System) Kept(ctx context.Context) ([]ledger.Kept, error) {
	var all []ledger.Kept
	for kept, err := range s.Ledger().Kept(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, kept)
	}
	return all, nil
}

// Close ends the functions. The product stays.
func (s *System) Close() error {
	var err error
	if s.Host != nil {
		err = s.Host.Close()
	}
	if s.door != nil {
		err = errors.Join(err, s.door.server.Close())
	}
	return err
}
