package emulator

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// A rule's target that is another bus gets a queue of the front's in its place. What moto delivers there the front takes to the bus, where that
// is allowed, before the call that put the event is answered. moto itself would ask nobody, and fail the call when there is no such bus.

const (
	// mostHops is how often an event is sent on. AWS ends circles as well, after a number that it does not tell.
	mostHops = 5

	hopQueue = "emulator-hops" // one in each account and region that has such targets
)

// forwardKey is what a target is known by: its rule, as the end of the rule's ARN, and its id.
func forwardKey(in object, at place, id string) string {
	rule := text(in, "Rule")
	if b := busNamed(text(in, "EventBusName"), at); b.name != "default" {
		rule = b.name + "/" + rule
	}
	return rule + "|" + id
}

// hop is what moto delivers in place of the target: the event, and which target it is for.
func hop(at place, id, key string) object {
	return object{
		"Id": id, "Arn": at.arn("sqs", hopQueue), "InputTransformer": object{
			"InputPathsMap": object{"source": "$.source", "type": "$.detail-type", "detail": "$.detail"},
			"InputTemplate": `{"target":"` + key + `","source":"<source>","detail-type":"<type>","detail":<detail>}`,
		},
	}
}

// putTargets keeps the targets that are buses.
func putTargets(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	at, buses := place{x.Account, x.Region}, map[string]object{}
	targets := []any{}
	for _, target := range objects(in, "Targets") {
		if isBus(text(target, "Arn")) {
			key := forwardKey(in, at, text(target, "Id"))
			buses[key] = target
			target = hop(at, text(target, "Id"), key)
		}
		targets = append(targets, target)
	}
	if len(buses) == 0 {
		return a.pass(ctx, x)
	}
	if err := a.openHops(ctx, at); err != nil {
		return nil, err
	}
	asked := maps.Clone(in)
	asked["Targets"] = targets
	other, err := x.againTarget(x.Operation, asked)
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, other)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(a.estate(at).forwards, buses)
	return reply, nil
}

// openHops makes the queue, once.
func (a *AWS) openHops(ctx context.Context, at place) error {
	if a.hops(at) != "" {
		return nil
	}
	out, err := a.askAt(ctx, at, "sqs", "AmazonSQS.CreateQueue", object{"QueueName": hopQueue})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.estate(at).hops = text(out, "QueueUrl")
	return nil
}

// hops is the address of the queue; "" where no rule sends anything to a bus.
func (a *AWS) hops(at place) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.estates[at]; e != nil {
		return e.hops
	}
	return ""
}

func removeTargets(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	in, unread := x.in()
	if err != nil || unread != nil || reply.status != http.StatusOK {
		return reply, err
	}
	at := place{x.Account, x.Region}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range texts(in, "Ids") {
		delete(a.estate(at).forwards, forwardKey(in, at, id))
	}
	return reply, nil
}

// listTargets shows targets as they were put.
func listTargets(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	at := place{x.Account, x.Region}
	return reply.rewrite(func(out object) {
		a.mu.Lock()
		defer a.mu.Unlock()
		targets := list(out, "Targets")
		for i, one := range objects(out, "Targets") {
			if put := a.estate(at).forwards[forwardKey(in, at, text(one, "Id"))]; put != nil {
				targets[i] = put
			}
		}
	})
}

// putAndForward puts events on a bus, and takes to other buses what its rules send there.
func (a *AWS) putAndForward(ctx context.Context, b bus, entries []object, left int) (object, error) {
	out, err := a.motoPuts(ctx, b, entries)
	if err != nil {
		return nil, err
	}
	queue := a.hops(b.place)
	if queue == "" {
		return out, nil
	}
	messages, err := a.take(ctx, b.place, queue)
	if err != nil || left == 0 { // then they end here
		return out, err
	}
	for _, body := range messages {
		if err := a.forwardTo(ctx, b.place, body, left); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// take empties a queue.
func (a *AWS) take(ctx context.Context, at place, queue string) ([]string, error) {
	var bodies []string
	for {
		out, err := a.askAt(ctx, at, "sqs", "AmazonSQS.ReceiveMessage", object{"QueueUrl": queue, "MaxNumberOfMessages": 10})
		if err != nil {
			return nil, err
		}
		messages := objects(out, "Messages")
		if len(messages) == 0 {
			return bodies, nil
		}
		gone := []any{}
		for _, m := range messages {
			bodies = append(bodies, text(m, "Body"))
			gone = append(gone, object{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]})
		}
		if _, err := a.askAt(ctx, at, "sqs", "AmazonSQS.DeleteMessageBatch", object{"QueueUrl": queue, "Entries": gone}); err != nil {
			return nil, err
		}
		if len(messages) < 10 {
			return bodies, nil
		}
	}
}

// forwarded is an event on its way to a target that is a bus.
type forwarded struct {
	Target     string          `json:"target"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Detail     json.RawMessage `json:"detail"`

	origin
}

func readForwarded(body string) (f forwarded, err error) {
	var o struct {
		Origin origin `json:"emulator:origin"`
	}
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		return f, broken(err)
	}
	if err := json.Unmarshal(f.Detail, &o); err != nil {
		return f, broken(err)
	}
	f.origin = o.Origin
	return f, nil
}

// forwardTo takes one event to the bus that a target is, or to the target's dead letters. What came from another account goes on to no third one
// (Amazon EventBridge User Guide, "Sending and receiving events between AWS accounts").
func (a *AWS) forwardTo(ctx context.Context, from place, body string, left int) error {
	f, err := readForwarded(body)
	if err != nil {
		return err
	}
	a.mu.Lock()
	target := a.estate(from).forwards[f.Target]
	a.mu.Unlock()
	if target == nil {
		return nil // it was taken away meanwhile
	}
	b := busNamed(text(target, "Arn"), from)
	if f.Account != from.account && b.account != from.account {
		return nil
	}
	rule, _, _ := strings.Cut(f.Target, "|")
	why, err := a.refuses(ctx, from, b, target, from.arn("events", "rule/"+rule))
	if err != nil {
		return err
	}
	if why != "" {
		return a.bury(ctx, from, target, f, why)
	}
	_, err = a.putAndForward(ctx, b, []object{{"Source": f.Source, "DetailType": f.DetailType, "Detail": string(f.Detail)}}, left-1)
	return err
}

// bury puts what was not delivered into the target's dead letters. Without such a queue it is lost, as with AWS.
func (a *AWS) bury(ctx context.Context, from place, target object, f forwarded, why string) error {
	queue := arnParts(text(child(target, "DeadLetterConfig"), "Arn"))
	if len(queue) != 6 {
		return nil
	}
	found, err := a.askAt(ctx, from, "sqs", "AmazonSQS.GetQueueUrl", object{"QueueName": queue[5]})
	if err != nil {
		return nil // there is none of that name
	}
	body, err := json.Marshal(object{"version": "0", "source": f.Source, "detail-type": f.DetailType, "detail": f.Detail}) // the rest tells its origin
	if err != nil {
		return broken(err)
	}
	rule, _, _ := strings.Cut(f.Target, "|")
	said := func(text string) object { return object{"DataType": "String", "StringValue": text} }
	_, err = a.askAt(ctx, from, "sqs", "AmazonSQS.SendMessage", object{
		"QueueUrl": found["QueueUrl"], "MessageBody": string(body), "MessageAttributes": object{
			"ERROR_CODE": said(why), "RULE_ARN": said(from.arn("events", "rule/"+rule)), "TARGET_ARN": said(text(target, "Arn")),
		},
	})
	return err
}
