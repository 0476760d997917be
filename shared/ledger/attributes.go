package ledger

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// toAttributes is the item as version Version+1. A body that is text is stored as text, so that people can read the table.
func toAttributes(item Item, mark string) map[string]types.AttributeValue {
	attributes := key(item.PK, item.SK)
	attributes["v"] = number(item.Version + 1)
	attributes["mark"] = &types.AttributeValueMemberS{Value: mark}
	if utf8.Valid(item.Body) {
		attributes["body"] = &types.AttributeValueMemberS{Value: string(item.Body)}
	} else {
		attributes["body"] = &types.AttributeValueMemberB{Value: item.Body}
	}
	if !item.Expires.IsZero() {
		attributes[TimeToLive] = number(item.Expires.Unix())
	}
	return attributes
}

func fromAttributes(attributes map[string]types.AttributeValue) (Item, error) {
	item := Item{PK: text(attributes[PartitionKey]), SK: text(attributes[SortKey])}
	fault := func(what string) (Item, error) {
		return Item{}, fmt.Errorf("read ledger item %s %s: %s", item.PK, item.SK, what)
	}
	version, err := integer(attributes["v"])
	if err != nil || version < 1 {
		return fault("v is no version")
	}
	item.Version = version
	switch body := attributes["body"].(type) {
	case *types.AttributeValueMemberS:
		item.Body = []byte(body.Value)
	case *types.AttributeValueMemberB:
		item.Body = body.Value
	default:
		return fault("body is neither text nor bytes")
	}
	if ttl, ok := attributes[TimeToLive]; ok {
		seconds, err := integer(ttl)
		if err != nil {
			return fault(TimeToLive + " is no time")
		}
		item.Expires = time.Unix(seconds, 0).UTC()
	}
	return item, nil
}

func integer(value types.AttributeValue) (int64, error) {
	n, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(n.Value, 10, 64)
}

func text(value types.AttributeValue) string {
	s, ok := value.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}
