package estate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Listener hears what goes over a bus or a topic.
type Listener struct {
	queues *sqs.Client
	queue  string // address
}

// NewBus makes an event bus, as somebody's SIEM would have one, and listens to it.
func NewBus(ctx context.Context, cfg aws.Config, name string) (*Listener, error) {
	l, arn, err := listener(ctx, cfg, name+"-heard")
	if err != nil {
		return nil, err
	}
	c := eventbridge.NewFromConfig(cfg)
	if _, err := c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &name}); err != nil {
		return nil, fmt.Errorf("make bus %s: %w", name, err)
	}
	rule := &eventbridge.PutRuleInput{Name: aws.String("all"), EventBusName: &name, EventPattern: aws.String(`{"source":["pipewarden"]}`)}
	if _, err := c.PutRule(ctx, rule); err != nil {
		return nil, fmt.Errorf("listen to bus %s: %w", name, err)
	}
	if _, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: rule.Name, EventBusName: &name, Targets: []types.Target{{Id: aws.String("heard"), Arn: &arn}},
	}); err != nil {
		return nil, fmt.Errorf("listen to bus %s: %w", name, err)
	}
	return l, nil
}

// Listen listens to a topic, as Amazon Q would to the one for chats.
func Listen(ctx context.Context, cfg aws.Config, topic string) (*Listener, error) {
	l, arn, err := listener(ctx, cfg, topic[strings.LastIndexByte(topic, ':')+1:]+"-heard")
	if err != nil {
		return nil, err
	}
	_, err = sns.NewFromConfig(cfg).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn, Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return nil, fmt.Errorf("listen to topic %s: %w", topic, err)
	}
	return l, nil
}

func listener(ctx context.Context, cfg aws.Config, name string) (l *Listener, arn string, err error) {
	l = &Listener{queues: sqs.NewFromConfig(cfg)}
	out, err := l.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return nil, "", fmt.Errorf("make queue %s: %w", name, err)
	}
	l.queue = aws.ToString(out.QueueUrl)
	all, err := l.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: out.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn}})
	if err != nil {
		return nil, "", fmt.Errorf("find queue %s: %w", name, err)
	}
	return l, all.Attributes[string(sqstypes.QueueAttributeNameQueueArn)], nil
}

// Heard gives what came since the last time it was asked.
func (l *Listener) Heard(ctx context.Context) ([]string, error) { return drain(ctx, l.queues, l.queue) }
