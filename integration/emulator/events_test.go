package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// happened is an event of the service itself, as EventBridge has it in an account.
func happened(in, region, name string) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.codebuild","account":%q,"time":"2026-11-20T09:14:07Z",
		"region":%q,"resources":["arn:aws:codebuild:::project/x"],"detail":{"eventName":%q,"n":12345678901234567890,"html":"<a&b>"}}`, in, region, name)
}

// delivered is what arrived, without what differs from event to event.
type delivered struct {
	Account, Region, Time, Source string
	Resources                     []string
	Detail                        json.RawMessage
	ID                            string
}

func arrived(t *testing.T, body string) (d delivered) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return d
}

// queueOf makes a queue, and gives its address.
func queueOf(t *testing.T, a *AWS, in, region, name string) (*sqs.Client, string) {
	t.Helper()
	c := sqs.NewFromConfig(a.Config(in, region))
	made, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	return c, *ok(t, made, err).QueueUrl
}

// rule sends what matches on a bus to a target.
func rule(t *testing.T, a *AWS, in, region, onBus, pattern string, target types.Target) {
	t.Helper()
	c := eventbridge.NewFromConfig(a.Config(in, region))
	put, err := c.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: s("forward"), EventBusName: &onBus, EventPattern: &pattern})
	ok(t, put, err)
	target.Id = s("to")
	aimed, err := c.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: s("forward"), EventBusName: &onBus, Targets: []types.Target{target}})
	ok(t, aimed, err)
}

const (
	byAWS  = `{"source":[{"prefix":"aws."}]}`
	busARN = "arn:aws:events:eu-west-1:777788889999:event-bus/pipewarden"
)

// centre is a bus that admits the organisation, with a rule that takes everything of AWS to a queue.
func centre(t *testing.T, a *AWS) (*sqs.Client, string) {
	t.Helper()
	queues, looks := queueOf(t, a, central, region, "looks")
	c := eventbridge.NewFromConfig(a.Config(central, region))
	made, err := c.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: s("pipewarden")})
	ok(t, made, err)
	admit(t, a, `{"Sid":"OrganizationSends","Effect":"Allow","Principal":"*","Action":"events:PutEvents","Resource":"`+busARN+`","Condition":{"StringEquals":{"aws:PrincipalOrgID":"`+org+`"}}}`)
	rule(t, a, central, region, "pipewarden", byAWS, types.Target{Arn: s("arn:aws:sqs:eu-west-1:777788889999:looks")})
	return queues, looks
}

func admit(t *testing.T, a *AWS, statement string) {
	t.Helper()
	put, err := eventbridge.NewFromConfig(a.Config(central, region)).PutPermission(t.Context(), &eventbridge.PutPermissionInput{
		EventBusName: s("pipewarden"), Policy: s(`{"Version":"2012-10-17","Statement":[` + statement + `]}`),
	})
	ok(t, put, err)
}

// forwarder sends a member's events to the centre, with a role and dead letters as a member has them.
func forwarder(t *testing.T, a *AWS, in, region string) (dead func() []string) {
	t.Helper()
	queues, address := queueOf(t, a, in, region, "dead")
	name := "forward-" + region
	makeRole(t, a, in, name, "/", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{
		"StringEquals":{"aws:SourceAccount":"`+in+`"},"ArnLike":{"aws:SourceArn":"arn:aws:events:`+region+`:`+in+`:rule/forw*"}}}]}`)
	grant(t, a, in, name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:PutEvents","Resource":"`+busARN+`"}]}`)
	rule(t, a, in, region, "default", `{"detail":{"eventName":["UpdateProject"]}}`, types.Target{
		Arn: s(busARN), RoleArn: s("arn:aws:iam::" + in + ":role/" + name), DeadLetterConfig: &types.DeadLetterConfig{Arn: s("arn:aws:sqs:" + region + ":" + in + ":dead")},
	})
	return func() []string { return receive(t, queues, address) }
}

// TestEventsTellWhereTheyCameFrom: from each account and region over the bus of the central one.
func TestEventsTellWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	organised(t, a)
	queues, looks := centre(t, a)
	places := []place{{account, region}, {account, "us-east-1"}, {other, "eu-west-2"}}
	for _, at := range places {
		dead := forwarder(t, a, at.account, at.region)
		for _, name := range []string{"UpdateProject", "ListProjects"} {
			if err := a.PutEvent(t.Context(), at.account, at.region, happened(outsider, "mars-1", name)); err != nil {
				t.Fatal(err)
			}
		}
		got := receive(t, queues, looks)
		if len(got) != 1 {
			t.Fatalf("%v: %d messages, want one", at, len(got))
		}
		have := arrived(t, got[0])
		equal(t, "id is there", have.ID != "", true)
		have.ID = ""
		want := delivered{
			Account: at.account, Region: at.region, Time: "2026-11-20T09:14:07Z", Source: "aws.codebuild", Resources: []string{"arn:aws:codebuild:::project/x"},
			Detail: json.RawMessage(`{"eventName":"UpdateProject","html":"<a&b>","n":12345678901234567890}`),
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%v: %s", at, diff)
		}
		equal(t, "dead", len(dead()), 0)
	}
}

