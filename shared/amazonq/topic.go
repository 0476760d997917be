package amazonq

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Actions are the IAM actions that publishing to the topic takes.
var Actions = []string{"sns:Publish"}

// Topic is what the service's channel configuration listens to.
type Topic struct {
	client *sns.Client
	arn    string
}

// NewTopic is the topic of that ARN, in the region of the configuration.
func NewTopic(cfg aws.Config, arn string) *Topic {
	return &Topic{client: sns.NewFromConfig(cfg), arn: arn}
}

// Publish brings a notification to the topic.
func (t *Topic) Publish(ctx context.Context, raw []byte) error {
	if _, err := t.client.Publish(ctx, &sns.PublishInput{TopicArn: &t.arn, Message: aws.String(string(raw))}); err != nil {
		return fmt.Errorf("publish to %s: %w", t.arn, err)
	}
	return nil
}
