package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

type object = map[string]any

// ledgerTable is the ledger's table, as far as the ledger asks of DynamoDB: items by two keys, and a version on which writes depend.
type ledgerTable struct {
	items map[string]map[string]object // by partition key and sort key
}

func newTable() *ledgerTable { return &ledgerTable{items: map[string]map[string]object{}} }

func attribute(o object, name, kind string) string {
	value, _ := o[name].(object)
	text, _ := value[kind].(string)
	return text
}

func member(o object, name string) object {
	inner, _ := o[name].(object)
	return inner
}

// answer does what DynamoDB would (Amazon DynamoDB API Reference). The conditions are the ledger's two: that there is no item that
// counts, or that it has the version that was read.
func (t *ledgerTable) answer(operation string, body []byte) *answer {
	var in object
	if err := json.Unmarshal(body, &in); err != nil {
		return reply(http.StatusBadRequest, object{"__type": "SerializationException", "message": err.Error()})
	}
	switch operation {
	case "GetItem":
		key := member(in, "Key")
		if item := t.items[attribute(key, "pk", "S")][attribute(key, "sk", "S")]; item != nil {
			return reply(http.StatusOK, object{"Item": item})
		}
		return reply(http.StatusOK, object{})
	case "BatchGetItem":
		return t.batch(in)
	case "DeleteItem":
		key := member(in, "Key")
		delete(t.items[attribute(key, "pk", "S")], attribute(key, "sk", "S"))
		return reply(http.StatusOK, object{})
	case "PutItem":
		return t.put(in)
	case "Query":
		return t.query(in)
	}
	return reply(http.StatusNotImplemented, object{"__type": "NotImplemented", "message": operation})
}

func (t *ledgerTable) batch(in object) *answer {
	found := object{}
	for table, asked := range member(in, "RequestItems") {
		all, _ := asked.(object)
		keys, _ := all["Keys"].([]any)
		items := []object{}
		for _, one := range keys {
			key, _ := one.(object)
			if item := t.items[attribute(key, "pk", "S")][attribute(key, "sk", "S")]; item != nil {
				items = append(items, item)
			}
		}
		found[table] = items
	}
	return reply(http.StatusOK, object{"Responses": found})
}

func (t *ledgerTable) put(in object) *answer {
	item := member(in, "Item")
	pk, sk := attribute(item, "pk", "S"), attribute(item, "sk", "S")
	there, values := t.items[pk][sk], member(in, "ExpressionAttributeValues")
	version := attribute(there, "v", "N")
	if expired(there, attribute(values, ":now", "N")) {
		version = ""
	}
	if version != attribute(values, ":v", "N") {
		return reply(http.StatusBadRequest, object{
			"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "The conditional request failed", "Item": there,
		})
	}
	if t.items[pk] == nil {
		t.items[pk] = map[string]object{}
	}
	t.items[pk][sk] = item
	return reply(http.StatusOK, object{})
}

// expired says that an item's time to live is over, so that it is as good as gone.
func expired(item object, now string) bool {
	ttl, err := strconv.ParseInt(attribute(item, "ttl", "N"), 10, 64)
	if err != nil {
		return false // it has none
	}
	at, err := strconv.ParseInt(now, 10, 64)
	return err == nil && ttl <= at
}

func (t *ledgerTable) query(in object) *answer {
	values := member(in, "ExpressionAttributeValues")
	partition := t.items[attribute(values, ":pk", "S")]
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(partition)), func(sk string) bool { return !strings.HasPrefix(sk, attribute(values, ":sk", "S")) })
	if in["ScanIndexForward"] == false {
		slices.Reverse(keys)
	}
	if last := attribute(member(in, "ExclusiveStartKey"), "sk", "S"); last != "" {
		keys = keys[slices.Index(keys, last)+1:]
	}
	out := object{}
	if limit, ok := in["Limit"].(float64); ok && limit >= 1 && int(limit) < len(keys) {
		keys = keys[:int(limit)]
		item := partition[keys[len(keys)-1]]
		out["LastEvaluatedKey"] = object{"pk": item["pk"], "sk": item["sk"]}
	}
	found := []object{}
	for _, sk := range keys {
		found = append(found, partition[sk])
	}
	out["Items"], out["Count"], out["ScannedCount"] = found, len(found), len(found)
	return reply(http.StatusOK, out)
}

// reply writes JSON as services of the JSON protocol do, with the checksum that DynamoDB's clients look at.
func reply(status int, body object) *answer {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"__type":"InternalFailure"}`)
	}
	out := &answer{status: status, header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}}
	out.header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(raw)), 10))
	out.body.Write(raw)
	return out
}

// parcel is a message that was sent to a queue.
type parcel struct {
	body  []byte
	delay int // seconds
}

// receive takes in a SendMessageBatch (Amazon SQS API Reference).
func receive(body []byte) ([]parcel, *answer) {
	var in struct {
		Entries []struct {
			ID           string `json:"Id"`
			MessageBody  string
			DelaySeconds int
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, reply(http.StatusBadRequest, object{"__type": "SerializationException", "message": err.Error()})
	}
	var parcels []parcel
	done := []object{}
	for _, entry := range in.Entries {
		parcels = append(parcels, parcel{[]byte(entry.MessageBody), entry.DelaySeconds})
		sum := md5.Sum([]byte(entry.MessageBody))
		done = append(done, object{"Id": entry.ID, "MessageId": entry.ID, "MD5OfMessageBody": hex.EncodeToString(sum[:])})
	}
	return parcels, reply(http.StatusOK, object{"Successful": done, "Failed": []object{}})
}
