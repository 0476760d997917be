package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The table's attributes, for whoever makes the table: two keys of type string, and the time to live in epoch seconds.
const (
	PartitionKey = "pk"
	SortKey      = "sk"
	TimeToLive   = "ttl"
)

// Actions lists the IAM actions of the store that NewDynamoDB makes.
var Actions = []string{"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}

// The conditions of Put. DynamoDB deletes what has expired within days, so an item may be there and not count
// (DynamoDB Developer Guide, "Using time to live").
const (
	ifAbsent    = "attribute_not_exists(pk) OR #ttl <= :now"
	ifUnchanged = "v = :v AND (attribute_not_exists(#ttl) OR #ttl > :now)"
)

type table struct {
	client *dynamodb.Client
	name   string
	now    func() time.Time
}

// NewDynamoDB is a store in a DynamoDB table.
func NewDynamoDB(cfg aws.Config, name string, now func() time.Time) Store {
	return &table{client: dynamodb.NewFromConfig(cfg), name: name, now: now}
}

func (t *table) Get(ctx context.Context, pk, sk string) (Item, bool, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: key(pk, sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Item{}, false, fmt.Errorf("read ledger item %s %s: %w", pk, sk, err)
	}
	if len(out.Item) == 0 {
		return Item{}, false, nil
	}
	item, err := fromAttributes(out.Item)
	if err != nil || item.expired(t.now()) {
		return Item{}, false, err
	}
	return item, true, nil
}

func (t *table) Put(ctx context.Context, item Item) error {
	if err := item.admit(); err != nil {
		return err
	}
	condition, values := ifAbsent, map[string]types.AttributeValue{":now": number(t.now().Unix())}
	if item.Version != 0 {
		condition, values[":v"] = ifUnchanged, number(item.Version)
	}
	// The SDK repeats a call whose answer was lost, and then the condition fails on our own writing: the mark tells.
	mark := rand.Text()
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: toAttributes(item, mark),
		ConditionExpression: &condition, ExpressionAttributeValues: values,
		ExpressionAttributeNames:            map[string]string{"#ttl": TimeToLive},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		if text(failed.Item["mark"]) == mark {
			return nil
		}
		return conflict(item)
	}
	if err != nil {
		return fmt.Errorf("write ledger item %s %s: %w", item.PK, item.SK, err)
	}
	return nil
}

func (t *table) Delete(ctx context.Context, pk, sk string) error {
	if _, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: key(pk, sk)}); err != nil {
		return fmt.Errorf("delete ledger item %s %s: %w", pk, sk, err)
	}
	return nil
}

func (t *table) Query(ctx context.Context, pk, skPrefix string) iter.Seq2[Item, error] {
	return t.query(ctx, pk, t.queryInput(pk, skPrefix))
}

func (t *table) Last(ctx context.Context, pk, skPrefix string) (Item, bool, error) {
	input := t.queryInput(pk, skPrefix)
	input.ScanIndexForward, input.Limit = aws.Bool(false), aws.Int32(1)
	for item, err := range t.query(ctx, pk, input) {
		return item, err == nil, err
	}
	return Item{}, false, nil
}

func (t *table) queryInput(pk, skPrefix string) *dynamodb.QueryInput {
	input := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: pk}},
	}
	if skPrefix != "" { // an empty prefix is refused
		input.KeyConditionExpression = aws.String("pk = :pk AND begins_with(sk, :sk)")
		input.ExpressionAttributeValues[":sk"] = &types.AttributeValueMemberS{Value: skPrefix}
	}
	return input
}

func (t *table) query(ctx context.Context, pk string, input *dynamodb.QueryInput) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for pages := dynamodb.NewQueryPaginator(t.client, input); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Item{}, fmt.Errorf("read ledger partition %s: %w", pk, err))
				return
			}
			for _, attributes := range page.Items {
				item, err := fromAttributes(attributes)
				if err == nil && item.expired(t.now()) {
					continue
				}
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

func key(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		PartitionKey: &types.AttributeValueMemberS{Value: pk}, SortKey: &types.AttributeValueMemberS{Value: sk},
	}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
