package queue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var web = resource.Ref{Kind: "build-project", ID: "web", Account: "111122223333", Region: "eu-west-1"}

// mailed is a look after it went through a queue.
func mailed(t *testing.T, look queue.Look) queue.Look {
	t.Helper()
	raw, err := json.Marshal(look)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := queue.ParseLook(string(raw))
	if !ok {
		t.Fatalf("no look: %s", raw)
	}
	return back
}

// Every event that there is a sample of goes through the queue unchanged, whole and trimmed.
func TestCausesSurviveTheQueue(t *testing.T) {
	t.Parallel()
	n := 0
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			continue
		}
		n++
		for form, cause := range map[string]*event.Event{"whole": e, "trimmed": queue.Trimmed(e)} {
			look := queue.Look{Refs: []resource.Ref{web}, Cause: cause}
			if diff := cmp.Diff(look, mailed(t, look)); diff != "" {
				t.Errorf("%s, %s:\n%s", name, form, diff)
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d samples", n)
	}
}

func TestCauseIsWrittenAsItAlwaysWas(t *testing.T) {
	t.Parallel()
	cause := &event.Event{
		ID: "e-1", Source: "aws.codebuild", DetailType: event.APICall, Account: "111122223333", Region: "eu-west-1",
		Time: time.Date(2026, 11, 20, 9, 14, 7, 120_000_000, time.UTC), Resources: []string{"arn:aws:codebuild:eu-west-1:111122223333:project/web"},
		Detail: event.Fields{"eventName": "UpdateProject", "count": 1.5, "list": []any{"a", nil, map[string]any{"b": true}}, "none": nil},
	}
	look := queue.Look{Refs: []resource.Ref{web}, Cause: cause}
	if diff := cmp.Diff(look, mailed(t, look)); diff != "" {
		t.Error(diff)
	}
	// A message that the last version sent is read by the next one: the names must stay.
	const sent = `{"look":[{"kind":"build-project","id":"web","account":"111122223333","region":"eu-west-1"}],"cause":{"ID":"e-1","Source":"aws.codebuild",` +
		`"DetailType":"AWS API Call via CloudTrail","Account":"111122223333","Region":"eu-west-1","Time":"2026-11-20T09:14:07.12Z",` +
		`"Resources":["arn:aws:codebuild:eu-west-1:111122223333:project/web"],` +
		`"Detail":{"count":1.5,"eventName":"UpdateProject","list":["a",null,{"b":true}],"none":null}}}`
	raw, err := json.Marshal(look)
	if err != nil || string(raw) != sent {
		t.Errorf("written %s, %v", raw, err)
	}
}

// What a trimmed event is asked for later, it answers as the whole one does.
func TestTrimmedKeepsWhoWhatAndWhen(t *testing.T) {
	t.Parallel()
	for name, raw := range events.All() {
		e, err := event.Decode(raw)
		if err != nil {
			continue
		}
		before, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		trimmed := queue.Trimmed(e)
		if after, err := json.Marshal(e); err != nil || string(after) != string(before) {
			t.Errorf("%s: the event itself was changed", name)
		}
		type answers struct {
			ID, Source, DetailType, Account, Region, Name, Service string
			Time                                                   time.Time
			FromCloudTrail, Succeeded                              bool
			Call                                                   identity.Call
			Who                                                    identity.Verdict
		}
		of := func(e *event.Event) answers {
			return answers{
				e.ID, e.Source, e.DetailType, e.Account, e.Region, e.Name(), e.Service(), e.Time, e.FromCloudTrail(), e.Succeeded(),
				check.Caller(e), identity.Judge(check.Caller(e), identity.Rules{}),
			}
		}
		if diff := cmp.Diff(of(e), of(trimmed)); diff != "" {
			t.Errorf("%s: whole (-), trimmed (+):\n%s", name, diff)
		}
	}
}

func TestTrimmedDropsWhatMayBeSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-secret"
	holds := map[string]any{"environment": map[string]any{"variables": []any{map[string]any{"name": "TOKEN", "value": secret}}}}
	for name, e := range map[string]*event.Event{
		"a call": {DetailType: event.APICall, Detail: event.Fields{
			"eventName": "UpdateProject", "requestParameters": holds, "responseElements": holds, "additionalEventData": holds, "serviceEventDetails": holds,
			"resources": []any{holds}, "tlsDetails": holds, "addendum": holds, "whatever comes next": secret,
		}},
		"a call with its request as text": {DetailType: event.APICall, Detail: event.Fields{
			"eventName": "UpdateProject", "requestParameters": `{"value":"` + secret + `"}`, "responseElements": secret,
		}},
		"a call that was refused": {DetailType: event.APICall, Detail: event.Fields{
			"eventName": "UpdateProject", "errorCode": "InvalidInputException", "errorMessage": "value " + secret + " is no name",
		}},
		"a build": {DetailType: "CodeBuild Build State Change", Detail: event.Fields{
			"build-status": "FAILED", "additional-information": holds, "list": []any{secret}, "log": strings.Repeat("x", 300) + secret,
		}},
	} {
		raw, err := json.Marshal(queue.Trimmed(e))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), secret) {
			t.Errorf("%s: the secret travels: %s", name, raw)
		}
		if !strings.Contains(string(raw), `"eventName":"UpdateProject"`) && !strings.Contains(string(raw), `"build-status":"FAILED"`) {
			t.Errorf("%s: what happened does not: %s", name, raw)
		}
	}
	if queue.Trimmed(nil) != nil {
		t.Error("an event out of nothing")
	}
}

func TestTrimmedFailureStaysOne(t *testing.T) {
	t.Parallel()
	for want, detail := range map[string]event.Fields{
		"AccessDenied": {"errorCode": "AccessDenied", "errorMessage": "no"},
		"Throttled":    {"responseElements": map[string]any{"errorCode": "Throttled"}},
		"Unknown":      {"errorMessage": "it broke"},
		"":             {"eventName": "UpdateProject"},
	} {
		trimmed := queue.Trimmed(&event.Event{DetailType: event.APICall, Detail: detail})
		if got := trimmed.ErrorCode(); got != want || trimmed.Succeeded() != (want == "") {
			t.Errorf("%v: code %q, succeeded %v", detail, got, trimmed.Succeeded())
		}
	}
}

func TestParseLook(t *testing.T) {
	t.Parallel()
	look, ok := queue.ParseLook(`{"look":[{"kind":"k","id":"i","account":"a","region":"r"}],"later":"member"}`)
	if !ok || !slices.Equal(look.Refs, []resource.Ref{{Kind: "k", ID: "i", Account: "a", Region: "r"}}) || look.Cause != nil {
		t.Errorf("%+v, %v", look, ok)
	}
	for _, body := range []string{
		"", " ", "null", "[]", "{}", "0", `"look"`, `{"look":null}`, `{"look":[]}`, `{"look":{}}`, `{"look":["web"]}`, `{"look":[{"kind":7}]}`,
		`{"look":[{"kind":"k"}]`, `{"look":[{"kind":"k"}],"cause":7}`, `{"look":[{"kind":"k"}],"cause":{"Time":"yesterday"}}`, `{"look":[{}]} {}`,
		`{"order":"1","remedy":"r"}`, "\xff\x00", strings.Repeat("[", 100_000),
	} {
		if look, ok := queue.ParseLook(body); ok {
			t.Errorf("%.60q was taken for a look: %+v", body, look)
		}
	}
	for name, raw := range events.All() {
		if _, ok := queue.ParseLook(string(raw)); ok {
			t.Errorf("the event %s was taken for a look", name)
		}
	}
}

