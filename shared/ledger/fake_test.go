package ledger_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

type (
	value struct {
		S *string `json:",omitempty"`
		N *string `json:",omitempty"`
		B []byte  `json:",omitempty"`
	}
	attributes map[string]value
	call       struct {
		TableName, ConditionExpression, KeyConditionExpression, ReturnValuesOnConditionCheckFailure string
		ConsistentRead                                                                              bool
		ScanIndexForward                                                                            *bool
		Limit                                                                                       int
		Key, Item, ExpressionAttributeValues, ExclusiveStartKey                                     attributes
		ExpressionAttributeNames                                                                    map[string]string
		RequestItems                                                                                map[string]struct {
			Keys           []attributes
			ConsistentRead bool
		}
	}
)

// fakeDynamoDB answers the five operations as DynamoDB does, with pages of two items.
type fakeDynamoDB struct {
	t *testing.T

	mu    sync.Mutex
	rows  map[string]attributes // by partition key, NUL and sort key
	calls []string
	lose  int // answers that get lost on the way, though the call was carried out
	busy  int // answers about many items that hold none yet
}

func newFake(t *testing.T) *fakeDynamoDB {
	return &fakeDynamoDB{t: t, rows: map[string]attributes{}}
}

func (d *fakeDynamoDB) config() aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: d, BaseEndpoint: aws.String("http://dynamodb.test"),
		Credentials: credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

func (d *fakeDynamoDB) Do(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	var in call
	if err := json.NewDecoder(request.Body).Decode(&in); err != nil {
		d.t.Errorf("request: %v", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	d.calls = append(d.calls, operation)
	status, out := http.StatusOK, any(map[string]any{})
	switch operation {
	case "GetItem":
		d.consistent(in)
		if row, ok := d.rows[id(in.Key)]; ok {
			out = map[string]any{"Item": row}
		}
	case "BatchGetItem":
		out = d.batch(in)
	case "DeleteItem":
		delete(d.rows, id(in.Key))
	case "PutItem":
		status, out = d.put(in)
	case "Query":
		d.consistent(in)
		out = d.query(in)
	default:
		d.t.Errorf("operation %s is not expected", operation)
	}
	if d.lose > 0 {
		d.lose--
		status, out = http.StatusInternalServerError, map[string]any{"__type": "InternalServerError"}
	}
	body, err := json.Marshal(out)
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: request,
	}, err
}

// batch answers for two keys at a time, and now and again for none.
func (d *fakeDynamoDB) batch(in call) any {
	found, left := map[string][]attributes{}, map[string]any{}
	for table, asked := range in.RequestItems {
		d.consistent(call{ConsistentRead: asked.ConsistentRead})
		if seen := map[string]bool{}; slices.ContainsFunc(asked.Keys, func(k attributes) bool { again := seen[id(k)]; seen[id(k)] = true; return again }) {
			d.t.Error("a key is asked for twice")
		}
		n := min(2, len(asked.Keys))
		if d.busy > 0 {
			d.busy--
			n = 0
		}
		for _, k := range asked.Keys[:n] {
			if row, ok := d.rows[id(k)]; ok {
				found[table] = append(found[table], row)
			}
		}
		if n < len(asked.Keys) {
			left[table] = map[string]any{"Keys": asked.Keys[n:], "ConsistentRead": true}
		}
	}
	return map[string]any{"Responses": found, "UnprocessedKeys": left}
}

func (d *fakeDynamoDB) consistent(in call) {
	if !in.ConsistentRead {
		d.t.Error("a reading is not strongly consistent")
	}
}

func id(a attributes) string { return *a["pk"].S + "\x00" + *a["sk"].S }

func integer(v value) int64 {
	if v.N == nil {
		return 0
	}
	n, _ := strconv.ParseInt(*v.N, 10, 64)
	return n
}

func (d *fakeDynamoDB) put(in call) (int, any) {
	row, there := d.rows[id(in.Item)]
	ttl, timed := row["ttl"]
	now := integer(in.ExpressionAttributeValues[":now"])
	var holds bool
	switch in.ConditionExpression {
	case "attribute_not_exists(pk) OR #ttl <= :now":
		holds = !there || timed && integer(ttl) <= now
	case "v = :v AND (attribute_not_exists(#ttl) OR #ttl > :now)":
		holds = there && integer(row["v"]) == integer(in.ExpressionAttributeValues[":v"]) && (!timed || integer(ttl) > now)
	default:
		d.t.Errorf("condition %q is not expected", in.ConditionExpression)
	}
	if in.ExpressionAttributeNames["#ttl"] != "ttl" || in.ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
		d.t.Errorf("PutItem: %+v", in)
	}
	if !holds {
		return http.StatusBadRequest, map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": row}
	}
	d.rows[id(in.Item)] = in.Item
	return http.StatusOK, map[string]any{}
}

func (d *fakeDynamoDB) query(in call) any {
	start := *in.ExpressionAttributeValues[":pk"].S + "\x00"
	if prefix := in.ExpressionAttributeValues[":sk"].S; prefix != nil {
		start += *prefix
		if *prefix == "" || in.KeyConditionExpression != "pk = :pk AND begins_with(sk, :sk)" {
			d.t.Errorf("key condition %q with %q", in.KeyConditionExpression, *prefix)
		}
	} else if in.KeyConditionExpression != "pk = :pk" {
		d.t.Errorf("key condition %q", in.KeyConditionExpression)
	}
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(d.rows)), func(id string) bool { return !strings.HasPrefix(id, start) })
	if in.ScanIndexForward != nil && !*in.ScanIndexForward {
		slices.Reverse(ids)
	}
	if in.ExclusiveStartKey != nil {
		ids = ids[slices.Index(ids, id(in.ExclusiveStartKey))+1:]
	}
	size := 2
	if in.Limit > 0 {
		size = min(size, in.Limit)
	}
	out := map[string]any{}
	items := []attributes{}
	for _, id := range ids[:min(size, len(ids))] {
		items = append(items, d.rows[id])
	}
	out["Items"] = items
	if len(ids) > size {
		last := items[size-1]
		out["LastEvaluatedKey"] = attributes{"pk": last["pk"], "sk": last["sk"]}
	}
	return out
}
