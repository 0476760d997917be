package event_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := events.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte) *event.Event {
	t.Helper()
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDecodeBrokenInput(t *testing.T) {
	t.Parallel()
	neither := "decode event: neither an EventBridge envelope (detail-type) nor a CloudTrail record (eventName)"
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                   {``, "decode event: unexpected end of JSON input"},
		"blanks":                    {" \n", "decode event: unexpected end of JSON input"},
		"cut":                       {`{"detail-type":"x","det`, "decode event: unexpected end of JSON input"},
		"no JSON":                   {`Records`, "decode event: invalid character 'R' looking for beginning of value"},
		"two objects":               {`{"eventName":"X"}{"eventName":"Y"}`, "decode event: invalid character '{' after top-level value"},
		"null":                      {`null`, "decode event: null where an object was expected"},
		"array":                     {`[{"eventName":"X"}]`, "decode event: array where an object was expected"},
		"text":                      {`"eventName"`, "decode event: string where an object was expected"},
		"number":                    {`7`, "decode event: number where an object was expected"},
		"bool":                      {`true`, "decode event: bool where an object was expected"},
		"number out of range":       {`{"eventName":"X","n":1e` + strings.Repeat("9", 400) + `}`, "decode event: number out of range"},
		"empty object":              {`{}`, neither},
		"records of an archive":     {`{"Records":[]}`, neither},
		"a service's detail alone":  {`{"pipeline":"web-prod","state":"FAILED"}`, neither},
		"names in other case":       {`{"EventName":"X","Detail-Type":"Y"}`, neither},
		"detail type null":          {`{"detail-type":null,"detail":{}}`, neither},
		"detail missing":            {`{"detail-type":"x","time":"2026-11-19T07:30:11Z"}`, "decode event: detail is not an object"},
		"detail null":               {`{"detail-type":"x","detail":null,"time":"2026-11-19T07:30:11Z"}`, "decode event: detail is not an object"},
		"detail array":              {`{"detail-type":"x","detail":[{}]}`, "decode event: detail is not an object"},
		"detail text cut":           {`{"detail-type":"x","detail":"{\"eventName\":\"Upd"}`, "decode event: detail is not an object"},
		"time missing":              {`{"detail-type":"x","detail":{}}`, "decode event: time missing"},
		"time null":                 {`{"detail-type":"x","detail":{},"time":null}`, "decode event: time missing"},
		"time an object":            {`{"detail-type":"x","detail":{},"time":{}}`, "decode event: time missing"},
		"time no time":              {`{"detail-type":"x","detail":{},"time":"yesterday"}`, `decode event: time "yesterday" is not a time`},
		"a region that is none":     {`{"detail-type":"x","detail":{},"region":"eu-west-1'; rm","time":"2026-11-19T07:30:11Z"}`, `decode event: region "eu-west-1'; rm" is none`},
		"an account that is none":   {`{"eventName":"X","recipientAccountId":"1 2","eventTime":"2026-11-19T07:30:11Z"}`, `decode event: account "1 2" is none`},
		"time a number":             {`{"detail-type":"x","detail":{},"time":1795079647}`, `decode event: time "1795079647" is not a time`},
		"time without zone":         {`{"eventName":"X","eventTime":"2026-11-19T07:30:11"}`, `decode event: eventTime "2026-11-19T07:30:11" is not a time`},
		"time long":                 {`{"eventName":"X","eventTime":"` + strings.Repeat("9", 500) + `"}`, `decode event: eventTime "` + strings.Repeat("9", 40) + `…" is not a time`},
		"record without time":       {`{"eventName":"X"}`, "decode event: eventTime missing"},
		"record by source alone":    {`{"eventSource":"s3.amazonaws.com"}`, "decode event: eventTime missing"},
		"insight without time":      {`{"eventType":"AwsCloudTrailInsight"}`, "decode event: eventTime missing"},
		"envelope, record's time":   {`{"detail-type":"AWS API Call via CloudTrail","time":"2026-11-19T07:30:11Z","detail":{"eventTime":"soon"}}`, `decode event: eventTime "soon" is not a time`},
		"envelope, time nowhere":    {`{"detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"X"}}`, "decode event: time missing"},
		"nested deeper than anyone": {`{"eventName":` + strings.Repeat("[", 20000) + `}`, "decode event: invalid character '[' exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := event.Decode([]byte(c.in))
			if err == nil {
				t.Fatalf("decoded to %+v, want error %q", e, c.want)
			}
			if e != nil {
				t.Errorf("an event beside the error: %+v", e)
			}
			if err.Error() != c.want {
				t.Errorf("error\n got %q\nwant %q", err, c.want)
			}
		})
	}
}

