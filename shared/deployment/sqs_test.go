package deployment_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/queue"
)

// What Lambda hands over, and what it is to be told, as it stands on the wire.
func TestSQS(t *testing.T) {
	t.Parallel()
	const in = `{"Records":[
		{"messageId":"a","body":"one","attributes":{"ApproximateReceiveCount":"1"}},
		{"messageId":"b","body":"two","attributes":{"ApproximateReceiveCount":"5"}},
		{"messageId":"c","body":"three","attributes":{"ApproximateReceiveCount":"many"}},
		{"messageId":"d","body":""}]}`
	want := []queue.Message{{ID: "a", Body: "one", Receives: 1}, {ID: "b", Body: "two", Receives: 5}, {ID: "c", Body: "three"}, {ID: "d"}}
	for failed, answer := range map[string]string{
		"":    `{"batchItemFailures":null}`,
		"b":   `{"batchItemFailures":[{"itemIdentifier":"b"}]}`,
		"b d": `{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"d"}]}`,
	} {
		var event events.SQSEvent
		if err := json.Unmarshal([]byte(in), &event); err != nil {
			t.Fatal(err)
		}
		var got []queue.Message
		out, err := deployment.SQS(func(_ context.Context, messages []queue.Message) []string {
			got = messages
			return slices.DeleteFunc([]string{"b", "d"}, func(id string) bool { return failed == "" || failed == "b" && id == "d" })
		})(t.Context(), event)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("messages %+v", got)
		}
		if raw, err := json.Marshal(out); err != nil || string(raw) != answer {
			t.Errorf("answered %s, %v; want %s", raw, err, answer)
		}
	}
}

func TestSQSWithoutMessages(t *testing.T) {
	t.Parallel()
	out, err := deployment.SQS(func(_ context.Context, messages []queue.Message) []string {
		if len(messages) > 0 {
			t.Errorf("messages %v", messages)
		}
		return nil
	})(t.Context(), events.SQSEvent{})
	if err != nil || len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
}