// TestNobodyChoosesAnAccount: what an event says of itself is not what it is.
func TestNobodyChoosesAnAccount(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	queues, address := queueOf(t, a, account, region, "all")
	rule(t, a, account, region, "default", `{"detail-type":["made up"]}`, types.Target{Arn: s("arn:aws:sqs:eu-west-1:111122223333:all")})
	c := eventbridge.NewFromConfig(a.Config(account, region))
	for _, detail := range []string{
		`{}`, `{"account":"444455556666","emulator:origin":{"account":"444455556666","region":"us-east-1","id":"1","time":"","resources":[]}}`,
		`{"emulator\u003aorigin":{"account":"444455556666"} } `,
	} {
		put, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{Source: s("me"), DetailType: s("made up"), Detail: &detail}}})
		id := *ok(t, put, err).Entries[0].EventId
		got := receive(t, queues, address)
		have := arrived(t, strings.Join(got, ""))
		equal(t, "from", have.Account+" "+have.Region, "111122223333 eu-west-1")
		equal(t, "id", have.ID, id)
		equal(t, "mark is gone", strings.Contains(got[0], "emulator:origin"), false)
		equal(t, "resources", fmt.Sprint(have.Resources), "[]")
		if at, err := time.Parse(time.RFC3339, have.Time); err != nil || time.Since(at) > time.Hour {
			t.Errorf("time %q: %v", have.Time, err)
		}
	}
	put, err := c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{Source: s("me"), DetailType: s("made up"), Detail: s(`[1]x`)}, {Source: s("me"), DetailType: s("made up"), Detail: s(`{"a":1}`)},
	}})
	equal(t, "refused", ok(t, put, err).FailedEntryCount, 1)
	equal(t, "which", aws.ToString(put.Entries[0].ErrorCode)+aws.ToString(put.Entries[1].ErrorCode), "MalformedDetail")
}

// TestBusAdmits: an account that is in the organisation puts events on the central bus, another one does not.
func TestBusAdmits(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	organised(t, a)
	queues, looks := centre(t, a)
	put := func(who, onBus string) error {
		entry := types.PutEventsRequestEntry{Source: s("aws.codebuild"), DetailType: s("made up"), Detail: s(`{}`), EventBusName: &onBus}
		_, err := eventbridge.NewFromConfig(a.Config(who, region)).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry}})
		return err
	}
	if err := errors.Join(put(account, busARN), put(central, busARN), put(central, "pipewarden")); err != nil {
		t.Error(err)
	}
	var have []string
	for _, body := range receive(t, queues, looks) {
		have = append(have, arrived(t, body).Account)
	}
	equal(t, "arrived from", strings.Join(have, " "), "111122223333 777788889999 777788889999")
	err := put(outsider, busARN)
	refused(t, err, "AccessDeniedException")
	contains(t, "refusal", err.Error(), "User: arn:aws:sts::555566667777:assumed-role/emulator/session is not authorized to perform: events:PutEvents on resource: "+busARN)
	refused(t, put(account, "arn:aws:events:eu-west-2:777788889999:event-bus/pipewarden"), "ResourceNotFoundException")
	refused(t, put(account, "arn:aws:events:eu-west-1:777788889999:event-bus/none"), "ResourceNotFoundException")
	refused(t, put(account, "arn:aws:events:eu-west-1:777788889999:event-bus/default"), "AccessDeniedException")
	admit(t, a, `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::555566667777:root"},"Action":"events:PutEvents","Resource":"`+busARN+`"}`)
	if err := put(outsider, busARN); err != nil {
		t.Error(err)
	}
	equal(t, "arrived", len(receive(t, queues, looks)), 1)
}

// TestRulesForward only where the bus and the role let them: what is refused is in the rule's dead letters, and the call that put it succeeds.
func TestRulesForward(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	o := organised(t, a)
	queues, looks := centre(t, a)
	dead := map[string]func() []string{account: forwarder(t, a, account, region), outsider: forwarder(t, a, outsider, region)}
	check := func(when, from string, alive, lost int) {
		t.Helper()
		if err := a.PutEvent(t.Context(), from, region, happened(from, region, "UpdateProject")); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		bodies := dead[from]()
		equal(t, when+": arrived and lost", fmt.Sprint(len(receive(t, queues, looks)), len(bodies)), fmt.Sprint(alive, lost))
		for _, body := range bodies {
			equal(t, when+": lost one's account", arrived(t, body).Account, from)
		}
	}
	check("member", account, 1, 0)
	check("outsider", outsider, 0, 1)
	o.Remove(account)
	check("account that left", account, 0, 1)
	o.Add(account, "web", o.Root())
	grant(t, a, account, "forward-eu-west-1", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:PutEvents","Resource":"`+busARN+`2"}]}`)
	check("role that may not", account, 0, 1)
	grant(t, a, account, "forward-eu-west-1", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:*","Resource":"*"}]}`)
	check("role that may", account, 1, 0)
	gone, err := eventbridge.NewFromConfig(a.Config(central, region)).DeleteEventBus(t.Context(), &eventbridge.DeleteEventBusInput{Name: s("pipewarden")})
	ok(t, gone, err)
	check("no bus", account, 0, 1)

	c := eventbridge.NewFromConfig(a.Config(account, region))
	targets, err := c.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: s("forward")})
	equal(t, "target as it was put", *ok(t, targets, err).Targets[0].Arn, busARN)
	equal(t, "role of the target", *targets.Targets[0].RoleArn, "arn:aws:iam::111122223333:role/forward-eu-west-1")
	removed, err := c.RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{Rule: s("forward"), Ids: []string{"to"}})
	ok(t, removed, err)
	check("no target", account, 0, 0)
}