func TestDecodeFillsGaps(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		in   string
		want event.Event
	}{
		"an envelope's own values when the record has none": {
			`{"id":"bus","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111122223333","region":"eu-west-1","time":"2026-11-19T12:00:00Z","detail":{"eventName":"X"}}`,
			event.Event{ID: "bus", Source: "aws.s3", DetailType: event.APICall, Account: "111122223333", From: "111122223333", Region: "eu-west-1", Time: noon},
		},
		"an envelope without account, as the emulator sends it": {
			`{"id":"bus","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","time":"2026-11-19T12:00:00Z","detail":{"userIdentity":{"accountId":"111122223333"}}}`,
			event.Event{ID: "bus", Source: "aws.s3", DetailType: event.APICall, Account: "111122223333", Time: noon},
		},
		"the record before the envelope": {
			`{"id":"bus","detail-type":"AWS API Call via CloudTrail","account":"444455556666","region":"eu-west-1","time":"2026-11-19T13:00:00Z","detail":{"eventID":"own","recipientAccountId":"111122223333","awsRegion":"us-east-1","eventTime":"2026-11-19T12:00:00Z"}}`,
			event.Event{ID: "own", DetailType: event.APICall, Account: "111122223333", From: "444455556666", Region: "us-east-1", Time: noon},
		},
		"a service's event keeps to its envelope": {
			`{"id":"bus","detail-type":"CodeBuild Build State Change","source":"aws.codebuild","account":111122223333,"region":"eu-west-1","time":"2026-11-19T13:00:00+01:00","resources":"arn:a","detail":{"eventID":"no","awsRegion":"no","eventTime":"no"}}`,
			event.Event{ID: "bus", Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Account: "111122223333", From: "111122223333", Region: "eu-west-1", Time: noon, Resources: []string{"arn:a"}},
		},
		"a detail that is text": {
			`{"id":"bus","detail-type":"x","time":"2026-11-19T12:00:00.5Z","detail":"{}"}`,
			event.Event{ID: "bus", DetailType: "x", Time: noon.Add(time.Second / 2)},
		},
		"a record with the caller's account only": {
			`{"eventID":"own","eventName":"X","eventSource":"s3.amazonaws.com.cn","eventTime":"2026-11-19T12:00:00Z","userIdentity":{"accountId":"111122223333"}}`,
			event.Event{ID: "own", Source: "aws.s3", DetailType: event.APICall, Account: "111122223333", Time: noon},
		},
		"no id anywhere: a digest": {
			`{"eventName":"X","eventTime":"2026-11-19T12:00:00Z"}`,
			event.Event{ID: "sha256:", Source: "aws.", DetailType: event.APICall, Time: noon},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decode(t, []byte(c.in))
			if c.want.ID == "sha256:" && strings.HasPrefix(got.ID, c.want.ID) && len(got.ID) == len(c.want.ID)+32 {
				c.want.ID = got.ID
			}
			if len(got.Resources) == 0 {
				got.Resources = nil
			}
			if got.Time.Location() != time.UTC {
				t.Errorf("time in %v", got.Time.Location())
			}
			got.Detail = nil
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDigestTellsEventsApart(t *testing.T) {
	t.Parallel()
	one, two := `{"eventName":"X","eventTime":"2026-11-19T12:00:00Z"}`, `{"eventName":"Y","eventTime":"2026-11-19T12:00:00Z"}`
	if a, b := decode(t, []byte(one)), decode(t, []byte(one)); a.ID != b.ID {
		t.Errorf("one text, two ids: %s and %s", a.ID, b.ID)
	}
	if a, b := decode(t, []byte(one)), decode(t, []byte(two)); a.ID == b.ID {
		t.Errorf("two texts, one id: %s", a.ID)
	}
}

func TestRecordDetailTypes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"AwsApiCall": event.APICall, "": event.APICall, "SomethingNew": event.APICall,
		"AwsServiceEvent": event.ServiceEvent, "AwsConsoleAction": event.ConsoleAction, "AwsConsoleSignIn": event.SignIn,
		"AwsCloudTrailInsight": "AWS Insight via CloudTrail",
	} {
		e := decode(t, []byte(`{"eventName":"X","eventTime":"2026-11-19T12:00:00Z","eventType":"`+kind+`"}`))
		if e.DetailType != want || !e.FromCloudTrail() {
			t.Errorf("eventType %q: detail type %q (CloudTrail: %t), want %q", kind, e.DetailType, e.FromCloudTrail(), want)
		}
	}
	if e := decode(t, sample(t, "codebuild/CodeBuildBuildStateChange-failed.json")); e.FromCloudTrail() || e.Name() != "" || e.Service() != "" {
		t.Errorf("a build's own event is taken for a call: %q %q", e.Service(), e.Name())
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"codebuild/UpdateProject-role.json":                  "",
		"codebuild/UpdateProject-request-null.json":          "",
		"codebuild/UpdateProject-denied.json":                "AccessDeniedException",
		"codebuild/UpdateProject-throttled.json":             "ThrottlingException",
		"codepipeline/UpdatePipeline-error-in-response.json": "ConcurrentModificationException",
	} {
		e := decode(t, sample(t, name))
		if e.ErrorCode() != code || e.Succeeded() != (code == "") {
			t.Errorf("%s: error %q, succeeded %t; want error %q", name, e.ErrorCode(), e.Succeeded(), code)
		}
	}
	if e := decode(t, sample(t, "signin/ConsoleLogin-failed.json")); e.ErrorCode() != "" || e.Succeeded() {
		t.Error("a sign-in that failed has a message and no code, and did not succeed")
	}
}

