package announce

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// Actions are the IAM actions that publishing to a topic takes. A topic under a customer managed key takes that key's as well.
var Actions = []string{"sns:Publish"}

// Publisher sends a message. A nil error means that it was accepted, which is when it may be recorded as sent.
type Publisher interface {
	Publish(ctx context.Context, m Message) error
}

// Topic publishes to an SNS topic: text to people, JSON to machines, by protocol.
type Topic struct {
	client *sns.Client
	arn    string
}

// NewTopic is the topic of that ARN, in the region of the configuration.
func NewTopic(cfg aws.Config, arn string) *Topic {
	return &Topic{client: sns.NewFromConfig(cfg), arn: arn}
}

// Publish sends one message (Amazon SNS API Reference, Publish, MessageStructure json).
func (t *Topic) Publish(ctx context.Context, m Message) error {
	body, err := payload(m)
	if err != nil {
		return fmt.Errorf("publish to %s: %w", t.arn, err)
	}
	input := &sns.PublishInput{
		TopicArn: aws.String(t.arn), Subject: aws.String(m.Subject), Message: aws.String(body),
		MessageStructure: aws.String("json"), MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range m.Attributes {
		input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	if len(m.Channels) > 0 {
		list, err := encode(m.Channels)
		if err != nil {
			return fmt.Errorf("publish to %s: %w", t.arn, err)
		}
		input.MessageAttributes["channels"] = types.MessageAttributeValue{DataType: aws.String("String.Array"), StringValue: &list}
	}
	if _, err := t.client.Publish(ctx, input); err != nil {
		return fmt.Errorf("publish to %s: %w", t.arn, err)
	}
	return nil
}

// payload is the message by protocol. Its size, not that of one part, is what SNS limits.
func payload(m Message) (string, error) {
	return encode(map[string]string{
		"default": m.Text, "email": m.Text,
		"sqs": m.JSON, "lambda": m.JSON, "http": m.JSON, "https": m.JSON,
	})
}