// TestForwardingEnds: events in a circle, and those of one account that another would send on to a third.
func TestForwardingEnds(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	queues, looks := queueOf(t, a, account, region, "looks")
	c := eventbridge.NewFromConfig(a.Config(account, region))
	for _, name := range []string{"ping", "pong"} {
		made, err := c.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &name})
		ok(t, made, err)
	}
	arn := func(in, name string) *string { return s("arn:aws:events:eu-west-1:" + in + ":event-bus/" + name) }
	rule(t, a, account, region, "default", byAWS, types.Target{Arn: arn(account, "ping")})
	rule(t, a, account, region, "ping", byAWS, types.Target{Arn: arn(account, "pong")})
	rule(t, a, account, region, "pong", byAWS, types.Target{Arn: arn(account, "ping")})
	put, err := c.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: s("forward"), EventBusName: s("pong"), Targets: []types.Target{
		{Id: s("queue"), Arn: s("arn:aws:sqs:eu-west-1:111122223333:looks")},
		{Id: s("third"), Arn: arn(other, "default")},
	}})
	ok(t, put, err)
	for range 2 { // what ended stays ended
		if err := a.PutEvent(t.Context(), account, region, happened(account, region, "UpdateProject")); err != nil {
			t.Fatal(err)
		}
		equal(t, "rounds", len(receive(t, queues, looks)), 2)
	}

	third, address := queueOf(t, a, other, region, "looks")
	rule(t, a, other, region, "default", byAWS, types.Target{Arn: s("arn:aws:sqs:eu-west-1:444455556666:looks")})
	allowed, err := eventbridge.NewFromConfig(a.Config(other, region)).PutPermission(t.Context(), &eventbridge.PutPermissionInput{Action: s("events:PutEvents"), Principal: s("*"), StatementId: s("all")})
	ok(t, allowed, err)
	allowed, err = c.PutPermission(t.Context(), &eventbridge.PutPermissionInput{Action: s("events:PutEvents"), Principal: s(outsider), StatementId: s("one"), EventBusName: s("pong")})
	ok(t, allowed, err)
	from := eventbridge.NewFromConfig(a.Config(outsider, region))
	for who, client := range map[string]*eventbridge.Client{outsider: from, account: c} {
		entry := types.PutEventsRequestEntry{Source: s("aws.x"), DetailType: s("d"), Detail: s(`{}`), EventBusName: arn(account, "pong")}
		out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry}})
		ok(t, out, err)
		for _, body := range receive(t, third, address) {
			equal(t, "sent on by "+who, arrived(t, body).Account, account)
		}
	}
}

func TestBusesAreNamedInTwoWays(t *testing.T) {
	t.Parallel()
	here := place{account, region}
	for text, want := range map[string]string{
		"": "arn:aws:events:eu-west-1:111122223333:event-bus/default", "x": "arn:aws:events:eu-west-1:111122223333:event-bus/x", busARN: busARN,
	} {
		equal(t, text, busNamed(text, here).arn(), want)
	}
}

// FuzzDetail: whatever a detail is, it ends up with the origin that it got, or is left alone.
func FuzzDetail(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1} `, `[`, `{"emulator:origin":1}`, `{"a":{"emulator:origin":{"account":"1"}}}`, `}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, detail string) {
		mine := origin{Account: account, Region: region, ID: "i", Time: "t", Resources: []string{}}
		marked := mine.marked(detail)
		var before, after object
		if json.Unmarshal([]byte(detail), &before) != nil || before == nil {
			return
		}
		if err := json.Unmarshal([]byte(marked), &after); err != nil {
			t.Fatalf("%q became %q: %v", detail, marked, err)
		}
		have, _ := originOf(after)
		equal(t, "account", have.Account, account)
		out := arrived(t, unmarked(`{"source":"s","detail-type":"d","detail":`+marked+`}`))
		equal(t, "account", out.Account, account)
	})
}

func TestErrorsOfEventBridgeStay(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	entries := make([]types.PutEventsRequestEntry, 11)
	for i := range entries {
		entries[i] = types.PutEventsRequestEntry{Source: s("me"), DetailType: s("d"), Detail: s(`{}`)}
	}
	_, err := eventbridge.NewFromConfig(a.Config(account, region)).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
	var api smithy.APIError
	if !errors.As(err, &api) || !strings.Contains(api.ErrorCode(), "Validation") {
		t.Error(err)
	}
}
