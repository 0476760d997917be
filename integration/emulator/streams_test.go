package emulator

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

type item = map[string]dynamotypes.AttributeValue

func word(text string) *dynamotypes.AttributeValueMemberS {
	return &dynamotypes.AttributeValueMemberS{Value: text}
}

// streaming makes a table with a stream, and gives the stream's ARN.
func streaming(t *testing.T, c *dynamodb.Client, name string, view dynamotypes.StreamViewType) *string {
	t.Helper()
	on := true
	made, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: dynamotypes.BillingModePayPerRequest,
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: s("pk"), KeyType: dynamotypes.KeyTypeHash}, {AttributeName: s("sk"), KeyType: dynamotypes.KeyTypeRange}},
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: s("pk"), AttributeType: "S"}, {AttributeName: s("sk"), AttributeType: "S"}},
		StreamSpecification:  &dynamotypes.StreamSpecification{StreamEnabled: &on, StreamViewType: view},
	})
	shown, failed := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
	equal(t, "stream as it is shown", *ok(t, shown, failed).Table.LatestStreamArn, *ok(t, made, err).TableDescription.LatestStreamArn)
	return made.TableDescription.LatestStreamArn
}

// iterator is one of a stream.
func iterator(t *testing.T, c *dynamodbstreams.Client, stream *string, kind types.ShardIteratorType, at *string) *string {
	t.Helper()
	shown, err := c.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: stream})
	out, failed := c.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
		StreamArn: stream, ShardId: ok(t, shown, err).StreamDescription.Shards[0].ShardId, ShardIteratorType: kind, SequenceNumber: at,
	})
	return ok(t, out, failed).ShardIterator
}

func records(t *testing.T, c *dynamodbstreams.Client, at *string, most int32) ([]types.Record, *string) {
	t.Helper()
	out, err := c.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: at, Limit: &most})
	return ok(t, out, err).Records, out.NextShardIterator
}

// said is a record in few words: what happened, and what "body" was and is.
func said(r types.Record) string {
	body := func(image map[string]types.AttributeValue) string {
		if v, is := image["body"].(*types.AttributeValueMemberS); is {
			return v.Value
		}
		return fmt.Sprint(len(image))
	}
	return string(r.EventName) + " " + body(r.Dynamodb.OldImage) + " " + body(r.Dynamodb.NewImage)
}

func TestStreamsTellOfWrites(t *testing.T) {
	t.Parallel()
	cfg := ForTest(t).Config(account, region)
	c, streams := dynamodb.NewFromConfig(cfg), dynamodbstreams.NewFromConfig(cfg)
	stream := streaming(t, c, "ledger", dynamotypes.StreamViewTypeNewAndOldImages)
	key := item{"pk": word("R#1"), "sk": word("F#1")}
	write := func(body string, condition *string) error {
		_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: s("ledger"), Item: item{"pk": key["pk"], "sk": key["sk"], "body": word(body)}, ConditionExpression: condition})
		return err
	}
	ok(t, 0, write("one", nil))
	refused(t, write("none", s("attribute_not_exists(pk)")), "ConditionalCheckFailedException")
	ok(t, 0, write("two", nil))
	ok(t, 0, write("two", nil)) // which changes nothing
	changed, err := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: s("ledger"), Key: key, UpdateExpression: s("SET body = :b"), ExpressionAttributeValues: item{":b": word("three")},
	})
	ok(t, changed, err)
	for range 2 { // the second has nothing to delete
		gone, err := c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: s("ledger"), Key: key})
		ok(t, gone, err)
	}
	made, err := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: s("ledger"), Key: key, UpdateExpression: s("SET body = :b"), ExpressionAttributeValues: item{":b": word("four")},
	})
	ok(t, made, err)

	want := []string{"INSERT 0 one", "MODIFY one two", "MODIFY two three", "REMOVE three 0", "INSERT 0 four"}
	at := iterator(t, streams, stream, types.ShardIteratorTypeTrimHorizon, nil)
	var all []types.Record
	for range 3 { // two of a page, and the last page of one
		some, next := records(t, streams, at, 2)
		all, at = append(all, some...), next
	}
	if len(all) != len(want) {
		t.Fatalf("%d records, want %d", len(all), len(want))
	}
	for i, r := range all {
		equal(t, fmt.Sprint("record ", i), said(r), want[i])
		equal(t, "its region", *r.AwsRegion, region)
		if i > 0 && *r.Dynamodb.SequenceNumber <= *all[i-1].Dynamodb.SequenceNumber {
			t.Errorf("record %d has no greater number than the one before", i)
		}
	}
	third := all[2].Dynamodb.SequenceNumber
	for kind, first := range map[types.ShardIteratorType]string{types.ShardIteratorTypeAtSequenceNumber: want[2], types.ShardIteratorTypeAfterSequenceNumber: want[3]} {
		some, _ := records(t, streams, iterator(t, streams, stream, kind, third), 10)
		equal(t, string(kind), said(some[0]), first)
	}
	latest := iterator(t, streams, stream, types.ShardIteratorTypeLatest, nil)
	ok(t, 0, write("five", nil))
	some, _ := records(t, streams, latest, 10)
	equal(t, "records since", len(some), 1)
}

func TestStreamsShowWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	cfg := ForTest(t).Config(account, region)
	c, streams := dynamodb.NewFromConfig(cfg), dynamodbstreams.NewFromConfig(cfg)
	for view, want := range map[dynamotypes.StreamViewType]string{
		dynamotypes.StreamViewTypeKeysOnly: "MODIFY 0 0", dynamotypes.StreamViewTypeNewImage: "MODIFY 0 new", dynamotypes.StreamViewTypeOldImage: "MODIFY old 0",
	} {
		stream := streaming(t, c, string(view), view)
		for _, body := range []string{"old", "new"} {
			put, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: s(string(view)), Item: item{"pk": word("a"), "sk": word("b"), "body": word(body)}})
			ok(t, put, err)
		}
		all, _ := records(t, streams, iterator(t, streams, stream, types.ShardIteratorTypeTrimHorizon, nil), 10)
		equal(t, "records", len(all), 2)
		equal(t, string(view), said(all[1]), want)
		listed, err := streams.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{TableName: s(string(view))})
		equal(t, "listed", *ok(t, listed, err).Streams[0].StreamArn, *stream)
		gone, err := c.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: s(string(view))})
		ok(t, gone, err)
		_, err = streams.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: stream})
		refused(t, err, "ResourceNotFoundException")
	}
	_, err := streams.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: s("none")})
	refused(t, err, "ValidationException")
}