// What CloudTrail left out is nil, what it wrote as text is opened, what it cut in the text is nil again.
func TestRequestShapes(t *testing.T) {
	t.Parallel()
	for name, project := range map[string]string{
		"codebuild/UpdateProject-role.json":         "payments-api",
		"codebuild/UpdateProject-request-text.json": "payments-api",
		"codebuild/UpdateProject-request-cut.json":  "",
		"codebuild/UpdateProject-request-null.json": "",
	} {
		e := decode(t, sample(t, name))
		if got := e.Request().String("name"); got != project || (e.Request() == nil) != (project == "") {
			t.Errorf("%s: project %q, want %q", name, got, project)
		}
	}
	if e := decode(t, sample(t, "codepipeline/UpdatePipeline-pipeline-cut.json")); e.Request() == nil || e.Request().Object("pipeline") != nil {
		t.Error("a cut definition inside a whole request: the request is there, the definition is not")
	}
	if e := decode(t, sample(t, "codepipeline/UpdatePipeline-identity-missing.json")); e.Identity() != nil {
		t.Errorf("an identity where there is none: %v", e.Identity())
	}
}

func FuzzDecode(f *testing.F) {
	for _, raw := range events.All() {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			if e != nil {
				t.Fatalf("event and error: %v", err)
			}
			if len(err.Error()) > 300 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		again := decode(t, raw)
		if e.ID == "" || e.ID != again.ID || e.Time.Location() != time.UTC {
			t.Fatalf("id %q, again %q, time %v", e.ID, again.ID, e.Time)
		}
		if e.ErrorCode() != "" && e.Succeeded() {
			t.Fatalf("error %q and succeeded", e.ErrorCode())
		}
		for _, f := range []event.Fields{e.Detail, e.Request(), e.Response(), e.Identity()} {
			if text := f.JSON(); !json.Valid(text) {
				t.Fatalf("no JSON: %q", text)
			}
		}
		service, _ := e.Detail["eventSource"].(string)
		call, _ := e.Detail["eventName"].(string)
		_, failed := e.Detail["errorCode"]
		plain := service != "" && call != "" && !failed && e.DetailType == event.APICall
		if plain && !event.Calls(service, call).Matches(e) {
			t.Fatalf("%s %s is not selected by its own names", service, call)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"codebuild/UpdateProjectVisibility-public.json", "codepipeline/UpdatePipeline-role.json", "records/StopLogging-user-key.json"} {
		raw := sample(b, name)
		b.Run(strings.TrimSuffix(name, ".json"), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := event.Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
