package emulator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// stream is what a table's stream shows. The front keeps it: moto's tells of writes that changed nothing, and of one that made an item by an
// update as of two.
type stream struct {
	arn, label, view string
	keys             []string // names of the key's attributes
	since            json.Number
	records          []object // the first of them has the number 1
}

// streamMends keep the streams of those tables that have one.
func streamMends() map[string]mended {
	return map[string]mended{
		"dynamodb.CreateTable": createTable, "dynamodb.DescribeTable": showStream, "dynamodb.DeleteTable": deleteTable, "dynamodb.UpdateTable": updateTable,
		"dynamodb.PutItem":    oneByOne(written),
		"dynamodb.DeleteItem": oneByOne(written),
		"dynamodb.UpdateItem": oneByOne(written),
		// What writes several items at once nobody here needs to be told of.
		"dynamodb.TransactWriteItems": oneByOne(unstreamed), "dynamodb.BatchWriteItem": oneByOne(unstreamed),
	}
}

// createTable gives a table its stream (Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams").
func createTable(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	asked := child(in, "StreamSpecification")
	delete(in, "StreamSpecification")
	other, err := x.againTarget(x.Operation, in)
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, other)
	if err != nil || reply.status != http.StatusOK || asked["StreamEnabled"] != true {
		return reply, err
	}
	at := a.now().UTC()
	s := &stream{label: at.Format("2006-01-02T15:04:05.000"), view: text(asked, "StreamViewType"), since: seconds(at)}
	s.arn = arn(partition(x.Region), "dynamodb", x.Region, x.Account, "table/"+text(in, "TableName")+"/stream/"+s.label)
	for _, key := range objects(in, "KeySchema") {
		s.keys = append(s.keys, text(key, "AttributeName"))
	}
	a.mu.Lock()
	a.estate(place{x.Account, x.Region}).streams[text(in, "TableName")] = s
	a.mu.Unlock()
	return reply.rewrite(func(out object) { s.show(child(out, "TableDescription")) })
}

func (s *stream) show(table object) {
	table["StreamSpecification"] = object{"StreamEnabled": true, "StreamViewType": s.view}
	table["LatestStreamArn"], table["LatestStreamLabel"] = s.arn, s.label
}

// streamed is the stream of the table that a call names; nil where it has none.
func (a *AWS) streamed(x *exchange, table string) *stream {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.estate(place{x.Account, x.Region}).streams[lastPart(table, "/")] // a table may be named by its ARN
}

func showStream(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	s := a.streamed(x, text(in, "TableName"))
	if err != nil || reply.status != http.StatusOK || s == nil {
		return reply, err
	}
	return reply.rewrite(func(out object) { s.show(child(out, "Table")) })
}

func deleteTable(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if in, unread := x.in(); unread == nil && err == nil && reply.status == http.StatusOK {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.estate(place{x.Account, x.Region}).streams, lastPart(text(in, "TableName"), "/"))
	}
	return reply, err
}

func updateTable(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	if in["StreamSpecification"] != nil {
		return nil, a.unimplemented("dynamodb.UpdateTable of a stream")
	}
	return a.pass(ctx, x)
}

func unstreamed(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	tables := sortedKeys(child(in, "RequestItems"))
	for _, one := range objects(in, "TransactItems") {
		for _, name := range sortedKeys(one) {
			tables = append(tables, text(child(one, name), "TableName"))
		}
	}
	for _, table := range tables {
		if a.streamed(x, table) != nil {
			return nil, a.unimplemented("dynamodb." + x.Operation + " into a table with a stream")
		}
	}
	return a.pass(ctx, x)
}

// written has moto write an item, and adds to the stream what became of it.
func written(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	s := a.streamed(x, text(in, "TableName"))
	if s == nil {
		return a.pass(ctx, x)
	}
	key := child(in, "Key")
	if x.Operation == "PutItem" {
		key = object{}
		for _, name := range s.keys {
			key[name] = child(in, "Item")[name]
		}
	}
	before, err := a.item(ctx, x, in, key)
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	var after object
	switch x.Operation {
	case "PutItem":
		after = child(in, "Item")
	case "UpdateItem":
		if after, err = a.item(ctx, x, in, key); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.add(x.Region, key, before, after, a.now())
	return reply, nil
}

// item is one of a table, as it is stored; nil where there is none.
func (a *AWS) item(ctx context.Context, x *exchange, in, key object) (object, error) {
	ask, err := x.againTarget("GetItem", object{"TableName": in["TableName"], "Key": key, "ConsistentRead": true})
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, ask)
	if err != nil || reply.status != http.StatusOK {
		return nil, err // a key that cannot be: the write is refused as well
	}
	var out struct{ Item object }
	if err := json.Unmarshal(reply.body, &out); err != nil {
		return nil, broken(err)
	}
	return out.Item, nil
}

// add makes a record of a write, unless that changed nothing (Amazon DynamoDB API Reference, "Record" and "StreamRecord").
func (s *stream) add(region string, key, before, after object, at time.Time) {
	if reflect.DeepEqual(before, after) {
		return
	}
	change := object{
		"ApproximateCreationDateTime": at.Unix(), "Keys": key, "SequenceNumber": number(len(s.records) + 1), "StreamViewType": s.view,
	}
	name := "MODIFY"
	switch {
	case before == nil:
		name = "INSERT"
	case after == nil:
		name = "REMOVE"
	}
	if after != nil && s.view != "KEYS_ONLY" && s.view != "OLD_IMAGE" {
		change["NewImage"] = after
	}
	if before != nil && s.view != "KEYS_ONLY" && s.view != "NEW_IMAGE" {
		change["OldImage"] = before
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	raw, _ := json.Marshal(change)
	change["SizeBytes"] = len(raw)
	s.records = append(s.records, object{
		"eventID": hex.EncodeToString(id), "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": region, "dynamodb": change,
	})
}

// number is a sequence number: digits, of one length.
func number(n int) string { return fmt.Sprintf("1%020d", n) }
