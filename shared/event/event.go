// Package event decodes what AWS reports and selects what is worth waking for.
package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Detail types of events that reach EventBridge through CloudTrail
// (Amazon EventBridge User Guide, "AWS service events delivered via AWS CloudTrail").
// The sign-in type is seen in two spellings: match both.
const (
	APICall       = "AWS API Call via CloudTrail"
	ServiceEvent  = "AWS Service Event via CloudTrail"
	ConsoleAction = "AWS Console Action via CloudTrail"
	SignIn        = "AWS Console Sign In via CloudTrail"
	Signin        = "AWS Console Signin via CloudTrail"

	insight = "AWS Insight via CloudTrail"
)

// Event is one thing that happened, whichever way it was told.
// Any field but Time, Source and DetailType may be empty: AWS leaves out what it does not know.
type Event struct {
	ID         string    // detail.eventID of a CloudTrail record, else the envelope's id, else a digest of the text
	Source     string    // as EventBridge names it: aws.codebuild
	DetailType string    // as EventBridge names it
	Account    string    // the account in which it was recorded
	From       string    `json:",omitempty"` // the account from which EventBridge brings it; "" for what EventBridge did not bring
	Region     string    // the region in which it was recorded
	Time       time.Time // when it happened; CloudTrail gives whole seconds
	Resources  []string  // ARNs named by the envelope
	Detail     Fields    // the CloudTrail record, or the service's own detail
}

// Decode reads an EventBridge envelope or a bare CloudTrail record.
// It fails on what is not a JSON object, on an object that is neither, and on one that does not say when it happened.
func Decode(raw []byte) (*Event, error) {
	var body Fields
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("decode event: %w", plain(err))
	}
	e, err := fromFields(body)
	if err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	if e.ID == "" {
		sum := sha256.Sum256(raw)
		e.ID = "sha256:" + hex.EncodeToString(sum[:16])
	}
	return e, nil
}

// plain says a wrong type in JSON's words instead of Go's, and without the value, which may be as long as the event.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	kind, value, _ := strings.Cut(wrong.Value, " ")
	if value != "" {
		return fmt.Errorf("%s out of range", kind)
	}
	return fmt.Errorf("%s where an object was expected", kind)
}

func fromFields(body Fields) (*Event, error) {
	switch {
	case body == nil:
		return nil, errors.New("null where an object was expected")
	case body.Has("detail-type"):
		return fromEnvelope(body)
	case body.Has("eventName") || body.Has("eventSource") || isInsight(body):
		return fromRecord(body)
	}
	return nil, errors.New("neither an EventBridge envelope (detail-type) nor a CloudTrail record (eventName)")
}

func fromEnvelope(body Fields) (*Event, error) {
	e := &Event{
		ID: body.String("id"), Source: body.String("source"), DetailType: body.String("detail-type"),
		Account: body.String("account"), From: body.String("account"), Region: body.String("region"),
		Resources: body.Strings("resources"), Detail: body.Object("detail"),
	}
	if e.Detail == nil {
		return nil, errors.New("detail is not an object")
	}
	if !e.FromCloudTrail() {
		return e.at(body.String("time"), "time")
	}
	e.ID = first(e.Detail.String("eventID"), e.ID)
	e.Account = first(e.Detail.String("recipientAccountId"), e.Account, e.Detail.String("userIdentity", "accountId"))
	e.Region = first(e.Detail.String("awsRegion"), e.Region)
	if stamp := e.Detail.String("eventTime"); stamp != "" {
		return e.at(stamp, "eventTime")
	}
	return e.at(body.String("time"), "time")
}

func fromRecord(record Fields) (*Event, error) {
	e := &Event{
		ID: record.String("eventID"), Source: busSource(record.String("eventSource")), DetailType: APICall,
		Account: first(record.String("recipientAccountId"), record.String("userIdentity", "accountId")),
		Region:  record.String("awsRegion"), Detail: record,
	}
	if isInsight(record) {
		// It names neither an event nor a service of its own: what it is about lies below insightDetails.
		e.DetailType, e.Source = insight, "aws.cloudtrail"
	}
	switch record.String("eventType") {
	case "AwsServiceEvent":
		e.DetailType = ServiceEvent
	case "AwsConsoleSignIn":
		e.DetailType = SignIn
	case "AwsConsoleAction":
		e.DetailType = ConsoleAction
	}
	return e.at(record.String("eventTime"), "eventTime")
}

func isAlphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isInsight(record Fields) bool { return record.String("eventType") == "AwsCloudTrailInsight" }

// at completes an event with when it happened. Region and account get into commands that people copy: they are names, or the event is none.
func (e *Event) at(stamp, field string) (*Event, error) {
	for _, named := range [...]struct{ what, name string }{{"region", e.Region}, {"account", e.Account}} {
		if strings.ContainsFunc(named.name, func(c rune) bool { return c != '-' && c != '_' && !isAlphanumeric(c) }) {
			return nil, fmt.Errorf("%s %q is none", named.what, clip(named.name))
		}
	}
	if stamp == "" {
		return nil, errors.New(field + " missing")
	}
	when, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return nil, fmt.Errorf("%s %q is not a time", field, clip(stamp))
	}
	e.Time = when.UTC()
	return e, nil
}

// busSource turns an eventSource (codebuild.amazonaws.com) into the source that EventBridge gives it (aws.codebuild).
func busSource(service string) string {
	label, _, _ := strings.Cut(service, ".")
	return "aws." + label
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// FromCloudTrail says whether Detail is a CloudTrail record.
func (e *Event) FromCloudTrail() bool { return strings.HasSuffix(e.DetailType, " via CloudTrail") }

// Name is the CloudTrail event name (UpdateProject); empty for a service's own event.
func (e *Event) Name() string { return e.Detail.String("eventName") }

// Service is the CloudTrail event source (codebuild.amazonaws.com); empty for a service's own event.
func (e *Event) Service() string { return e.Detail.String("eventSource") }

// Request is what the caller asked for; nil when CloudTrail left it out or cut it.
func (e *Event) Request() Fields { return e.Detail.Object("requestParameters") }

// Response is what the service answered; nil when CloudTrail left it out or cut it.
func (e *Event) Response() Fields { return e.Detail.Object("responseElements") }

// Identity is the record's userIdentity; nil when there is none.
func (e *Event) Identity() Fields { return e.Detail.Object("userIdentity") }

// ErrorCode is the code of a call that was refused or broke; empty when the call succeeded.
// Some services put it into responseElements (CloudTrail User Guide, "CloudTrail record contents").
func (e *Event) ErrorCode() string {
	return first(e.Detail.String("errorCode"), e.Response().String("errorCode"))
}

// Succeeded says whether the event tells of a call that changed, or could change, something.
func (e *Event) Succeeded() bool {
	return e.ErrorCode() == "" && e.Detail.String("errorMessage") == ""
}