func FuzzParseLook(f *testing.F) {
	f.Add(`{"look":[{"kind":"k","id":"i"}],"cause":{"ID":"e","Detail":{"a":[1]},"Time":"2026-11-20T09:14:07Z"}}`)
	f.Add(`{"LOOK":[{}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		look, ok := queue.ParseLook(body)
		if !ok {
			return
		}
		if len(look.Refs) == 0 {
			t.Fatal("a look at nothing")
		}
		look.Cause = queue.Trimmed(look.Cause)
		raw, err := json.Marshal(look)
		if err != nil {
			t.Fatal(err)
		}
		again, ok := queue.ParseLook(string(raw))
		if !ok || !cmp.Equal(look, again) {
			t.Fatalf("%s came back as %+v", raw, again)
		}
	})
}

func TestParseDecisionAndUpkeep(t *testing.T) {
	t.Parallel()
	d, ok := queue.ParseDecision(`{"decide":"undo","action":"01K3F7Q2","by":"arn:aws:iam::111122223333:user/ann","force":true,"later":"member"}`)
	if want := (queue.Decision{Verb: queue.Undo, Action: "01K3F7Q2", By: "arn:aws:iam::111122223333:user/ann", Force: true}); !ok || d != want {
		t.Errorf("%+v, %v", d, ok)
	}
	u, ok := queue.ParseUpkeep(`{"upkeep":"111122223333","later":"member"}`)
	if !ok || u.Account != "111122223333" {
		t.Errorf("%+v, %v", u, ok)
	}
	for _, body := range []string{
		"", "null", "{}", "[]", `{"decide":"approve"}`, `{"decide":"approve","action":"1"}`, `{"decide":"approve","by":"ann"}`, `{"decide":"force","action":"1","by":"ann"}`,
		`{"decide":7,"action":"1","by":"ann"}`, `{"decide":"approve","action":"1","by":"ann"}{}`, `{"action":"1","decide":"approve","by":"ann"}`,
		`{"decide":"approve","action":"1","by":"ann","force":"yes"}`, `{"upkeep":""}`, `{"upkeep":7}`, `{"upkeep":"1"}{}`, `{"upkeep":"1"`, `{"look":[{"kind":"k"}]}`,
	} {
		if d, ok := queue.ParseDecision(body); ok {
			t.Errorf("%q was taken for a decision: %+v", body, d)
		}
		if u, ok := queue.ParseUpkeep(body); ok {
			t.Errorf("%q was taken for an upkeep: %+v", body, u)
		}
	}
}

// Whoever may write to a queue may write anything: it is taken for one kind of message at most, and says no less when it is written again.
func FuzzParseDecision(f *testing.F) {
	f.Add(`{"decide":"undo","action":"01K3F7Q2","by":"arn:aws:iam::111122223333:user/ann","principal":"AIDAEXAMPLE","reason":"\u0000","force":true}`)
	f.Add(`{"decide":"approve","decide":"undo","action":"1","BY":"ann"}`)
	f.Add(`{"upkeep":"111122223333","UPKEEP":"1"}`)
	f.Fuzz(func(t *testing.T, body string) {
		d, decision := queue.ParseDecision(body)
		u, upkeep := queue.ParseUpkeep(body)
		_, look := queue.ParseLook(body)
		if decision && (upkeep || look) || upkeep && look {
			t.Fatal("it is taken for two kinds of message")
		}
		raw, err := json.Marshal(d)
		if again, ok := queue.ParseDecision(string(raw)); err != nil || decision && (!ok || d != again) {
			t.Fatalf("%s came back as %+v, %v", raw, again, err)
		}
		raw, err = json.Marshal(u)
		if again, ok := queue.ParseUpkeep(string(raw)); err != nil || upkeep && (!ok || u != again) {
			t.Fatalf("%s came back as %+v, %v", raw, again, err)
		}
	})
}

func TestOrderIsWrittenAsItAlwaysWas(t *testing.T) {
	t.Parallel()
	order := queue.Order{ID: "01K3F7Q2", Remedy: "build-make-private", Mode: settings.Ask, Finding: finding.Finding{Check: "build-project-public", Severity: finding.High}}
	raw, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(raw), `{"order":"01K3F7Q2","remedy":"build-make-private","mode":"ask","finding":{"check":"build-project-public",`) {
		t.Errorf("written %s", raw)
	}
	var back queue.Order
	if err := json.Unmarshal(raw, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(order) {
		t.Errorf("came back as %+v, %v", back, err)
	}
}
