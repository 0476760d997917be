package announce

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
)

const topicARN = "arn:aws:sns:eu-west-1:111122223333:pipewarden"

// endpoint answers as SNS does, and keeps what it was asked.
type endpoint struct {
	status int
	body   string
	got    url.Values
	calls  int
}

func (e *endpoint) Do(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if e.got, err = url.ParseQuery(string(raw)); err != nil {
		return nil, err
	}
	e.calls++
	return &http.Response{StatusCode: e.status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(e.body)), Request: r}, nil
}

func (e *endpoint) config() aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: e, Credentials: credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "x", "x"),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// input is what was asked for, without the message, and the message's attributes.
func (e *endpoint) input() (members, attributes map[string]string) {
	members, attributes = map[string]string{}, map[string]string{}
	for key, values := range e.got {
		prefix, isName := strings.CutSuffix(key, ".Name")
		switch {
		case isName:
			attributes[values[0]] = e.got.Get(prefix+".Value.DataType") + " " + e.got.Get(prefix+".Value.StringValue")
		case key != "Message" && !strings.HasPrefix(key, "MessageAttributes."):
			members[key] = values[0]
		}
	}
	return members, attributes
}

func TestPublish(t *testing.T) {
	t.Parallel()
	var _ Publisher = NewTopic(aws.Config{}, topicARN)
	e := &endpoint{status: 200, body: `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`}
	m := Message{
		Subject: "[pipewarden] HIGH  x", Text: "text <&>\n", JSON: `{"version":1}`,
		Attributes: map[string]string{"severity": "high", "check": "c", "account": "111122223333", "kind": "found", "resourceKind": "bucket"},
	}
	if err := NewTopic(e.config(), topicARN).Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var body map[string]string
	if err := json.Unmarshal([]byte(e.got.Get("Message")), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"default": m.Text, "email": m.Text, "sqs": m.JSON, "lambda": m.JSON, "http": m.JSON, "https": m.JSON}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	got, attributes := e.input()
	if diff := cmp.Diff(map[string]string{
		"Action": "Publish", "Version": "2010-03-31", "TopicArn": topicARN, "Subject": m.Subject, "MessageStructure": "json",
	}, got); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{
		"severity": "String high", "check": "String c", "account": "String 111122223333", "kind": "String found", "resourceKind": "String bucket",
	}, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if e.calls != 1 || len(Actions) != 1 || Actions[0] != "sns:"+e.got.Get("Action") {
		t.Errorf("%d calls of %s, declared %v", e.calls, e.got.Get("Action"), Actions)
	}
}

func TestPublishRefused(t *testing.T) {
	t.Parallel()
	e := &endpoint{status: 403, body: `<ErrorResponse><Error><Code>AuthorizationError</Code><Message>not authorized</Message></Error></ErrorResponse>`}
	err := NewTopic(e.config(), topicARN).Publish(t.Context(), Message{Subject: "s", Text: "t", JSON: "{}"})
	var api interface{ ErrorCode() string }
	if !errors.As(err, &api) || api.ErrorCode() != "AuthorizationError" || !strings.HasPrefix(err.Error(), "publish to "+topicARN+": ") {
		t.Errorf("got %v", err)
	}
}
