package emulator

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Of many who write under the same condition at the same time one succeeds, however often that is tried.
func TestOneConditionalWriteSucceeds(t *testing.T) {
	t.Parallel()
	c := dynamodb.NewFromConfig(ForTest(t).Config(account, region))
	table, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: s("race"), BillingMode: dynamotypes.BillingModePayPerRequest,
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: s("pk"), KeyType: dynamotypes.KeyTypeHash}},
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: s("pk"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
	})
	ok(t, table, err)
	for round := range 60 {
		item := map[string]dynamotypes.AttributeValue{"pk": &dynamotypes.AttributeValueMemberS{Value: strconv.Itoa(round)}}
		var writers sync.WaitGroup
		var won atomic.Int32
		for range 16 {
			writers.Go(func() {
				_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: s("race"), Item: item, ConditionExpression: s("attribute_not_exists(pk)")})
				if err == nil {
					won.Add(1)
				}
			})
		}
		writers.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d writers succeeded", round, won.Load())
		}
	}
}
