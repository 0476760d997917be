package ledgertest

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// CreateTable makes the ledger's table, as far as the store depends on how it is made.
func CreateTable(t *testing.T, cfg aws.Config, name string) {
	t.Helper()
	client := dynamodb.NewFromConfig(cfg)
	attribute := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
	}
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute(ledger.PartitionKey), attribute(ledger.SortKey)},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(ledger.PartitionKey), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(ledger.SortKey), KeyType: types.KeyTypeRange},
		},
	})
	if err == nil {
		_, err = client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
			TableName:               &name,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(ledger.TimeToLive), Enabled: aws.Bool(true)},
		})
	}
	if err != nil {
		t.Fatal(fmt.Errorf("create table %s: %w", name, err))
	}
}
