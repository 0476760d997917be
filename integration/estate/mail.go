package estate

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
)

// Mail is one message as subscribers get it.
type Mail struct {
	Subject    string
	Text       string            // to people
	Document   announce.Document // to machines
	Attributes map[string]string
	Sent       time.Time
}

// Mails gives the messages that came since the last time it was asked, in the order in which they were sent.
func (s *System) Mails(ctx context.Context) ([]Mail, error) {
	bodies, err := s.drain(ctx, s.inbox)
	if err != nil {
		return nil, err
	}
	mails := make([]Mail, 0, len(bodies))
	for _, body := range bodies {
		m, err := s.open(body)
		if err != nil {
			return nil, err
		}
		mails = append(mails, m)
	}
	return mails, nil
}

// open takes a message out of its envelope (Amazon SNS Developer Guide, "Fanout to Amazon SQS queues").
func (s *System) open(body string) (Mail, error) {
	var envelope struct {
		MessageID         string `json:"MessageId"`
		Subject, Message  string
		Timestamp         time.Time
		MessageAttributes map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		return Mail{}, fmt.Errorf("open mail: %w", err)
	}
	m := Mail{Subject: envelope.Subject, Text: s.door.text(envelope.MessageID), Attributes: map[string]string{}, Sent: envelope.Timestamp}
	if err := json.Unmarshal([]byte(envelope.Message), &m.Document); err != nil {
		return Mail{}, fmt.Errorf("open mail %q: %w", m.Subject, err)
	}
	for name, a := range envelope.MessageAttributes {
		m.Attributes[name] = a.Value
	}
	return m, nil
}
