package evidence

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// version is that of the objects' form.
const version = 1

// Record is one change of what the ledger knows, as it is kept: record.schema.json says what every member is.
type Record struct {
	ID       string    `json:"id"` // the same each time the change is told: readers take a record once
	At       time.Time `json:"at"` // to the second, as the table's stream tells it
	Kind     string    `json:"kind"`
	Account  string    `json:"account"` // twelve digits; "" where the ledger itself does not know it
	Region   string    `json:"region"`  // "" for what has none
	Resource *Named    `json:"resource,omitempty"`
	Check    string    `json:"check,omitempty"`
	Subject  string    `json:"subject"` // what the ledger knows it by: a finding's key, an action's ID, an exemption's key …
	Who      *Who      `json:"who,omitempty"`
	Before   any       `json:"before,omitempty"`
	After    any       `json:"after,omitempty"`
}

// Named is a resource within its account and region.
type Named struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Who is who acted, and from where. There is no more of a person in a record.
type Who struct {
	Name string `json:"name"`
	ARN  string `json:"arn,omitempty"`
	From string `json:"from,omitempty"` // an IP address, or the name of a service
}

// object is what one batch of changes is written as.
type object struct {
	Version int      `json:"version"`
	Records []Record `json:"records"`
}

//go:embed record.schema.json
var recordSchema []byte

//go:embed manifest.schema.json
var manifestSchema []byte

// RecordSchema is the JSON Schema (2020-12) of the objects with records.
func RecordSchema() []byte { return bytes.Clone(recordSchema) }

// ManifestSchema is the JSON Schema (2020-12) of the manifests.
func ManifestSchema() []byte { return bytes.Clone(manifestSchema) }

// encode writes compact JSON, the same each time, without the escapes that only HTML needs.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.ToValidUTF8(bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), []byte("\uFFFD")), nil
}

// DecodeRecords reads an object with records. What does not fit the schema is refused.
func DecodeRecords(raw []byte) ([]Record, error) {
	value, err := decoded(raw)
	if err == nil {
		err = fittingRecords().fits(value)
	}
	if err != nil {
		return nil, fmt.Errorf("decode records: %w", err)
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("decode records: %w", err)
	}
	return o.Records, nil
}

// decoded is any JSON text, and nothing after it.
func decoded(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errors.New("it is no JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	return value, nil
}
