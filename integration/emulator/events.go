package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// PutEvent puts an event, given as its EventBridge envelope, on the default bus of the account, so that deployed rules route it.
// What arrives has an id of its own. Whose event it is says the account, not the envelope.
func (a *AWS) PutEvent(ctx context.Context, account, region string, envelope []byte) error {
	var e struct {
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
		Time       *time.Time      `json:"time"`
		Resources  []string        `json:"resources"`
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		return fmt.Errorf("put event: %w", err)
	}
	out, err := eventbridge.NewFromConfig(a.Config(account, region)).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		Source: aws.String(e.Source), DetailType: aws.String(e.DetailType), Detail: aws.String(string(e.Detail)), Time: e.Time, Resources: e.Resources,
	}}})
	if err != nil {
		return fmt.Errorf("put event: %w", err)
	}
	for _, entry := range out.Entries {
		if entry.ErrorCode != nil {
			return fmt.Errorf("put event: %s: %s", *entry.ErrorCode, aws.ToString(entry.ErrorMessage))
		}
	}
	return nil
}

// Envelope wraps a CloudTrail record, as RecordTrail tells it, the way EventBridge delivers it.
func Envelope(record map[string]any) ([]byte, error) {
	source, _ := record["eventSource"].(string)
	service, _, _ := strings.Cut(source, ".")
	raw, err := json.Marshal(object{
		"version": "0", "id": record["eventID"], "detail-type": "AWS API Call via CloudTrail", "source": "aws." + service, "account": record["recipientAccountId"],
		"time": record["eventTime"], "region": record["awsRegion"], "resources": []string{}, "detail": record,
	})
	if err != nil {
		return nil, fmt.Errorf("wrap record: %w", err)
	}
	return raw, nil
}

// RelayTrail puts every record of RecordTrail on the default bus of the account and region in which it was recorded, so that a real call
// wakes the deployed rules before its answer arrives. What goes wrong on the way is told to failed. It takes the place of RecordTrail.
func (a *AWS) RelayTrail(ctx context.Context, failed func(error)) {
	a.RecordTrail(func(record map[string]any) {
		envelope, err := Envelope(record)
		if err == nil {
			at := place{account: text(record, "recipientAccountId"), region: text(record, "awsRegion")}
			err = a.PutEvent(ctx, at.account, at.region, envelope)
		}
		if err != nil {
			failed(err)
		}
	})
}
