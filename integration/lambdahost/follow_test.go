package lambdahost

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"
)

// write puts items into the table, one after another, whose bodies are what messages say.
func (l *lab) write(t *testing.T, bodies ...string) {
	t.Helper()
	c := dynamodb.NewFromConfig(l.stack.aws.Config(account, region))
	for i, body := range bodies {
		_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(l.stack.Names["Ledger"]["Ref"]), Item: map[string]dynamotypes.AttributeValue{
			"pk": &dynamotypes.AttributeValueMemberS{Value: fmt.Sprint(i)}, "body": &dynamotypes.AttributeValueMemberS{Value: body},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// sent lists what the function sent, sorted: the queue keeps no order.
func (l *lab) sent(t *testing.T) []string { return slices.Sorted(slices.Values(l.read(t, "Out"))) }

func TestChangesReachTheFunction(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.write(t, "send a", "send b", "send c", "send d", "send e")
	stats := l.settled(t)
	if stats.Invocations < 2 || stats.Errors != 0 { // batches are of four
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, l.sent(t)); diff != "" {
		t.Error(diff)
	}
}

// What comes after the change that is named as failed comes again with it, and what comes before does not.
func TestChangesComeAgainFromTheOneThatFailed(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.write(t, "send before", "fail 2", "send after", "send last")
	if stats := l.settled(t); stats.Invocations != 3 || stats.Errors != 0 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if diff := cmp.Diff([]string{"after", "after", "after", "before", "last", "last", "last"}, l.sent(t)); diff != "" {
		t.Error(diff)
	}
}

// A batch that fails as a whole is halved until the change is alone that does it; that one is tried so often, and then told of.
func TestChangesThatFailAreGivenUp(t *testing.T) {
	t.Parallel()
	l := start(t, Options{})
	l.write(t, "send a", "send b", "error cannot read bucket", "send d")
	stats := l.settled(t)
	// All four; the first two; the last two; the third, three times; the fourth.
	if stats.Invocations != 7 || stats.Errors != 5 {
		t.Errorf("have %+v: %s", stats, l.said)
	}
	if have := l.sent(t); have[len(have)-1] != "d" {
		t.Errorf("sent: %q", have)
	}
	dead := l.read(t, "Dead")
	var told struct {
		RequestContext     struct{ Condition string }
		DDBStreamBatchInfo struct {
			StartSequenceNumber, EndSequenceNumber string
			BatchSize                              int
		}
	}
	if len(dead) != 1 || json.Unmarshal([]byte(dead[0]), &told) != nil || strings.Contains(dead[0], "cannot read") {
		t.Fatalf("given up: %q", dead)
	}
	if of := told.DDBStreamBatchInfo; told.RequestContext.Condition != "RetryAttemptsExhausted" || of.BatchSize != 1 || of.StartSequenceNumber == "" || of.StartSequenceNumber != of.EndSequenceNumber {
		t.Errorf("given up: %+v", told)
	}
}

func TestChangesThatAreTooOldAreGivenUp(t *testing.T) {
	t.Parallel()
	l := start(t, Options{}, `"MaximumRecordAgeInSeconds": 3600`, `"MaximumRecordAgeInSeconds": 0`, `"MaximumRetryAttempts": 2`, `"MaximumRetryAttempts": -1`)
	l.write(t, "error cannot read bucket")
	l.settled(t)
	if dead := l.read(t, "Dead"); len(dead) != 1 || !strings.Contains(dead[0], "RecordAgeExceeded") {
		t.Errorf("given up: %q", dead)
	}
}

func TestWindowGathersChanges(t *testing.T) {
	t.Parallel()
	l := start(t, Options{MaxWindow: 30 * time.Second}, `"MaximumBatchingWindowInSeconds": 1, "BisectBatchOnFunctionError"`, `"MaximumBatchingWindowInSeconds": 30, "BisectBatchOnFunctionError"`)
	l.write(t, "a", "b", "c", "d") // a batch is full with the fourth
	if stats := l.settled(t); stats.Invocations != 1 {
		t.Errorf("have %+v", stats)
	}
}

// The event has the form that Lambda documents: every value with its type, bytes in base64.
func TestFormOfChanges(t *testing.T) {
	t.Parallel()
	at := time.Unix(1764496800, 0)
	m := &following{source: "arn:stream"}
	raw, err := json.Marshal(m.event([]types.Record{{
		EventID: aws.String("1"), EventName: types.OperationTypeModify, EventVersion: aws.String("1.1"), EventSource: aws.String("aws:dynamodb"), AwsRegion: aws.String(region),
		Dynamodb: &types.StreamRecord{
			ApproximateCreationDateTime: &at, SequenceNumber: aws.String("5"), SizeBytes: aws.Int64(7), StreamViewType: types.StreamViewTypeNewAndOldImages,
			Keys: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}},
			NewImage: map[string]types.AttributeValue{
				"b": &types.AttributeValueMemberB{Value: []byte("hi")}, "n": &types.AttributeValueMemberN{Value: "1"}, "t": &types.AttributeValueMemberBOOL{Value: true},
				"z": &types.AttributeValueMemberNULL{Value: true}, "ss": &types.AttributeValueMemberSS{Value: []string{"x"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"2"}},
				"bs": &types.AttributeValueMemberBS{Value: [][]byte{[]byte("yo")}}, "m": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"k": &types.AttributeValueMemberS{Value: "v"}}},
				"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberN{Value: "3"}}},
			},
		},
	}}))
	want := `{"Records":[{"awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1764496800,"Keys":{"pk":{"S":"a"}},"NewImage":{"b":{"B":"aGk="},"bs":{"BS":["eW8="]},"l":{"L":[{"N":"3"}]},` +
		`"m":{"M":{"k":{"S":"v"}}},"n":{"N":"1"},"ns":{"NS":["2"]},"ss":{"SS":["x"]},"t":{"BOOL":true},"z":{"NULL":true}},"SequenceNumber":"5","SizeBytes":7,"StreamViewType":"NEW_AND_OLD_IMAGES"},` +
		`"eventID":"1","eventName":"MODIFY","eventSource":"aws:dynamodb","eventSourceARN":"arn:stream","eventVersion":"1.1"}]}`
	if err != nil || string(raw) != want {
		t.Errorf("have %s, %v", raw, err)
	}
}
