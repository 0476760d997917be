package notifier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// incoming is a message as it came from the topic.
type incoming struct {
	key      string // what tells it from others
	sent     time.Time
	channels []settings.Channel // that it is for; none: all

	doc     *announce.Document // nil: it is not pipewarden's own
	subject string
	facts   []finding.Fact
	text    string
}

// envelope is what SNS puts around a message (Amazon SNS Developer Guide, "Fanout to Amazon SQS queues").
type envelope struct {
	Type              string
	Subject           string
	Message           string
	Timestamp         time.Time
	MessageAttributes map[string]struct{ Value string }
}

// read takes a message out of its envelope, unless it was delivered without one. It fails on what says nothing.
func read(body string) (incoming, error) {
	in := incoming{text: body}
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err == nil && e.Type == "Notification" {
		in = incoming{text: e.Message, subject: e.Subject, sent: e.Timestamp}
		if list, ok := e.MessageAttributes["channels"]; ok {
			if err := json.Unmarshal([]byte(list.Value), &in.channels); err != nil {
				return in, fmt.Errorf("read the channels that it is for: %w", err)
			}
		}
	}
	in.text = strings.TrimSpace(in.text)
	if in.text == "" || !utf8.ValidString(in.text) {
		return in, errors.New("it holds no text")
	}
	sum := sha256.Sum256([]byte(in.subject + "\x00" + in.text))
	if !strings.HasPrefix(in.text, "{") {
		in.key = hex.EncodeToString(sum[:])
		return in, nil
	}
	doc, ok, err := document(in.text)
	switch {
	case err != nil:
		return in, err
	case ok:
		in.doc, sum = &doc, sha256.Sum256([]byte(in.text))
	default:
		in.alarm()
	}
	in.key = hex.EncodeToString(sum[:])
	return in, nil
}

// document reads one; not ok: it is other JSON, which is shown as it is.
func document(text string) (doc announce.Document, ok bool, err error) {
	if !json.Valid([]byte(text)) {
		return doc, false, errors.New("it is neither text nor JSON")
	}
	var head struct {
		Version int           `json:"version"`
		Kind    announce.Kind `json:"kind"`
	}
	if json.Unmarshal([]byte(text), &head) != nil || head.Version == 0 || head.Kind == "" {
		return doc, false, nil
	}
	if head.Version != 1 {
		return doc, false, fmt.Errorf("it is a document of version %d, and only version 1 is known", head.Version)
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return doc, false, fmt.Errorf("read document: %w", err)
	}
	return doc, true, nil
}

// alarm takes out of an alarm's message what people want to know of it (Amazon CloudWatch User Guide, "Notifying users on alarm changes").
func (in *incoming) alarm() {
	var a struct{ AlarmName, AlarmDescription, NewStateValue, NewStateReason, StateChangeTime string }
	if err := json.Unmarshal([]byte(in.text), &a); err != nil || a.AlarmName == "" || a.NewStateValue == "" {
		return
	}
	mark := map[string]string{"ALARM": "\U0001F7E5 ", "OK": "\U0001F7E9 "}[a.NewStateValue]
	if in.subject == "" {
		in.subject = a.NewStateValue + ": " + a.AlarmName
	}
	in.subject = mark + in.subject
	in.facts = []finding.Fact{
		{Label: "Alarm", Value: a.AlarmName},
		{Label: "What it means", Value: a.AlarmDescription},
		{Label: "State", Value: a.NewStateValue},
		{Label: "Why", Value: a.NewStateReason},
		{Label: "Since", Value: a.StateChangeTime},
	}
	in.text = ""
}

// wanted says that a message is for the chat: filters keep others away, and one that slips through must not come back by e-mail for ever.
func (in incoming) wanted() bool {
	return len(in.channels) == 0 || slices.Contains(in.channels, settings.SlackChannel)
}
