package lambdahost

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// event is a batch as Lambda hands it over (AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB", example event).
func (m *following) event(batch []types.Record) object {
	all := make([]object, 0, len(batch))
	for _, r := range batch {
		change := object{
			"Keys": image(r.Dynamodb.Keys), "SequenceNumber": r.Dynamodb.SequenceNumber, "SizeBytes": r.Dynamodb.SizeBytes, "StreamViewType": r.Dynamodb.StreamViewType,
			"ApproximateCreationDateTime": r.Dynamodb.ApproximateCreationDateTime.Unix(),
		}
		for name, of := range map[string]map[string]types.AttributeValue{"NewImage": r.Dynamodb.NewImage, "OldImage": r.Dynamodb.OldImage} {
			if of != nil {
				change[name] = image(of)
			}
		}
		all = append(all, object{
			"eventID": r.EventID, "eventName": r.EventName, "eventVersion": r.EventVersion, "eventSource": r.EventSource, "awsRegion": r.AwsRegion,
			"eventSourceARN": m.source, "dynamodb": change,
		})
	}
	return object{"Records": all}
}

func image(of map[string]types.AttributeValue) object {
	out := object{}
	for name, v := range of {
		out[name] = typed(v)
	}
	return out
}

// typed is a value with its type, as DynamoDB writes it in JSON.
func typed(v types.AttributeValue) object {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return object{"S": v.Value}
	case *types.AttributeValueMemberN:
		return object{"N": v.Value}
	case *types.AttributeValueMemberB:
		return object{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return object{"BOOL": v.Value}
	case *types.AttributeValueMemberSS:
		return object{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return object{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return object{"BS": v.Value}
	case *types.AttributeValueMemberM:
		return object{"M": image(v.Value)}
	case *types.AttributeValueMemberL:
		all := make([]object, 0, len(v.Value))
		for _, one := range v.Value {
			all = append(all, typed(one))
		}
		return object{"L": all}
	}
	return object{"NULL": true}
}
