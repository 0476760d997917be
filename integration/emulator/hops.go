package emulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// A rule's target that is another bus gets a queue of the front's in its place. What moto delivers there the front takes to the bus, where that
// is allowed, before the call that put the event is answered. moto itself would ask nobody, and fail the call when there is no such bus.

// mostHops is how often an event is sent on. AWS ends circles as well, after a number that it does not tell.
const mostHops = 5

func forwardKey(in object, at place, id string) string {
	return busNamed(text(in, "EventBusName"), at).name + "|" + text(in, "Rule") + "|" + id
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
			buses[text(target, "Id")] = target
			queue, err := a.hopQueue(ctx, at, target)
			if err != nil {
				return nil, err
			}
			target = object{"Id": target["Id"], "Arn": at.arn("sqs", queue)}
		}
		targets = append(targets, target)
	}
	if len(buses) == 0 {
		return a.pass(ctx, x)
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
	for id, target := range buses {
		a.estate(at).forwards[forwardKey(in, at, id)] = target
	}
	return reply, nil
}

// hopQueue makes the queue of all targets that are the same bus, under the same role and with the same dead letters, and gives its name.
func (a *AWS) hopQueue(ctx context.Context, at place, target object) (string, error) {
	same := object{"Arn": target["Arn"], "RoleArn": target["RoleArn"], "DeadLetterConfig": target["DeadLetterConfig"]}
	raw, err := json.Marshal(same)
	if err != nil {
		return "", broken(err)
	}
	sum := sha256.Sum256(raw)
	name := "emulator-hop-" + hex.EncodeToString(sum[:8])
	a.mu.Lock()
	made := a.estate(at).hops[name] != nil
	a.mu.Unlock()
	if made {
		return name, nil
	}
	out, err := a.askAt(ctx, at, "sqs", "AmazonSQS.CreateQueue", object{"QueueName": name})
	if err != nil {
		return "", err
	}
	same["QueueUrl"] = out["QueueUrl"]
	a.mu.Lock()
	defer a.mu.Unlock()
	a.estate(at).hops[name] = same
	return name, nil
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

func (a *AWS) hasHops(at place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.estates[at]
	return e != nil && len(e.hops) > 0
}

// putAndForward puts events on a bus, and takes to other buses what its rules send there.
func (a *AWS) putAndForward(ctx context.Context, b bus, entries []object, left int) (object, error) {
	out, err := a.motoPuts(ctx, b, entries)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	hops := maps.Clone(a.estate(b.place).hops)
	a.mu.Unlock()
	for _, queue := range slices.Sorted(maps.Keys(hops)) {
		messages, err := a.take(ctx, b.place, text(hops[queue], "QueueUrl"))
		if err != nil {
			return nil, err
		}
		if left == 0 {
			continue // they end here
		}
		for _, body := range messages {
			if err := a.forwardTo(ctx, b.place, hops[queue], body, left); err != nil {
				return nil, err
			}
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

// forwardTo takes one event to the bus that a target is, or to the target's dead letters. What came from another account goes on to no third one
// (Amazon EventBridge User Guide, "Sending and receiving events between AWS accounts").
func (a *AWS) forwardTo(ctx context.Context, from place, target object, body string, left int) error {
	var event struct {
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	var o struct {
		Origin origin `json:"emulator:origin"`
	}
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		return broken(err)
	}
	if err := json.Unmarshal(event.Detail, &o); err != nil {
		return broken(err)
	}
	b := busNamed(text(target, "Arn"), from)
	if o.Origin.Account != from.account && b.account != from.account {
		return nil
	}
	why, err := a.refuses(ctx, from, b, target)
	if err != nil {
		return err
	}
	if why != "" {
		return a.bury(ctx, from, target, body, why)
	}
	entry := object{"Source": event.Source, "DetailType": event.DetailType, "Detail": string(event.Detail)}
	_, err = a.putAndForward(ctx, b, []object{entry}, left-1)
	return err
}

// bury puts what was not delivered into the target's dead letters. Without such a queue it is lost, as with AWS.
func (a *AWS) bury(ctx context.Context, from place, target object, body, why string) error {
	queue := arnParts(text(child(target, "DeadLetterConfig"), "Arn"))
	if len(queue) != 6 {
		return nil
	}
	found, err := a.askAt(ctx, from, "sqs", "AmazonSQS.GetQueueUrl", object{"QueueName": queue[5]})
	if err != nil {
		return nil // there is none of that name
	}
	said := func(text string) object { return object{"DataType": "String", "StringValue": text} }
	_, err = a.askAt(ctx, from, "sqs", "AmazonSQS.SendMessage", object{
		"QueueUrl": found["QueueUrl"], "MessageBody": body,
		"MessageAttributes": object{"ERROR_CODE": said(why), "TARGET_ARN": said(text(target, "Arn"))},
	})
	return err
}
