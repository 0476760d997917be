package emulator

import (
	"strconv"
	"strings"
)

// streamOperations are those of DynamoDB Streams, each stream one shard that never ends.
func streamOperations() map[string]owned {
	return map[string]owned{
		"dynamodb.ListStreams": listStreams, "dynamodb.DescribeStream": describeStream, "dynamodb.GetShardIterator": shardIterator, "dynamodb.GetRecords": streamRecords,
	}
}

const shard = "shardId-00000000000000000001-00000001"

func listStreams(r *request) (object, error) {
	all := []any{}
	for _, table := range sortedKeys(r.here.streams) {
		if s := r.here.streams[table]; r.text("TableName") == "" || r.text("TableName") == table {
			all = append(all, object{"StreamArn": s.arn, "TableName": table, "StreamLabel": s.label})
		}
	}
	return object{"Streams": all}, nil
}

// stream finds the one of that ARN.
func (r *request) stream(named string) (*stream, string, error) {
	for table, s := range r.here.streams {
		if s.arn == named {
			return s, table, nil
		}
	}
	return nil, "", refusal("ResourceNotFoundException", "Requested resource not found: Stream: %s not found", named)
}

func describeStream(r *request) (object, error) {
	s, table, err := r.stream(r.text("StreamArn"))
	if err != nil {
		return nil, err
	}
	schema := []any{}
	for i, name := range s.keys {
		schema = append(schema, object{"AttributeName": name, "KeyType": []string{"HASH", "RANGE"}[min(i, 1)]})
	}
	return object{"StreamDescription": object{
		"StreamArn": s.arn, "StreamLabel": s.label, "StreamStatus": "ENABLED", "StreamViewType": s.view, "TableName": table, "KeySchema": schema,
		"CreationRequestDateTime": s.since, "Shards": []any{object{"ShardId": shard, "SequenceNumberRange": object{"StartingSequenceNumber": number(1)}}},
	}}, nil
}

// shardIterator says where to begin (Amazon DynamoDB API Reference, "GetShardIterator").
func shardIterator(r *request) (object, error) {
	s, _, err := r.stream(r.text("StreamArn"))
	if err != nil {
		return nil, err
	}
	if r.text("ShardId") != shard {
		return nil, refusal("ResourceNotFoundException", "Requested resource not found: Shard %s in Stream %s not found", r.text("ShardId"), s.arn)
	}
	at := 0
	switch kind := r.text("ShardIteratorType"); kind {
	case "TRIM_HORIZON":
	case "LATEST":
		at = len(s.records)
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
		given, err := strconv.Atoi(strings.TrimPrefix(r.text("SequenceNumber"), "1"))
		if err != nil || number(given) != r.text("SequenceNumber") || given < 1 {
			return nil, refusal("ValidationException", "Invalid SequenceNumber: %s", r.text("SequenceNumber"))
		}
		at = given
		if kind == "AT_SEQUENCE_NUMBER" {
			at--
		}
	default:
		return nil, refusal("ValidationException", "%s is no type of shard iterator", kind)
	}
	return object{"ShardIterator": s.iterator(at)}, nil
}

func (s *stream) iterator(at int) string { return s.arn + "|1|" + strconv.Itoa(at) }

// streamRecords gives a page (Amazon DynamoDB API Reference, "GetRecords").
func streamRecords(r *request) (object, error) {
	named, position, _ := strings.Cut(r.text("ShardIterator"), "|1|")
	at, err := strconv.Atoi(position)
	if err != nil || at < 0 {
		return nil, refusal("ValidationException", "Invalid ShardIterator: %s", r.text("ShardIterator"))
	}
	s, _, err := r.stream(named)
	if err != nil {
		return nil, err
	}
	limit := 1000
	if asked, ok := r.in["Limit"].(float64); ok {
		limit = int(asked)
	}
	if limit < 1 || limit > 1000 {
		return nil, refusal("ValidationException", "Limit is from 1 to 1000")
	}
	at = min(at, len(s.records))
	end := min(at+limit, len(s.records))
	return object{"Records": append([]object{}, s.records[at:end]...), "NextShardIterator": s.iterator(end)}, nil
}
