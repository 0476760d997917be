package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What one BatchGetItem takes (Amazon DynamoDB API Reference, "BatchGetItem"), and how often what it left out is asked for again while
// nothing comes.
const (
	perMany   = 100
	manyTries = 6
)

func (t *table) Many(ctx context.Context, keys []Key) ([]Item, error) {
	all := make([]Item, 0, len(keys))
	for some := range slices.Chunk(unlike(keys), perMany) {
		items, err := t.many(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("read %d ledger items: %w", len(some), err)
		}
		all = append(all, items...)
	}
	return all, nil
}

// unlike are the keys once each: DynamoDB refuses a call that names one twice.
func unlike(keys []Key) []Key {
	seen := make(map[Key]bool, len(keys))
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		again := seen[k]
		seen[k] = true
		return again
	})
}

// many asks again for what did not fit into the answer, or was throttled.
func (t *table) many(ctx context.Context, keys []Key) ([]Item, error) {
	asked := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, k := range keys {
		asked.Keys = append(asked.Keys, key(k.PK, k.SK))
	}
	var all []Item
	for try := 0; len(asked.Keys) > 0; try++ {
		if try == manyTries {
			return nil, &types.ProvisionedThroughputExceededException{Message: aws.String(fmt.Sprintf("%d items did not come in %d tries", len(asked.Keys), manyTries))}
		}
		out, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.name: asked}})
		if err != nil {
			return nil, err
		}
		for _, attributes := range out.Responses[t.name] {
			item, err := fromAttributes(attributes)
			if err != nil {
				return nil, err
			}
			if !item.expired(t.now()) {
				all = append(all, item)
			}
		}
		left := out.UnprocessedKeys[t.name].Keys
		if len(left) < len(asked.Keys) {
			try = 0 // some came
		} else if err := pause(ctx, try); err != nil {
			return nil, err
		}
		asked.Keys = left
	}
	return all, nil
}

// pause waits longer from try to try, up to a second in all.
func pause(ctx context.Context, try int) error {
	timer := time.NewTimer(20 * time.Millisecond << try)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
