package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// What is counted.
const (
	Archived telemetry.Metric = "Archived" // records that were written
	Unread   telemetry.Metric = "Unread"   // changes that this version cannot read; kept by their hash
	Sealings telemetry.Metric = "Sealed"   // days that were sealed
)

// Archivist writes what the ledger's table goes through as records.
type Archivist struct {
	Store Store
	Home  Home
	Count *telemetry.Counter
	Log   *slog.Logger
	Now   func() time.Time
}

// Handle writes the records of one batch of the table's stream as one object; where there is nothing to record it writes nothing. What could not
// be written it gives back, from the first change on that is evidence, so that Lambda delivers it again
// (AWS Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda").
func (a *Archivist) Handle(ctx context.Context, in events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	now := a.Now()
	var all []Record
	first, unread := "", 0
	for _, one := range in.Records {
		r, ok := a.Home.record(one, now)
		if !ok {
			continue
		}
		if len(all) == 0 {
			first = one.Change.SequenceNumber
		}
		if r.Kind == string(ledger.Unread) {
			unread++
			a.Log.Error("a change of the ledger cannot be read", "record", r.ID)
		}
		all = append(all, r)
	}
	name, err := a.write(ctx, all, now)
	switch {
	case err != nil && first == "":
		return events.DynamoDBEventResponse{}, err // nothing names where to begin again: all of it
	case err != nil:
		a.Log.Error("evidence cannot be written: it is delivered again", "object", name, "error", err.Error())
		return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{{ItemIdentifier: first}}}, nil
	}
	a.Count.Add(Archived, len(all))
	a.Count.Add(Unread, unread)
	return events.DynamoDBEventResponse{}, a.Count.Flush()
}

// write writes an object. Its day is that of the writer's clock, and the rest of its name follows from what it holds: the same batch, delivered
// again on that day, is there already.
func (a *Archivist) write(ctx context.Context, all []Record, now time.Time) (name string, err error) {
	if len(all) == 0 {
		return "", nil
	}
	raw, err := encode(object{Version: version, Records: all})
	if err != nil {
		return "", fmt.Errorf("write records: %w", err)
	}
	newest := all[0].At
	for _, r := range all {
		if r.At.After(newest) {
			newest = r.At
		}
	}
	name = fmt.Sprintf("%s%s-%s.json", DayOf(now).folder(), newest.Format("150405"), hashOf(raw)[:16])
	if err := a.Store.Create(ctx, name, typeJSON, raw); err != nil && !errors.Is(err, fs.ErrExist) {
		return name, err
	}
	return name, nil
}
