package lambdahost

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func makeQueue(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	if p["FifoQueue"] == true {
		id += ".fifo"
	}
	given := d.named(p, "QueueName", id)
	out, err := sqs.NewFromConfig(d.cfg).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(given), Attributes: attributes(p, "QueueName", "Tags")})
	if err != nil {
		return nil, err
	}
	return Attributes{"Ref": *out.QueueUrl, "QueueUrl": *out.QueueUrl, "QueueName": given, "Arn": d.arn("sqs", given)}, nil
}

func makeTopic(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	given := d.named(p, "TopicName", id)
	out, err := sns.NewFromConfig(d.cfg).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(given), Attributes: attributes(p, "TopicName", "Tags", "Subscription")})
	if err != nil {
		return nil, err
	}
	for _, inline := range objects(p["Subscription"]) {
		inline["TopicArn"] = *out.TopicArn
		if _, err := makeSubscription(ctx, d, id, inline); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *out.TopicArn, "TopicArn": *out.TopicArn, "TopicName": given}, nil
}

// makeSubscription leaves out what the emulator cannot deliver to: it would fail the publisher.
func makeSubscription(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	if protocol := plain(p["Protocol"]); protocol == "lambda" || protocol == "firehose" {
		d.ignore(id, "the emulator cannot deliver to "+protocol)
		return Attributes{"Ref": id}, nil
	}
	out, err := sns.NewFromConfig(d.cfg).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String(plain(p["TopicArn"])), Protocol: aws.String(plain(p["Protocol"])), Endpoint: aws.String(plain(p["Endpoint"])),
		Attributes: attributes(p, "TopicArn", "Protocol", "Endpoint", "Region"), ReturnSubscriptionArn: true,
	})
	if err != nil {
		return nil, err
	}
	return Attributes{"Ref": aws.ToString(out.SubscriptionArn)}, nil
}

func makeBus(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	given := name(p, "Name", id)
	_, err := eventbridge.NewFromConfig(d.cfg).CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(given)})
	return Attributes{"Ref": given, "Name": given, "Arn": d.arn("events", "event-bus/"+given)}, err
}

// makeBusPolicy adds one statement to the policy of a bus: a whole one, or one of its parts.
func makeBusPolicy(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	in := &eventbridge.PutPermissionInput{EventBusName: aws.String(name(p, "EventBusName", "default"))}
	sid := name(p, "StatementId", id)
	if statement, ok := p["Statement"].(object); ok {
		statement["Sid"] = sid
		in.Policy = aws.String(plain(object{"Version": "2012-10-17", "Statement": []any{statement}}))
	} else if err := into(p, in, "EventBusName"); err != nil {
		return nil, err
	}
	if _, err := eventbridge.NewFromConfig(d.cfg).PutPermission(ctx, in); err != nil {
		return nil, err
	}
	return Attributes{"Ref": *in.EventBusName + "|" + sid}, nil
}

func makeRule(ctx context.Context, d *deployment, id string, p object) (Attributes, error) {
	c := eventbridge.NewFromConfig(d.cfg)
	in := &eventbridge.PutRuleInput{Name: aws.String(d.named(p, "Name", id))}
	if err := into(p, in, "EventPattern", "Targets", "Tags"); err != nil {
		return nil, err
	}
	if pattern := plain(p["EventPattern"]); pattern != "" {
		in.EventPattern = aws.String(pattern)
	}
	out, err := c.PutRule(ctx, in)
	if err != nil {
		return nil, err
	}
	targets, err := d.targets(id, p)
	if err != nil {
		return nil, err
	}
	if len(targets) > 0 {
		if _, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: in.Name, EventBusName: in.EventBusName, Targets: targets}); err != nil {
			return nil, err
		}
	}
	return Attributes{"Ref": *in.Name, "Arn": aws.ToString(out.RuleArn)}, nil
}

// targets are those that the emulator can deliver to. Any other would make PutEvents itself fail.
func (d *deployment) targets(id string, p object) ([]eventtypes.Target, error) {
	var out []eventtypes.Target
	for _, one := range objects(p["Targets"]) {
		var target eventtypes.Target
		if err := into(one, &target); err != nil {
			return nil, err
		}
		parts := strings.Split(aws.ToString(target.Arn), ":")
		if len(parts) < 6 || parts[2] != "sqs" && parts[2] != "events" && parts[2] != "logs" {
			d.ignore(id, "the emulator cannot deliver to "+aws.ToString(target.Arn))
			continue
		}
		out = append(out, target)
	}
	return out, nil
}
