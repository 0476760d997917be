package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// eventMends are EventBridge's rules about buses that moto does not have: who may put events on another account's, and that what arrives tells
// where it came from. Targets that are buses the front serves itself.
func eventMends() map[string]mended {
	return map[string]mended{
		"events.PutEvents": putEvents, "events.PutTargets": putTargets, "events.RemoveTargets": removeTargets,
		"events.ListTargetsByRule": listTargets,
	}
}

// bus is an event bus by where it is. Its name is "default" where a call names none.
type bus struct {
	place
	name string
}

func (b bus) arn() string { return b.place.arn("events", "event-bus/"+b.name) }

// busNamed reads the name or ARN of a bus as a call from there means it.
func busNamed(text string, from place) bus {
	if parts := arnParts(text); len(parts) == 6 && parts[0] == "arn" {
		return bus{place{parts[4], parts[3]}, strings.TrimPrefix(parts[5], "event-bus/")}
	}
	if text == "" {
		text = "default"
	}
	return bus{from, text}
}

// isBus says whether an ARN is one of an event bus.
func isBus(name string) bool {
	return strings.HasPrefix(name, "arn:") && strings.Contains(name, ":events:") && strings.Contains(name, ":event-bus/")
}

// putEvents puts each event on the bus that its entry names: all of a call on one, mostly.
func putEvents(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	here := place{x.Account, x.Region}
	entries := objects(in, "Entries")
	ids := a.stamp(here, entries)
	to := map[bus][]int{}
	var order []bus
	for i, entry := range entries {
		b := busNamed(text(entry, "EventBusName"), here)
		if b.account != here.account {
			if err := a.mayPut(ctx, x, b); err != nil {
				return nil, err
			}
		}
		if to[b] == nil {
			order = append(order, b)
		}
		to[b] = append(to[b], i)
	}
	answers, failed := make([]any, len(entries)), 0
	for _, b := range order {
		some := make([]object, 0, len(to[b]))
		for _, i := range to[b] {
			some = append(some, entries[i])
		}
		out, err := a.putOn(ctx, b, some)
		if err != nil {
			return nil, err
		}
		for n, one := range objects(out, "Entries") {
			if one["EventId"] != nil {
				one["EventId"] = ids[to[b][n]]
			} else {
				failed++
			}
			answers[to[b][n]] = one
		}
	}
	return jsonAnswer(http.StatusOK, object{"FailedEntryCount": failed, "Entries": answers}), nil
}

// putOn has moto put marked events on a bus, and sends on what its rules send to other buses.
func (a *AWS) putOn(ctx context.Context, b bus, entries []object) (object, error) {
	if a.hops(b.place) == "" {
		return a.motoPuts(ctx, b, entries)
	}
	a.hopping.Lock() // so that all of it has arrived when the call is answered
	defer a.hopping.Unlock()
	return a.putAndForward(ctx, b, entries, mostHops)
}

func (a *AWS) motoPuts(ctx context.Context, b bus, entries []object) (object, error) {
	for _, entry := range entries {
		entry["EventBusName"] = b.name
	}
	return a.askAt(ctx, b.place, "events", "AWSEvents.PutEvents", object{"Entries": entries})
}

// askAt has moto answer a call of a JSON service in an account and region, for the front itself.
func (a *AWS) askAt(ctx context.Context, at place, service, target string, in object) (object, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", target, err)
	}
	const key = "AKIAEMULATOREXAMPLE0"
	x := &exchange{
		Call: Call{Service: service, Operation: lastPart(target, "."), Account: at.account, Region: at.region}, method: http.MethodPost, path: "/", key: key,
		header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}, body: body,
		who: &principal{account: at.account, minted: true},
	}
	if service == "sqs" {
		x.header.Set("Content-Type", "application/x-amz-json-1.0")
	}
	x.header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260101/"+at.region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	reply, err := a.pass(ctx, x)
	if err != nil {
		return nil, err
	}
	out := object{}
	if len(reply.body) > 0 {
		if err := json.Unmarshal(reply.body, &out); err != nil {
			return nil, broken(err)
		}
	}
	if reply.status != http.StatusOK {
		return nil, &problem{status: reply.status, code: lastPart(text(out, "__type"), "#"), message: text(out, "message")}
	}
	return out, nil
}
